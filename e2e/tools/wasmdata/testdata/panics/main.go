// Command panics ends in a panic, a call deep.
package main

func main() { deep(nil) }

func deep(at *int) { println(*at) }
