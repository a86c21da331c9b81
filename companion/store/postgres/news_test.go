package postgres

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
)

// waits starts to wait for changes and comes back when it does.
func waits(t testing.TB, ctx context.Context, s *Store, since uint64) <-chan error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- s.Wait(ctx, since) }()
	for waiting := false; !waiting; {
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		s.db.news.mu.Lock()
		waiting = len(s.db.news.waiting) > 0
		s.db.news.mu.Unlock()
	}
	return done
}

func TestAFollowerIsWokenByAnotherProcess(t *testing.T) {
	ctx, c := context.Background(), fresh(t, server)
	reader, writer := open(t, c), open(t, c)
	alice := owned(t, reader, "alice")
	require.NoError(t, func() error { put(t, alice, note(0, "x")); return alice.Wait(ctx, 0) }(), "what is there is told at once")

	woken := waits(t, ctx, alice, 1)
	put(t, owned(t, writer, "bob"), note(1, "another's"))
	put(t, owned(t, writer, "alice"), note(1, "x"))
	require.NoError(t, <-woken)
	feed, err := alice.Changes(ctx, 1, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 1)

	woken = waits(t, ctx, alice, feed.Seq)
	require.NoError(t, owned(t, writer, "alice").LoadBulk(ctx, kilobyte("run", 0, 2)))
	require.NoError(t, <-woken, "a bulk load tells too")
	assert.Equal(t, fault.Invalid, fault.CodeOf(alice.Wait(ctx, 99)))
}

func TestAFollowerStopsWaiting(t *testing.T) {
	db := open(t, fresh(t, server))
	ctx, cancel := context.WithCancel(context.Background())
	for name, end := range map[string]struct {
		by   func(*Store)
		code fault.Code
	}{
		"the store is closed": {func(s *Store) { _ = s.Close() }, fault.Unavailable},
		"the context ends":    {func(*Store) { cancel() }, fault.Canceled},
	} {
		s := owned(t, db, name)
		within := context.Background()
		if end.code == fault.Canceled {
			within = ctx
		}
		woken := waits(t, within, s, 0)
		end.by(s)
		assert.Equal(t, end.code, fault.CodeOf(<-woken), name)
	}
	woken := waits(t, context.Background(), owned(t, db, "last"), 0)
	db.Close()
	assert.Equal(t, fault.Unavailable, fault.CodeOf(<-woken))
}

func TestAFollowerHearsOfALostServerAndIsWokenAgain(t *testing.T) {
	ctx, c := context.Background(), fragile(t, "-c", "fsync=off")
	config := fresh(t, c)
	alice := owned(t, open(t, config), "alice")
	woken := waits(t, ctx, alice, 0)
	require.NoError(t, c.Stop())
	helps(t, <-woken, fault.Unavailable, alice.db.place)

	require.NoError(t, c.Restart(ctx))
	woken = waits(t, ctx, alice, 0)
	put(t, owned(t, open(t, config), "alice"), note(1, "x"))
	require.NoError(t, <-woken, "also what is told while the listener is still away")
}
