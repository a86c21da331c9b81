package chores

import (
	"context"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/telemetry"
	"github.com/kindos/kai/shared/fault"
)

// KindTelemetry is the kind that sends counters of use.
const KindTelemetry = "telemetry"

// Counted are the kinds that telemetry counts.
func Counted() []string { return []string{KindBackup, KindPrompt, KindRetention} }

// Told is what a sending notes.
type Told struct {
	Sent bool   `json:"sent"`
	Why  string `json:"why,omitempty"` // not
}

// Telemetry sends counters once a day, on a part of the days. Whatever goes wrong is noted and nothing more.
type Telemetry struct {
	On       func() bool
	Settings func() (telemetry.Settings, error)
	Payload  func(ctx context.Context) ([]byte, error)
	Chance   func() float64 // 0 to 1, another at each call
}

// Kind is that of telemetry.
func (t Telemetry) Kind() queue.Kind {
	return queue.Kind{Name: KindTelemetry, Tries: 1, Timeout: time.Minute, Do: func(ctx context.Context, w *queue.Work) error {
		return w.Note(ctx, t.tell(ctx))
	}}
}

func (t Telemetry) tell(ctx context.Context) Told {
	s, err := t.Settings()
	switch {
	case err != nil:
		return Told{Why: fault.Public(err).Message}
	case !t.On():
		return Told{Why: "features.telemetry is false"}
	case s.Endpoint == "":
		return Told{Why: "there is no endpoint"}
	case t.Chance() >= s.SampleRate:
		return Told{Why: "this day is left out"}
	}
	payload, err := t.Payload(ctx)
	if err == nil {
		err = telemetry.Send(ctx, s.Endpoint, payload)
	}
	if err != nil {
		return Told{Why: fault.Public(err).Message}
	}
	return Told{Sent: true}
}
