// Package driver is what runs a deployment mode, and the table of what each mode consists of.
//
// A mode is a named set of steps with dependencies. The table is data so that one command can print it and a test can
// hold a driver to it. Imports shared/mode and the standard library; never a concrete part.
package driver

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/mode"
)

// Driver runs one mode. Start brings every step up, dependencies first, and undoes what it did when a needed step fails.
// Stop takes them down in reverse within ctx; it may be called twice, after a failed Start, and without a Start. An
// optional step that fails makes the mode degraded, never stopped.
type Driver interface {
	Mode() mode.Mode
	Start(ctx context.Context) error
	Stop(ctx context.Context) error
	Health(ctx context.Context) Health
}

// State is how a mode or a step is doing.
type State string

// The states, best first.
const (
	StateReady    State = "ready"
	StateStarting State = "starting"
	StateDegraded State = "degraded" // works, with less
	StateFailed   State = "failed"
	StateStopped  State = "stopped"
)

// Health is the state of a mode with that of each of its steps.
type Health struct {
	Mode  mode.Mode    `json:"mode"`
	State State        `json:"state"`
	Steps []StepHealth `json:"steps"`
}

// StepHealth is the state of one step; Detail is one sentence for a person when it is not ready.
type StepHealth struct {
	Step     string        `json:"step"`
	State    State         `json:"state"`
	Optional bool          `json:"optional,omitempty"`
	Detail   string        `json:"detail,omitempty"`
	Took     time.Duration `json:"took,omitempty"` // to start, in nanoseconds
}

// Summarize derives the state of a mode from its steps: the worst needed step decides, an optional one only degrades.
func Summarize(m mode.Mode, steps []StepHealth) Health {
	h := Health{Mode: m, State: StateReady, Steps: steps}
	for _, s := range steps {
		state := s.State
		if s.Optional && state != StateReady {
			state = StateDegraded
		}
		if rank(state) > rank(h.State) {
			h.State = state
		}
	}
	return h
}

// rank orders states from best to worst.
func rank(s State) int {
	for i, known := range []State{StateReady, StateDegraded, StateStarting, StateStopped} {
		if s == known {
			return i
		}
	}
	return 4
}
