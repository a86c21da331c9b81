// Package arch holds the rules of the tree as tests: who may import whom, what is documented, how large things get,
// and that what faults say is in every language.
//
// It reads the project's own source and the go command's package list; it imports nothing of the project.
package arch
