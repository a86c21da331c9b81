// Package standalone is the driver of standalone mode: it brings the steps of the table up and down, and watches the
// optional services.
//
// It knows the order and the states, not the parts: those are handed in by companion/app. Imports shared/driver,
// shared/lifecycle, shared/mode and shared/fault.
package standalone

import (
	"context"
	"log/slog"
	"maps"
	"sync"
	"time"

	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/lifecycle"
	"github.com/kindos/kai/shared/mode"
)

// How optional services are watched.
const (
	WatchEvery = 30 * time.Second
	watchTime  = 5 * time.Second
)

// Part is the code behind one step of the table. A part with Watch is a service that is not ours: it is asked now and
// again what it is and what is wrong with it, in words for a person, and stops nothing.
type Part struct {
	Step  string
	Start func(ctx context.Context) error
	Stop  func(ctx context.Context) error
	Watch func(ctx context.Context) (found string, err error)

	// Tell says how a part that is up is at this moment: a word for a person, and whether something is missing. It may
	// be nil, is not to wait for anything, and counts before what the last Watch found.
	Tell func() (detail string, degraded bool)

	// Off says that the part is switched off at this moment: it is not asked, and does not show. It may be nil, and is for
	// parts that are only watched.
	Off func() bool
}

// off says whether the part is switched off.
func (p Part) off() bool { return p.Off != nil && p.Off() }

// Driver runs standalone mode.
type Driver struct {
	parts []Part
	off   map[string]string
	log   *slog.Logger
	now   func() time.Time

	turn sync.Mutex // one Start or Stop at a time

	mu     sync.Mutex // guards what follows
	group  *lifecycle.Group
	crew   *lifecycle.Crew
	seen   map[string]sight // by step, of the watched
	failed bool
}

// sight is what the last look at a watched service found.
type sight struct {
	found string
	err   error
}

// New prepares a driver. off names steps that the configuration asks for and this version can't give, with the reason:
// they show as degraded.
func New(parts []Part, off map[string]string, log *slog.Logger, now func() time.Time) *Driver {
	return &Driver{parts: parts, off: off, log: log, now: now, seen: map[string]sight{}}
}

// Mode is standalone.
func (d *Driver) Mode() mode.Mode { return mode.Standalone }

// Start brings the steps up, dependencies first, then watches the services. A needed step that fails takes the ones
// before it down again.
func (d *Driver) Start(ctx context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	d.mu.Lock()
	running := d.crew != nil
	d.mu.Unlock()
	if running {
		return fault.New(fault.Conflict, "standalone mode runs already")
	}
	group, err := lifecycle.NewGroup(d.now, d.steps()...)
	if err != nil {
		return err
	}
	d.mu.Lock()
	d.group, d.failed = group, false
	d.mu.Unlock()
	if err := group.Start(ctx); err != nil {
		d.mu.Lock()
		d.failed = true
		d.mu.Unlock()
		return err
	}
	d.watch(ctx)
	return nil
}

// steps joins the table with the parts: steps without a part are left out.
func (d *Driver) steps() []lifecycle.Step {
	have := map[string]Part{}
	for _, p := range d.parts {
		have[p.Step] = p
	}
	var out []lifecycle.Step
	for _, row := range driver.Steps(mode.Standalone) {
		part, ok := have[row.Name]
		if !ok {
			continue
		}
		var needs []string
		for _, need := range row.Needs {
			if _, ok := have[need]; ok {
				needs = append(needs, need)
			}
		}
		out = append(out, lifecycle.Step{Name: row.Name, Needs: needs, Optional: row.Optional, Start: part.Start, Stop: part.Stop})
	}
	return out
}

// watch looks after every watched service until Stop.
func (d *Driver) watch(ctx context.Context) {
	crew := lifecycle.NewCrew(context.WithoutCancel(ctx), func(name string, err error) {
		d.log.Error("watching a service failed", "step", name, "error", err)
	})
	d.mu.Lock()
	d.crew, d.seen = crew, map[string]sight{}
	d.mu.Unlock()
	for _, part := range d.parts {
		if part.Watch != nil {
			_ = crew.Go(part.Step, func(life context.Context) error { return d.watchPart(life, part) }) // it is not stopped yet
		}
	}
}

// watchPart asks one service how it is, now and then.
func (d *Driver) watchPart(life context.Context, part Part) error {
	tick := time.NewTicker(WatchEvery)
	defer tick.Stop()
	for {
		d.look(life, part)
		select {
		case <-tick.C:
		case <-life.Done():
			return life.Err()
		}
	}
}

