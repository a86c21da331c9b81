package assistant

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// toolTimeout bounds one call.
const toolTimeout = 2 * time.Minute

// makeUse makes a call, with the person's consent where it is needed, and keeps what came of it.
func (f *follower) makeUse(ctx context.Context, i int, u *tool.Use, history []Message) {
	all := f.a.toolsOn(ctx)
	on := len(all) - 1
	for on >= 0 && all[on].Name != u.Name {
		on--
	}
	var given map[string]any
	switch {
	case on < 0:
		f.setUse(i, "", tool.StateFailed, "There is no such tool.")
		return
	case json.Unmarshal([]byte(u.Arguments), &given) != nil || given == nil:
		f.setUse(i, "", tool.StateFailed, "The arguments are not a JSON object.")
		return
	case all[on].Choice == ToolAlways:
		f.setUse(i, tool.StateWaiting, tool.StateRunning, "")
	case !f.consent(ctx, i):
		return
	}
	if err := f.save(ctx); err != nil { // not made unless it is known to be made: nothing is done twice
		f.fail(err)
		return
	}
	history[len(history)-1] = f.message() // with the results so far
	var found []string
	result, err := f.a.callTool(ctx, &all[on], u.Arguments, given, citedBefore(history, i), &found)
	switch {
	case ctx.Err() != nil: // what it did is not known; should this be the end of the program, the next one says so
	case err != nil:
		f.setUse(i, "", tool.StateFailed, fault.Public(err).Words())
	default:
		f.setUse(i, "", tool.StateDone, result, found...)
	}
}

// consent waits until the person has decided about a call; false when it is not to be made.
func (f *follower) consent(ctx context.Context, i int) bool {
	for {
		state, changed := f.useState(i)
		if state != tool.StateWaiting {
			return state == tool.StateRunning
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}

// callTool calls a tool, one of the assistant's own or another. Passages that it finds go into found, numbered from the one after
// cited on.
func (a *Assistant) callTool(ctx context.Context, on *ToolOn, arguments string, given map[string]any, cited int, found *[]string) (string, error) {
	if on.Source == "" || a.deps.Tools == nil {
		return a.own(ctx, on.Name, given, cited, found)
	}
	ctx, cancel := context.WithTimeout(ctx, toolTimeout)
	defer cancel()
	return a.deps.Tools(ctx, tool.Call{Name: on.Name, Source: on.Source, Arguments: arguments})
}
