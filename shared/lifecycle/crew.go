package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/kindos/kai/shared/fault"
)

// Guard calls do and turns a panic into a fault.Internal whose cause, for the log, has the stack.
func Guard(name string, do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fault.Wrap(fault.Internal, fmt.Errorf("panic: %v\n%s", p, debug.Stack()), name+" failed inside kAI")
		}
	}()
	return do()
}

// Crew owns goroutines: each gets a context that ends with Stop, and Stop waits for all. A panic in one becomes its
// error; an error ends none of the others.
type Crew struct {
	ctx    context.Context //nolint:containedctx // the crew is the owner of its goroutines' lives
	cancel context.CancelFunc
	failed func(name string, err error)

	mu      sync.Mutex // guards stopped, and wg.Add against wg.Wait
	stopped bool
	wg      sync.WaitGroup
}

// NewCrew makes a crew whose goroutines end with ctx or Stop. failed, when set, hears of each that ends with an error
// other than its context's end.
func NewCrew(ctx context.Context, failed func(name string, err error)) *Crew {
	ctx, cancel := context.WithCancel(ctx)
	return &Crew{ctx: ctx, cancel: cancel, failed: failed}
}

// Go runs do in a goroutine of the crew. After Stop it answers fault.Unavailable and runs nothing.
func (c *Crew) Go(name string, do func(ctx context.Context) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return fault.New(fault.Unavailable, "%s cannot start, its owner has stopped", name)
	}
	c.wg.Go(func() {
		err := Guard(name, func() error { return do(c.ctx) })
		if err == nil || c.failed == nil || (c.ctx.Err() != nil && errors.Is(err, c.ctx.Err())) {
			return
		}
		c.failed(name, err)
	})
	return nil
}

// Stop ends the crew's context and waits until every goroutine has returned, or ctx ends.
func (c *Crew) Stop(ctx context.Context) error {
	c.mu.Lock()
	c.stopped = true
	c.mu.Unlock()
	c.cancel()
	gone := make(chan struct{})
	go func() { // ends when the last goroutine of the crew does
		c.wg.Wait()
		close(gone)
	}()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "a goroutine is still running")
	}
}
