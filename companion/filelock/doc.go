// Package filelock takes the lock of a file, which the system gives up when its process ends in whatever way.
//
// A lock belongs to the open file: a second one of the same process does not get it either. Imports the standard library
// and golang.org/x/sys.
package filelock
