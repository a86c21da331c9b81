// Package klp is the Kind Link Protocol: how nodes that belong to different people, or stand in different places, prove who
// they are and send each other signed messages.
//
// A message is an Envelope, signed by Ed25519 over its canonical JSON. Two nodes that want to talk shake hands (Join, Await):
// hello, challenge, verify, accept. That makes a Session of an hour, whose messages are encrypted for the two as well, so
// they may go by any way: a WebSocket, a broker. Nothing here opens one: bytes come in and go out. Source: definitions 2.1 and
// rows 9 to 12 of section 3. Imports the standard library and shared/fault.
package klp

import "time"

// Protocol is the version that every message names.
const Protocol = "klp/1.0"

// Bounds of messages and sessions.
const (
	MaxMessage  = 1 << 20          // bytes
	MaxTTL      = 600              // seconds
	MaxSkew     = 30 * time.Second // between the clocks of two nodes that have one
	NoClockSkew = 5 * time.Minute  // allowed by a node without a clock of its own
	SessionLife = time.Hour
)

// The types of messages that this version sends. The first five make a session, all others travel in one.
const (
	TypeHello     = "hello"
	TypeChallenge = "challenge"
	TypeVerify    = "verify"
	TypeAccept    = "accept"
	TypeRefuse    = "refuse"

	TypeTaskRequest        = "task_request"
	TypeTaskResult         = "task_result"
	TypeTaskError          = "task_error"
	TypeStateSync          = "state_sync"
	TypeCapabilityAnnounce = "capability_announce"
)
