// Package run makes answers: a run is a durable answer being made, with numbered deltas that any view can attach to.
//
// Engine executes runs where it lives (in the runtime or in the companion); Remote drives the companion's engine over the
// protocol. Both are a Runner, and runtest holds them to the same behaviour. Imports shared/{fault,service,protocol,tool}.
package run

import (
	"cmp"
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/tool"
)

// State is where a run is.
//
//	running ──> done          the model finished
//	        ├─> stopped       the person stopped it
//	        ├─> failed        the service failed; Fault says how, what had arrived is kept
//	        └─> interrupted   the process that ran it died; what had reached disk is kept
type State string

// The states of a run.
const (
	StateRunning     State = "running"
	StateDone        State = "done"
	StateStopped     State = "stopped"
	StateFailed      State = "failed"
	StateInterrupted State = "interrupted"
)

// Ended says whether s is final.
func (s State) Ended() bool { return s != StateRunning && s != "" }

// Spec is everything an engine needs to make an answer; it holds no reference to a store.
type Spec struct {
	ID      string              `json:"id"` // UUIDv7, chosen by the caller; starting the same id twice is one run
	Service service.Spec        `json:"service"`
	Chat    service.ChatRequest `json:"chat"`
}

// Delta is a numbered piece of an answer. N counts from 1 without gaps inside a run. A replay may merge deltas: it then
// carries the N of the last merged one, so "attach from N" always continues exactly. The final delta has a State that is
// Ended, and Stats.
type Delta struct {
	N         int64              `json:"n"`
	Text      string             `json:"text,omitempty"`
	Thinking  string             `json:"thinking,omitempty"`
	ToolCalls []service.ToolCall `json:"toolCalls,omitempty"`
	Tools     []tool.Use         `json:"tools,omitempty"` // to views: all calls of the answer, when one of them has changed
	State     State              `json:"state,omitempty"`
	Fault     *fault.Fault       `json:"fault,omitempty"`
	Stats     *Stats             `json:"stats,omitempty"`
}

// Stats says how an answer went. Millis are wall milliseconds. Tokens counts deltas where the service did not say.
type Stats struct {
	PromptTokens    int     `json:"promptTokens,omitempty"`
	Tokens          int     `json:"tokens,omitempty"`
	TokensPerSecond float64 `json:"tokensPerSecond,omitempty"`
	FirstMillis     int64   `json:"firstMillis,omitempty"` // until the first delta
	Millis          int64   `json:"millis,omitempty"`      // until the end
	Reason          string  `json:"reason,omitempty"`
}

// After adds what went before: an answer that was made in several runs. Nil is nothing.
func (s *Stats) After(earlier *Stats) *Stats {
	if s == nil || earlier == nil {
		return cmp.Or(s, earlier)
	}
	sum := *s
	sum.PromptTokens += earlier.PromptTokens
	sum.Tokens += earlier.Tokens
	sum.Millis += earlier.Millis
	sum.FirstMillis = cmp.Or(earlier.FirstMillis, s.FirstMillis)
	return &sum
}

// Status is a run at a glance.
type Status struct {
	ID    string `json:"id"`
	State State  `json:"state"`
	N     int64  `json:"n"` // number of the newest delta
}

// Runner executes runs. Attach hands every delta after from to each, in order, and returns nil when the run has ended and
// its final delta was handed over; fault.NotFound when the run is not known here. Forget stops runs and erases all that is
// kept of them; what is not known is no mistake.
type Runner interface {
	Start(ctx context.Context, s Spec) error
	Attach(ctx context.Context, id string, from int64, each func(Delta) error) error
	Stop(ctx context.Context, id string) error
	List(ctx context.Context) ([]Status, error)
	Forget(ctx context.Context, ids ...string) error
}

// Journal keeps runs on disk. Engine calls Save at the start, at most every SaveEvery while deltas flow, and at the end;
// never twice at a time for one run.
type Journal interface {
	Save(ctx context.Context, s Saved) error
	Load(ctx context.Context, id string) (Saved, error) // fault.NotFound
	All(ctx context.Context) ([]Saved, error)
	Forget(ctx context.Context, ids ...string) error
}

// Saved is a run as kept on disk: all deltas so far merged into one, with where each ended. Spec is without its key and
// messages: a run is never begun again from here, and a key belongs in no record.
type Saved struct {
	Spec  Spec   `json:"spec"`
	State State  `json:"state"`
	Delta Delta  `json:"delta"`
	Marks []byte `json:"marks,omitempty"` // see tape.marks
	At    int64  `json:"at"`              // when it was saved, in milliseconds since 1970
}
