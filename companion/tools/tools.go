// Package tools has the tools of kai, for the assistants of this person: the web app's, and those of browsers that are
// connected by native messaging.
//
// Imports shared/{assistant,fault,protocol,tool}.
package tools

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/tool"
)

// Source is whose the tools are that kai brings.
const Source = "kai"

// List gives the tools of kai.
func List() tool.List {
	return tool.List{Tools: []tool.Definition{{
		Name: "calculate", Source: Source,
		Description: "Work out an arithmetic expression, to 15 digits. Knows + - * / % ^ ( ) pi e sqrt abs round floor ceil.",
		Parameters:  json.RawMessage(`{"type":"object","properties":{"expression":{"type":"string","description":"for example (3 + 4) * 2^10"}},"required":["expression"]}`),
	}}}
}

// Call calls one of them. What is wrong with the arguments is told before it is asked.
func Call(_ context.Context, c tool.Call) (string, error) {
	for _, d := range List().Tools {
		if d.Name != c.Name || d.Source != c.Source {
			continue
		}
		if err := tool.CheckArguments(d, c.Arguments); err != nil {
			return "", err
		}
		var in struct {
			Expression string `json:"expression"`
		}
		if err := json.Unmarshal([]byte(c.Arguments), &in); err != nil {
			return "", fault.New(fault.Invalid, "the expression is not a text").WithField("expression")
		}
		return Calculate(in.Expression)
	}
	return "", fault.New(fault.NotFound, "kai has no tool %.80q", c.Name).WithField("name")
}

// Methods answer browsers. Views are answered the list alone: only an assistant calls, after it has asked its person.
func Methods() protocol.Mux {
	return protocol.Mux{
		assistant.MethodToolList: func(context.Context, *protocol.Request) (any, error) { return List(), nil },
		tool.MethodCall: func(ctx context.Context, r *protocol.Request) (any, error) {
			var in tool.Call
			if err := r.Decode(&in); err != nil {
				return nil, err
			}
			text, err := Call(ctx, in)
			return tool.Said{Text: text}, err
		},
	}
}
