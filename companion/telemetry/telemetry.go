// Package telemetry is the counters of use that a person may choose to send: what is in them, and to whom they go.
//
// It is off until features.telemetry is set, and nothing leaves without an endpoint that the person named. What is sent is
// the payload and nothing beside it (adopted definitions, 2.7 and row 27). Imports companion/{datadir,queue}, shared/fault
// and the standard library.
package telemetry

import (
	"cmp"
	"encoding/json"
	"slices"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
)

// Payload is all that is ever sent. It has no id of anything, no name, no text and no address.
type Payload struct {
	Format       string  `json:"format"` // kai-telemetry-1
	Program      string  `json:"program"`
	OS           string  `json:"os"`
	Arch         string  `json:"arch"`
	Mode         string  `json:"mode"`
	Tasks        []Count `json:"agent_tasks_total"`
	Durations    []Sum   `json:"agent_task_duration_seconds"`
	ActiveAgents int     `json:"active_agents"` // tasks that run, and answers in the making
}

// Format is the format of payloads.
const Format = "kai-telemetry-1"

// Count is how many tasks of a kind are in a state.
type Count struct {
	Kind   string `json:"agent_type"`
	Status string `json:"status"`
	Value  int    `json:"value"`
}

// Sum is how long the tasks of a kind took that were done, in whole seconds.
type Sum struct {
	Kind  string `json:"agent_type"`
	Count int    `json:"count"`
	Sum   int64  `json:"sum"`
}

// Add counts tasks. Kinds that are not named are left out: a kind that is to come is not told by accident.
func (p *Payload) Add(tasks []queue.Task, kinds ...string) {
	for _, t := range tasks {
		if !slices.Contains(kinds, t.Kind) {
			continue
		}
		count := find(&p.Tasks, func(c Count) bool { return c.Kind == t.Kind && c.Status == string(t.State) }, Count{Kind: t.Kind, Status: string(t.State)})
		count.Value++
		if t.State == queue.Running {
			p.ActiveAgents++
		}
		if t.State == queue.Done && !t.Begun.IsZero() {
			sum := find(&p.Durations, func(s Sum) bool { return s.Kind == t.Kind }, Sum{Kind: t.Kind})
			sum.Count++
			sum.Sum += int64(t.Ended.Sub(t.Begun).Seconds())
		}
	}
}

// find gives the item of a list that fits, or the new one at its end.
func find[T any](list *[]T, fits func(T) bool, item T) *T {
	at := slices.IndexFunc(*list, fits)
	if at < 0 {
		at = len(*list)
		*list = append(*list, item)
	}
	return &(*list)[at]
}

// Bytes are the very bytes that are sent and shown: the same counters give the same bytes.
func (p Payload) Bytes() ([]byte, error) {
	p.Tasks, p.Durations = slices.Clone(p.Tasks), slices.Clone(p.Durations)
	slices.SortFunc(p.Tasks, func(a, b Count) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Status, b.Status)) })
	slices.SortFunc(p.Durations, func(a, b Sum) int { return cmp.Compare(a.Kind, b.Kind) })
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing the counters of use")
	}
	return append(text, '\n'), nil
}