// look asks once. A change is logged, more of the same is not.
func (d *Driver) look(life context.Context, part Part) {
	if part.off() {
		d.mu.Lock()
		delete(d.seen, part.Step)
		d.mu.Unlock()
		return
	}
	ctx, cancel := context.WithTimeout(life, watchTime)
	defer cancel()
	found, err := part.Watch(ctx)
	if life.Err() != nil {
		return
	}
	d.mu.Lock()
	before, known := d.seen[part.Step]
	d.seen[part.Step] = sight{found, err}
	d.mu.Unlock()
	if !known || (before.err == nil) != (err == nil) {
		d.log.Info("looked at a service", "step", part.Step, "ready", err == nil, "detail", Detail(err))
	}
}

// Stop takes the steps down in reverse, within ctx. It may be called at any time and again.
func (d *Driver) Stop(ctx context.Context) error {
	d.turn.Lock()
	defer d.turn.Unlock()
	d.mu.Lock()
	group, crew := d.group, d.crew
	d.group, d.crew, d.failed = nil, nil, false
	d.mu.Unlock()
	if group == nil || group.State() == lifecycle.Failed {
		return nil // a failed start took itself down
	}
	if crew != nil {
		if err := crew.Stop(ctx); err != nil {
			d.log.Warn("a look at a service does not end", "error", err)
		}
	}
	return group.Stop(ctx)
}

// Health is the state of every step.
func (d *Driver) Health(context.Context) driver.Health {
	d.mu.Lock()
	group, seen, failed := d.group, maps.Clone(d.seen), d.failed
	d.mu.Unlock()
	known := map[string]lifecycle.Status{}
	if group != nil {
		for _, s := range group.Status() {
			known[s.Name] = s
		}
	}
	var steps []driver.StepHealth
	for _, row := range driver.Steps(mode.Standalone) {
		if h, ok := d.stepHealth(row, known, seen, group != nil); ok {
			steps = append(steps, h)
		}
	}
	health := driver.Summarize(mode.Standalone, steps)
	if failed {
		health.State = driver.StateFailed
	}
	return health
}

// stepHealth tells how one step is; false when this configuration has no such step.
func (d *Driver) stepHealth(row driver.Step, known map[string]lifecycle.Status, seen map[string]sight, begun bool) (driver.StepHealth, bool) {
	h := driver.StepHealth{Step: row.Name, State: driver.StateStopped, Optional: row.Optional}
	if reason, off := d.off[row.Name]; off {
		h.State, h.Detail = driver.StateDegraded, reason
		return h, begun
	}
	if part, _ := d.part(row.Name); part.off() {
		return h, false
	}
	status, ok := known[row.Name]
	if !ok {
		_, there := d.part(row.Name)
		return h, there
	}
	h.State, h.Detail, h.Took = stateOf(status.State), Detail(status.Err), status.Took
	if h.State == driver.StateReady {
		part, _ := d.part(row.Name)
		part.now(&h, seen)
	}
	return h, true
}

// now tells how a part that is up is at this moment.
func (p Part) now(h *driver.StepHealth, seen map[string]sight) {
	look, watched := seen[p.Step]
	switch {
	case p.Watch != nil && !watched:
		h.State = driver.StateStarting
	case p.Tell != nil:
		text, degraded := p.Tell()
		h.Detail = text
		if degraded {
			h.State = driver.StateDegraded
		}
	case look.err != nil:
		h.State, h.Detail = driver.StateDegraded, Detail(look.err)
	default:
		h.Detail = look.found
	}
}

// part finds the part of a step.
func (d *Driver) part(step string) (Part, bool) {
	for _, p := range d.parts {
		if p.Step == step {
			return p, true
		}
	}
	return Part{}, false
}

// stateOf translates the state of a lifecycle step.
func stateOf(s lifecycle.StepState) driver.State {
	switch s {
	case lifecycle.Up:
		return driver.StateReady
	case lifecycle.Waiting, lifecycle.Coming:
		return driver.StateStarting
	case lifecycle.Degraded:
		return driver.StateDegraded
	case lifecycle.Broken:
		return driver.StateFailed
	default:
		return driver.StateStopped
	}
}

// Detail is an error in one sentence for a person, with what to do about it; "" for none.
func Detail(err error) string {
	if f := fault.Public(err); f != nil {
		return f.Words()
	}
	return ""
}
