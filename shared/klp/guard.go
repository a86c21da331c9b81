package klp

import (
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// maxSeen bounds what a Guard remembers. Only who was let in gets that far.
const (
	maxSeen   = 1 << 16
	firstSeep = 64 // how many it remembers before it looks for those it need not
)

// Guard lets each message in once, and only while it is fresh. Its zero value allows MaxSkew. It is safe for concurrent use.
type Guard struct {
	Skew time.Duration // between the clocks; 0 is MaxSkew

	mu    sync.Mutex
	seen  map[string]time.Time // until when each could come again
	sweep int                  // at so many, what is over is forgotten
}

// Admit refuses a message that is not of now, and one that came before: fault.Unauthorized. More than it can remember
// answers fault.Exhausted: to forget one would be to let it in twice.
func (g *Guard) Admit(e Envelope, now time.Time) error {
	if err := fresh(e, now, g.Skew); err != nil {
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	key := string(e.From) + " " + e.Nonce
	if until, ok := g.seen[key]; ok && !now.After(until) {
		return fault.New(fault.Unauthorized, "a message of the other kai came a second time")
	}
	if len(g.seen) >= max(g.sweep, firstSeep) {
		for key, until := range g.seen {
			if now.After(until) {
				delete(g.seen, key)
			}
		}
		g.sweep = 2 * len(g.seen)
	}
	if len(g.seen) >= maxSeen {
		return fault.New(fault.Exhausted, "too many messages came in a short time").WithRemedy("try again in %d minutes", MaxTTL/60)
	}
	if g.seen == nil {
		g.seen = map[string]time.Time{}
	}
	g.seen[key] = e.Time().Add(e.life(g.Skew))
	return nil
}

// life is how long after its time a message is taken: its ttl, and never less than the clocks may differ.
func (e Envelope) life(skew time.Duration) time.Duration {
	return max(time.Duration(e.TTL)*time.Second, allowed(skew))
}

func allowed(skew time.Duration) time.Duration {
	if skew == 0 {
		return MaxSkew
	}
	return skew
}

// fresh refuses a message that was made at quite another time than now.
func fresh(e Envelope, now time.Time, skew time.Duration) error {
	age := now.Sub(e.Time())
	if age >= -allowed(skew) && age <= e.life(skew) {
		return nil
	}
	return fault.New(fault.Unauthorized, "a message of the other kai is too old, or the clocks of the two are more than %s apart", allowed(skew)).
		WithRemedy("have both computers set their clocks by the network")
}
