package assistant

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/tool"
)

// What a person chose for a tool that is on. One that is off is not in the record.
const (
	ToolAsk    = "ask"    // each call waits for the person's consent
	ToolAlways = "always" // calls are made as the model asks for them
)

// ToolsID is the setting record of the tools that are on. Views write it by MethodLibrary, with what a tool said of itself
// when the person turned it on: a model is told that, whatever the tool says later.
const ToolsID = "tools"

// ToolsOn is the body of that record.
type ToolsOn struct {
	Tools []ToolOn `json:"tools"`
}

// ToolOn is a tool that models are offered.
type ToolOn struct {
	tool.Definition
	Choice string `json:"choice"` // ask, always
}

// DecideTool is what a person says to a call that waits.
type DecideTool struct {
	Run   string `json:"run"`
	Use   int    `json:"use"` // its place among the calls of the answer
	Allow bool   `json:"allow"`
}

// toolsOn reads which tools are on.
func (a *Assistant) toolsOn(ctx context.Context) []ToolOn {
	var on ToolsOn
	if _, err := a.read(ctx, record.KindSetting, ToolsID, &on); err != nil {
		return nil // mostly there is none
	}
	return on.Tools
}

// offered gives the tools that a model is told of: those that are on, if it can call any. Services that say nothing of that
// are tried.
func (a *Assistant) offered(ctx context.Context, t target) []ToolOn {
	on := a.toolsOn(ctx)
	if len(on) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	m, err := a.deps.Gateway.Show(ctx, t.service.Body.Spec, t.model)
	if err == nil && len(m.Capabilities) > 0 && !slices.Contains(m.Capabilities, "tools") {
		return nil
	}
	return on[:min(len(on), tool.MaxTools)]
}

// decideTool takes what a person says to a call that waits. Whoever decides first has decided.
func (a *Assistant) decideTool(_ context.Context, c call) (any, error) {
	var in DecideTool
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	state := tool.StateRefused
	if in.Allow {
		state = tool.StateRunning
	}
	if f := a.follower(in.Run); f == nil || !f.setUse(in.Use, tool.StateWaiting, state, "") {
		return nil, fault.New(fault.Conflict, "this call does not wait for you any more").WithField("use").
			WithRemedy("look at what has become of it")
	}
	return Empty{}, nil
}
