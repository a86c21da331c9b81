// Package host joins browsers to the running kai: the process that a browser starts for native messaging passes its frames
// to kai over a local socket, and the files that tell browsers where that process is.
//
// It may import shared/protocol, shared/fault and the standard library; it knows neither stores nor the assistant.
package host
