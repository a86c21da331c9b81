package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/url"
	"runtime"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/telemetry"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

// MethodTelemetry answers a Preview, on the local socket. It works while telemetry is off: one looks before one sends.
const MethodTelemetry = "telemetry.preview"

// Preview is the very text that would be sent now.
type Preview struct {
	Payload string `json:"payload"`
}

// telemetryPart shows in the status what comes of features.telemetry; the work is a task.
func (a *App) telemetryPart() standalone.Part {
	return standalone.Part{Step: driver.StepTelemetry, Tell: a.tellTelemetry, Off: func() bool { return !a.opt.Config.Features.Telemetry }}
}

func (a *App) tellTelemetry() (string, bool) {
	s, err := telemetry.Read(a.opt.Dir.Path())
	if err != nil {
		return standalone.Detail(err), true
	}
	u, err := url.Parse(s.Endpoint)
	if err != nil || s.Endpoint == "" {
		return "nothing is sent: there is no endpoint; kai telemetry endpoint sets one", false
	}
	return fmt.Sprintf("counters go to %s on %.0f %% of the days", u.Host, s.SampleRate*100), false
}

func (a *App) telemetry() chores.Telemetry {
	return chores.Telemetry{
		On:       func() bool { return a.opt.Config.Features.Telemetry },
		Settings: func() (telemetry.Settings, error) { return telemetry.Read(a.opt.Dir.Path()) },
		Payload:  a.counters,
		Chance:   rand.Float64, //nolint:gosec // nobody gains by guessing it
	}
}

// previewTelemetry answers MethodTelemetry.
func (a *App) previewTelemetry(ctx context.Context, _ *protocol.Request) (any, error) {
	if _, err := a.tasks(); err != nil {
		return nil, err
	}
	text, err := a.counters(ctx)
	return Preview{string(text)}, err
}

// counters are what is sent.
func (a *App) counters(ctx context.Context) ([]byte, error) {
	p := telemetry.Payload{
		Format: telemetry.Format, Program: a.opt.Version, OS: runtime.GOOS, Arch: runtime.GOARCH, Mode: string(mode.Standalone),
		Tasks: []telemetry.Count{}, Durations: []telemetry.Sum{},
	}
	for before := int64(0); ; {
		page, err := a.queue.List(ctx, queue.Filter{Before: before})
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		p.Add(page, chores.Counted()...)
		before = page[len(page)-1].ID
	}
	runs, err := a.engine.List(ctx)
	if err != nil {
		return nil, err
	}
	for _, r := range runs {
		if r.State == run.StateRunning {
			p.ActiveAgents++
		}
	}
	return p.Bytes()
}
