// Package lifecycle starts and stops the parts of a program in the right order, and owns its goroutines.
//
//	New ──Start──▶ Starting ──all up──▶ Running ──Stop──▶ Stopping ──▶ Terminated
//	 │                 │                                   ▲     │
//	 │                 └─ a needed step fails, or Stop ────┘     └─ it failed to start, or a step to stop ──▶ Failed
//	 └──Stop──▶ Terminated
//
// A Group is used once: nothing leads back to New. Imports shared/fault and the standard library.
package lifecycle

import "time"

// State is where a Group is on its way.
type State string

// The states, in the order in which a group goes through them.
const (
	New        State = "new"
	Starting   State = "starting"
	Running    State = "running"
	Stopping   State = "stopping"
	Terminated State = "terminated"
	Failed     State = "failed"
)

// StepState is how one step is doing.
type StepState string

// The states of a step.
const (
	Waiting  StepState = "waiting"  // not started yet
	Coming   StepState = "coming"   // its Start is running
	Up       StepState = "up"       // started
	Degraded StepState = "degraded" // optional, and failed or without what it needs
	Broken   StepState = "broken"   // needed, and failed
	Down     StepState = "down"     // stopped
)

// Status is one step's state. Err says why it is degraded or broken, or what went wrong at its stop; Took is how long
// its start took.
type Status struct {
	Name     string
	Optional bool
	State    StepState
	Err      error
	Took     time.Duration
}
