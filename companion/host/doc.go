// Package host joins browsers to the running kai: the process that a browser starts for native messaging passes its frames
// to kai over a local socket, and the files that tell browsers where that process is.
//
// Browsers start a host per extension and profile; all share one kai. Nothing but frames is written to the browser;
// everything else goes to host.log in the data directory. It may import shared/protocol, shared/fault, the standard library
// and x/sys on macOS and Windows; it knows neither stores nor the assistant.
package host
