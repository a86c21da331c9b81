// Package library keeps what a person wants answers from: documents, cut into passages, with vectors that an embedding model
// makes of them, and finds the passages that answer a question, by words and by meaning.
//
// It stands on a record store and on somebody who makes vectors, and answers the methods "knowledge.*". Imports
// shared/{fault,knowledge,protocol,record,service,store} and the standard library.
package library
