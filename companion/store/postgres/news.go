package postgres

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kindos/kai/shared/store"
)

// channel is where writers of all owners tell that there are changes. A notification holds the random name of the owner and
// no more, since every role may listen.
const channel = "kai_changes"

// listenAgain is how long a listener that cannot connect waits.
const listenAgain = time.Second

// news wakes those who wait for changes, with one connection for all owners.
type news struct {
	stop  context.CancelFunc
	ended chan struct{}

	mu      sync.Mutex               // guards waiting
	waiting map[chan struct{}]string // the owners' random names
}

// listen starts to listen until the database is closed.
func (d *Database) listen(work *pgx.ConnConfig) {
	ctx, stop := context.WithCancel(context.Background())
	d.news.stop, d.news.ended = stop, make(chan struct{})
	go func() {
		defer close(d.news.ended)
		for ctx.Err() == nil {
			d.news.hear(ctx, work)
			d.news.wake("") // whoever waits sees for themselves whether the server is there
			select {
			case <-ctx.Done():
			case <-time.After(listenAgain):
			}
		}
	}()
}

// hear listens until the connection is lost.
func (n *news) hear(ctx context.Context, settings *pgx.ConnConfig) {
	conn, err := pgx.ConnectConfig(ctx, settings)
	if err != nil {
		return
	}
	defer conn.Close(context.WithoutCancel(ctx)) //nolint:errcheck // it is given up
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return
	}
	for owner := ""; err == nil; { // first of all: what was told while nobody listened
		n.wake(owner)
		var told *pgconn.Notification
		if told, err = conn.WaitForNotification(ctx); err == nil {
			owner = told.Payload
		}
	}
}

// wake tells those who wait for an owner's changes; the empty name means everybody.
func (n *news) wake(owner string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for ch, of := range n.waiting {
		if owner == "" || owner == of {
			select {
			case ch <- struct{}{}:
			default: // it has been told
			}
		}
	}
}

// await registers somebody who waits; leave takes them off again.
func (n *news) await(owner string) (told <-chan struct{}, leave func()) {
	ch := make(chan struct{}, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.waiting[ch] = owner
	return ch, func() {
		n.mu.Lock()
		defer n.mu.Unlock()
		delete(n.waiting, ch)
	}
}

// Wait waits for changes, whichever process writes them; see store.Waiter.
func (s *Store) Wait(ctx context.Context, since uint64) error {
	const doing = "waiting for changes"
	told, leave := s.db.news.await(s.news) // before looking, so that nothing happens unseen in between
	defer leave()
	for {
		if err := s.begin(ctx, doing); err != nil {
			return err
		}
		head, err := s.head(ctx)
		if err != nil {
			return s.db.fault(ctx, err, doing)
		}
		if err := store.CheckSince(since, head); err != nil || head > since {
			return err
		}
		select {
		case <-told:
		case <-s.closing:
		case <-s.db.news.ended:
		case <-ctx.Done():
		}
	}
}
