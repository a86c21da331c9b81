package chores

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/fault"
)

// KindUpdate is the kind that looks for a newer kai and installs it.
const KindUpdate = "update"

// A kai that is busy is looked at again, up to an hour later, for about a day.
const (
	updateTries = 24
	updatePause = 10 * time.Minute
)

// Updated is what a look for updates notes.
type Updated struct {
	Verdict   string `json:"verdict,omitempty"` // see update.Offer
	Version   string `json:"version,omitempty"` // that was offered
	Installed bool   `json:"installed,omitempty"`
	Problem   string `json:"problem,omitempty"`
}

// Updates looks for a newer kai once a day.
type Updates struct {
	Updater   func() (update.Updater, error)
	Idle      func(ctx context.Context) (bool, error) // nobody waits for an answer, and no other task runs
	Installed func()                                  // is told when a newer kai is in the place of this one
}

// Kind is that of the updates. What stands in the way of an update is noted; only a kai that is busy is tried again.
func (u Updates) Kind() queue.Kind {
	return queue.Kind{Name: KindUpdate, Tries: updateTries, Pause: updatePause, Timeout: 2 * time.Hour, Do: u.do}
}

func (u Updates) do(ctx context.Context, w *queue.Work) error {
	updater, err := u.Updater()
	if err != nil {
		return w.Note(ctx, Updated{Problem: fault.Public(err).Message})
	}
	offer, err := updater.Check(ctx)
	if err == nil && offer.Verdict == update.Available {
		idle, busy := u.Idle(ctx)
		if busy != nil || !idle {
			return fault.Wrap(fault.Unavailable, busy, "kai "+offer.Manifest.Version+" waits until nobody waits for an answer").WithRemedy("kai update apply installs it at once")
		}
		offer, err = updater.Apply(ctx, update.Wish{})
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err() // kai stops: it is looked again at the next start
	case err != nil:
		return w.Note(ctx, Updated{offer.Verdict, offer.Manifest.Version, false, fault.Public(err).Message})
	case offer.Verdict != update.Available:
		return w.Note(ctx, Updated{Verdict: offer.Verdict, Version: offer.Manifest.Version})
	}
	if err := w.Note(ctx, Updated{offer.Verdict, offer.Manifest.Version, true, ""}); err != nil {
		return err
	}
	u.Installed()
	return nil
}

// Daily is a time of every day, by chance: not all kai ask at once. A day that was missed is made up for.
func Daily() string {
	return fmt.Sprintf("%d %d * * *", rand.IntN(60), rand.IntN(24)) //nolint:gosec // nobody gains by guessing it
}
