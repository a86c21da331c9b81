package run

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// MethodPrefix begins every method by which a companion is asked to make answers.
const MethodPrefix = "engine.run."

// The methods, with request and reply type; a stream's chunk type stands after "~".
const (
	methodStart  = MethodPrefix + "start"  // Spec -> nothing
	methodAttach = MethodPrefix + "attach" // reference ~ Delta -> nothing
	methodStop   = MethodPrefix + "stop"   // reference -> nothing
	methodList   = MethodPrefix + "list"   // nothing -> list
	methodForget = MethodPrefix + "forget" // forgotten -> nothing
)

type reference struct {
	ID   string `json:"id"`
	From int64  `json:"from,omitempty"`
}

type forgotten struct {
	IDs []string `json:"ids"`
}

type list struct {
	Runs []Status `json:"runs"`
}

// Caller is what Remote needs of a connection; *protocol.Peer is one.
type Caller interface {
	Call(ctx context.Context, method string, in, out any) error
	Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error
}

// Remote is a Runner whose runs live in a companion. They outlive the connection: when it is lost every method answers
// fault.Unavailable, and the caller attaches again over the next one, from the number that it had reached.
type Remote struct{ peer Caller }

// NewRemote makes a runner over a connection to a companion.
func NewRemote(peer Caller) *Remote { return &Remote{peer: peer} }

// Start begins a run in the companion.
func (r *Remote) Start(ctx context.Context, s Spec) error {
	return r.peer.Call(ctx, methodStart, s, nil)
}

// Attach hands every delta after from to each until the run has ended. A companion that breaks the rules of numbering
// answers fault.Malformed rather than garbling an answer.
func (r *Remote) Attach(ctx context.Context, id string, from int64, each func(Delta) error) error {
	ended := false
	last := max(from, 0)
	err := r.peer.Stream(ctx, methodAttach, reference{id, last}, func(raw json.RawMessage) error {
		var d Delta
		if err := json.Unmarshal(raw, &d); err != nil {
			return fault.New(fault.Malformed, "the companion sent a delta that does not fit: %w", err)
		}
		if d.N <= last || ended {
			return fault.New(fault.Malformed, "the companion sent delta %d after %d", d.N, last)
		}
		last, ended = d.N, d.State.Ended()
		return each(d)
	}, nil)
	return err
}

// Stop ends a run in the companion.
func (r *Remote) Stop(ctx context.Context, id string) error {
	return r.peer.Call(ctx, methodStop, reference{ID: id}, nil)
}

// List tells of the companion's runs.
func (r *Remote) List(ctx context.Context) ([]Status, error) {
	var out list
	err := r.peer.Call(ctx, methodList, nil, &out)
	return out.Runs, err
}

// Forget erases runs in the companion. One that is older than this method answers fault.Unsupported.
func (r *Remote) Forget(ctx context.Context, ids ...string) error {
	return r.peer.Call(ctx, methodForget, forgotten{ids}, nil)
}

// Methods answers what Remote asks, from runner. It talks to whatever service the caller names, so only connections that
// were let in may reach it.
func Methods(runner Runner) protocol.Mux {
	return protocol.Mux{
		methodStart: func(ctx context.Context, r *protocol.Request) (any, error) {
			var s Spec
			if err := r.Decode(&s); err != nil {
				return nil, err
			}
			return nil, runner.Start(ctx, s)
		},
		methodAttach: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in reference
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return nil, runner.Attach(ctx, in.ID, in.From, func(d Delta) error { return r.Emit(ctx, d) })
		},
		methodStop: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in reference
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return nil, runner.Stop(ctx, in.ID)
		},
		methodList: func(ctx context.Context, _ *protocol.Request) (any, error) {
			runs, err := runner.List(ctx)
			return list{runs}, err
		},
		methodForget: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in forgotten
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			return nil, runner.Forget(ctx, in.IDs...)
		},
	}
}
