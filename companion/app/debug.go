package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/shared/debug"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
)

// enableDebug makes every debug tool of this mode ready (specification: enableDebugMode). One that can't be leaves the
// others be, and is logged. A session that goes on is answered again.
func (a *App) enableDebug(context.Context, *protocol.Request) (any, error) {
	a.debugging.Lock()
	defer a.debugging.Unlock()
	if a.session != nil {
		return *a.session, nil
	}
	s := debug.Session{ID: uuid.NewString(), Mode: mode.Standalone, Tools: []string{}, Start: a.opt.Now().UTC().Format(time.RFC3339)}
	for _, tool := range debug.Tools(s.Mode) {
		if err := a.activate(tool); err != nil {
			a.log("debug").Warn("a debug tool can't be made ready", "tool", tool.Name, "error", err)
			continue
		}
		s.Tools = append(s.Tools, tool.Name)
	}
	a.session = &s
	a.seen.Keep(true)
	a.log("debug").Info("a debug session begins", "session", s.ID, "tools", s.Tools)
	return s, nil
}

// Traces asks for the steps of a trace, or with no ID for the list of traces, and is the answer.
type Traces struct {
	ID      string          `json:"id,omitempty"`
	Traces  []tracing.Trace `json:"traces,omitempty"`
	Steps   []tracing.Step  `json:"steps,omitempty"`
	Exports bool            `json:"exports"` // they are sent, too
}

func (a *App) traces(_ context.Context, r *protocol.Request) (any, error) {
	var in Traces
	if err := r.Decode(&in); err != nil {
		return nil, err
	}
	if in.ID == "" {
		return Traces{Traces: a.seen.Traces(), Exports: a.seen.Exports()}, nil
	}
	steps := a.seen.Trace(in.ID)
	if len(steps) == 0 {
		return nil, tracing.Unknown()
	}
	return Traces{ID: in.ID, Steps: steps, Exports: a.seen.Exports()}, nil
}

// activate makes one tool ready.
func (a *App) activate(t debug.Tool) error {
	switch {
	case !t.Built:
		return fault.New(fault.Unsupported, "%s is not in this version", t.Name)
	case t.Name == debug.DevtoolsAgent:
		return nil // its page is there as long as the API is
	case t.Name == debug.TailLog && a.opt.Level != nil:
		a.calm = a.opt.Level.Level()
		a.opt.Level.Set(min(a.calm, slog.LevelDebug))
		return nil
	default:
		return fault.New(fault.Unsupported, "this kai can't make %s ready", t.Name)
	}
}

// disableDebug ends the session: what it changed is as it was.
func (a *App) disableDebug(context.Context, *protocol.Request) (any, error) {
	a.debugging.Lock()
	defer a.debugging.Unlock()
	if a.session == nil {
		return nil, fault.New(fault.NotFound, "there is no debug session").WithRemedy("kai debug enable begins one")
	}
	ended := *a.session
	a.log("debug").Info("the debug session ends", "session", ended.ID)
	if a.opt.Level != nil {
		a.opt.Level.Set(a.calm)
	}
	a.session = nil
	a.seen.Keep(false)
	return ended, nil
}
