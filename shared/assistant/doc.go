// Package assistant is what kAI does for a person: conversations, messages, answers, services, settings, search, export.
//
// It is the same program in every mode: the browser runtime and the companion each host one Assistant over their own
// store, gateway and runner, and views call its methods over the protocol. Imports shared/*; never a backend, a
// transport or a platform.
package assistant
