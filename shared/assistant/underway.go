package assistant

import (
	"context"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// underway is work of the assistant's own that views follow: they come and go, it goes on until it ends or is stopped.
type underway struct {
	stop context.CancelFunc

	mu    sync.Mutex // guards everything below
	at    service.Progress
	ended bool
	err   error
	step  chan struct{} // closed and replaced at each step
}

func newUnderway(stop context.CancelFunc) *underway {
	return &underway{stop: stop, step: make(chan struct{})}
}

// tell notes how far it is.
func (u *underway) tell(at service.Progress) {
	u.note(func() { u.at = at })
}

// end notes that it has ended, and how. What was written before is seen by who followed it.
func (u *underway) end(err error) {
	u.note(func() { u.ended, u.err = true, err })
}

func (u *underway) note(change func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	change()
	close(u.step)
	u.step = make(chan struct{})
}

// follow reports each step, or the latest of several, until the end, and how that was.
func (u *underway) follow(ctx context.Context, emit func(service.Progress) error) error {
	for last := (service.Progress{}); ; {
		u.mu.Lock()
		at, ended, err, step := u.at, u.ended, u.err, u.step
		u.mu.Unlock()
		if at != last {
			if err := emit(at); err != nil {
				return err
			}
			last = at
		}
		if ended {
			return err
		}
		select {
		case <-step:
		case <-ctx.Done():
			return fault.Wrap(fault.CodeOf(ctx.Err()), ctx.Err(), "following it was given up")
		}
	}
}

// isOver says whether it has ended.
func (u *underway) isOver() bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.ended
}
