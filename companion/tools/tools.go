// Package tools has the tools of servers and guests that the person added to kai, for the assistants of this person: the web
// app's, and those of browsers that are connected by native messaging.
//
// Imports shared/{assistant,fault,protocol,tool}.
package tools

import (
	"context"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/tool"
)

// Others is a host of tools; *mcpservers.Servers and *sandbox.Guests are.
type Others interface {
	// Owns says whether tools of a source (tool.Definition) are its own.
	Owns(source string) bool
	List(ctx context.Context) tool.List
	Call(ctx context.Context, c tool.Call) (string, error)
}

// Host lists and calls all of them.
type Host struct{ others []Others }

// New makes a host of the tools of all of them.
func New(others ...Others) *Host { return &Host{others} }

// List gives all tools, and what is wrong with those that should be there and are not.
func (h *Host) List(ctx context.Context) tool.List {
	list := tool.List{Tools: []tool.Definition{}}
	for _, o := range h.others {
		more := o.List(ctx)
		list.Tools, list.Faults = append(list.Tools, more.Tools...), append(list.Faults, more.Faults...)
	}
	return list
}

// Call calls one of them.
func (h *Host) Call(ctx context.Context, c tool.Call) (string, error) {
	for _, o := range h.others {
		if o.Owns(c.Source) {
			return o.Call(ctx, c)
		}
	}
	return "", fault.New(fault.NotFound, "kai has no tool %.80q", c.Name).WithField("name")
}

// Methods answer browsers. Views are answered the list alone: only an assistant calls, after it has asked its person.
func (h *Host) Methods() protocol.Mux {
	return protocol.Mux{
		assistant.MethodToolList: func(ctx context.Context, _ *protocol.Request) (any, error) { return h.List(ctx), nil },
		tool.MethodCall: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in tool.Call
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			text, err := h.Call(ctx, in)
			return tool.Said{Text: text}, err
		},
	}
}
