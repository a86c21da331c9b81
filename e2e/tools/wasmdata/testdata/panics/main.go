// Command panics ends in a panic: in a function of its own that a package of Go's calls.
package main

import "strings"

func main() { strings.Map(deep, "x") }

func deep(r rune) rune {
	var at *rune
	return *at + r
}
