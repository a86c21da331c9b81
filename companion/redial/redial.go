// Package redial has what a connection needs that is made again whenever it ends: pauses that grow between the tries, a bell
// that ends one, and why there is no connection now. Its users dial; it knows nothing of networks and imports the standard
// library only.
package redial

import (
	"context"
	"sync"
	"time"
)

// How long one that is away is left alone: that is normal, so it is asked less and less often.
const (
	first   = time.Second
	longest = 2 * time.Minute
)

// Tries are those to make one connection. One goroutine makes them; Hurry and Why are for all.
type Tries struct {
	pause time.Duration // before the next
	bell  chan struct{} // rings when it should be tried at once

	mu  sync.Mutex // guards err
	err error
}

// New makes tries of which none was made.
func New() *Tries { return &Tries{pause: first, bell: make(chan struct{}, 1)} }

// Hurry ends the pause that goes on, or the next one.
func (t *Tries) Hurry() {
	select {
	case t.bell <- struct{}{}:
	default: // it rings already
	}
}

// Pause waits before the next try, each time longer, until the bell rings or ctx ends.
func (t *Tries) Pause(ctx context.Context) {
	timer := time.NewTimer(t.pause)
	defer timer.Stop()
	t.pause = min(2*t.pause, longest)
	select {
	case <-timer.C:
	case <-t.bell:
	case <-ctx.Done():
	}
}

// Met notes that there is a connection: the next pause is short again.
func (t *Tries) Met() {
	t.pause = first
	t.Failed(nil)
}

// Failed notes why there is no connection, and says whether that is news.
func (t *Tries) Failed(err error) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	news := err != nil && (t.err == nil || t.err.Error() != err.Error())
	t.err = err
	return news
}

// Why is what keeps the connection away; nil while there is one, and before the first try.
func (t *Tries) Why() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.err
}
