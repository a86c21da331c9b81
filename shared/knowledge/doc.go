// Package knowledge finds passages: it splits a text into passages, compares vectors, ranks passages by words, and makes one
// order of several.
//
// It keeps nothing and asks nobody, so it is the same in the browser and in the companion. Imports the standard library only.
package knowledge
