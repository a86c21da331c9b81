// Package browser tests the packaged extension in real browsers with a real model server, as a person uses it.
//
// Every control is found by its accessible role and name. Screenshots land in build/screenshots.
package browser
