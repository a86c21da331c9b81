// Package metrics is how a running kai was over the last day: one point a minute of what it was asked, of its queue, its
// memory, its storage and the state of its parts. The web app's dashboard draws it.
//
// It is kept in memory only, in a bounded window, and holds nothing that a person wrote. It is handed what to measure.
// Imports companion/openapi, shared/{driver,fault,service} and the standard library.
package metrics

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kindos/kai/shared/driver"
)

// What is kept: a point of some 100 bytes each minute, for a day.
const (
	Every    = time.Minute
	Kept     = 24 * time.Hour
	most     = int(Kept / Every)
	maxSteps = 24
)

// fresh is how long a sample serves others who ask, so that many viewers cost no more than one.
const fresh = 2 * time.Second

// Sample is how kai is at one moment.
type Sample struct {
	Waiting, Running, Dead int   // tasks
	Memory                 int64 // resident, in bytes; 0 where the system does not say
	Storage                int64 // on disk, in bytes
	Steps                  []driver.StepHealth
}

// Options set up a Keeper.
type Options struct {
	Sample func(ctx context.Context) Sample // is called once a minute, and when somebody looks
	Now    func() time.Time
}

// counts are what has happened since kai began.
type counts struct {
	requests, failed, tokens, millis int64
}

func (c counts) since(before counts) counts {
	return counts{c.requests - before.requests, c.failed - before.failed, c.tokens - before.tokens, c.millis - before.millis}
}

// point is one minute.
type point struct {
	at     int64 // when the minute began, in seconds since 1970
	counts counts
	tasks  [3]int32 // waiting, running, dead
	memory int64
	disk   int64
	states [maxSteps]uint8 // by step: 0 for none, else one more than its place in states()
}

// Keeper keeps the points. Run closes the minutes; everything is safe for concurrent use.
type Keeper struct {
	opt   Options
	began time.Time

	sampling sync.Mutex // one sample at a time; guards last and taken
	last     Sample
	taken    time.Time

	mu     sync.Mutex // guards all below
	now    counts
	closed counts // of now, when the last minute was closed
	minute int64  // the one that goes on
	points []point
	steps  []string // the name of each place in point.states
}

// New prepares a keeper. Nothing is measured before Run.
func New(o Options) *Keeper {
	began := o.Now()
	return &Keeper{opt: o, began: began, minute: minuteOf(began), points: make([]point, 0, most+1)}
}

func minuteOf(t time.Time) int64 { return t.Truncate(Every).Unix() }

// Run closes each minute when it is over, until ctx ends.
func (k *Keeper) Run(ctx context.Context) {
	for {
		now := k.opt.Now()
		timer := time.NewTimer(now.Truncate(Every).Add(Every).Sub(now))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
			k.close(k.sample(ctx))
		}
	}
}

// sample asks how kai is, unless somebody just did.
func (k *Keeper) sample(ctx context.Context) Sample {
	k.sampling.Lock()
	defer k.sampling.Unlock()
	if age := k.opt.Now().Sub(k.taken); age < 0 || age >= fresh {
		k.last, k.taken = k.opt.Sample(ctx), k.opt.Now()
	}
	return k.last
}

// close makes a point of the minute that is over. A clock that was set back forgets what would be in its future, and each
// minute has one point at most: so what is kept is bounded.
func (k *Keeper) close(s Sample) {
	k.mu.Lock()
	defer k.mu.Unlock()
	p := k.pointLocked(s)
	k.closed, k.minute = k.now, minuteOf(k.opt.Now())
	for len(k.points) > 0 && k.points[len(k.points)-1].at >= min(p.at, k.minute) {
		k.points = k.points[:len(k.points)-1]
	}
	if p.at >= k.minute {
		return
	}
	k.points = append(k.points, p)
	oldest := k.minute - int64(Kept/time.Second)
	k.points = slices.DeleteFunc(k.points, func(p point) bool { return p.at <= oldest }) // moves 140 KB, once a minute
}

// pointLocked is the minute that goes on, as it is.
func (k *Keeper) pointLocked(s Sample) point {
	p := point{
		at: k.minute, counts: k.now.since(k.closed), memory: s.Memory, disk: s.Storage,
		tasks: [3]int32{int32(s.Waiting), int32(s.Running), int32(s.Dead)}, //nolint:gosec // no queue holds two thousand million tasks
	}
	for _, step := range s.Steps {
		if place := k.placeLocked(step.Step); place >= 0 {
			p.states[place] = uint8(slices.Index(states(), step.State) + 1) //nolint:gosec // there are five
		}
	}
	return p
}

// placeLocked is where a step's state is kept; negative when there is no room for it.
func (k *Keeper) placeLocked(step string) int {
	at := slices.Index(k.steps, step)
	if at < 0 && len(k.steps) < maxSteps {
		k.steps = append(k.steps, step)
		return len(k.steps) - 1
	}
	return at
}

// states are the states in the order in which they are kept.
func states() []driver.State {
	return []driver.State{driver.StateReady, driver.StateStarting, driver.StateDegraded, driver.StateFailed, driver.StateStopped}
}

// count adds to what has happened.
func (k *Keeper) count(c counts) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.now.requests += c.requests
	k.now.failed += c.failed
	k.now.tokens += c.tokens
	k.now.millis += c.millis
}
