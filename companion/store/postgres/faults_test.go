package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/postgres/postgrestest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// fragile is a server of a test's own, to be stopped and killed.
func fragile(t testing.TB, options ...string) *postgrestest.Cluster {
	t.Helper()
	c, err := postgrestest.Start(context.Background(), options...)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

func TestARestartOfTheServerIsSurvived(t *testing.T) {
	ctx, c := context.Background(), fragile(t, "-c", "fsync=off")
	config := fresh(t, c)
	db := open(t, config)
	s := owned(t, db, "alice")
	for name, end := range map[string]func() error{"stopped": c.Stop, "killed": c.Kill} {
		t.Log(name)
		put(t, s, note(1, "kept"))
		busy(t, s)
		require.NoError(t, end())
		_, err := s.Apply(ctx, store.Put(note(2, "x")))
		helps(t, err, fault.Unavailable, db.place)
		_, err = s.Get(ctx, note(1, "").Key())
		helps(t, err, fault.Unavailable, db.place)
		_, err = Open(ctx, config)
		helps(t, err, fault.Unavailable, db.place)
		require.NoError(t, c.Restart(ctx))
		put(t, s, note(3, "goes on"))
	}
	// The first call after a restart meets connections that were cut, and does not show it.
	for name, call := range map[string]func() error{
		"get":   func() error { _, err := s.Get(ctx, note(1, "").Key()); return err },
		"apply": func() error { _, err := s.Apply(ctx, store.Put(note(4, "x"))); return err },
	} {
		busy(t, s)
		require.NoError(t, c.Stop())
		require.NoError(t, c.Restart(ctx))
		require.NoError(t, call(), name)
	}
	held, err := s.Get(ctx, note(1, "").Key())
	require.NoError(t, err)
	assert.Equal(t, note(1, "kept"), held[0])
}

// busy leaves several idle connections in the pool.
func busy(t testing.TB, s *Store) {
	t.Helper()
	ctx := context.Background()
	var held []interface{ Release() }
	for range 3 {
		conn, err := s.db.pool.Acquire(ctx)
		require.NoError(t, err)
		held = append(held, conn)
	}
	for _, conn := range held {
		conn.Release()
	}
}

// hold takes an owner's lock in a transaction of another process and answers how to let go.
func hold(t testing.TB, c Config, s *Store) (release func()) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.URL)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(ctx) }) // the test is over
	_, err = conn.Exec(ctx, `BEGIN; SET LOCAL kai.owner = '`+s.sealed+`'; SELECT seq FROM kai.owners FOR UPDATE`)
	require.NoError(t, err)
	return func() {
		_, err := conn.Exec(ctx, `ROLLBACK`)
		require.NoError(t, err)
	}
}

// waiting comes back when somebody waits for a lock in a database (want 1) or nobody does (0), or when done says so first.
func waiting(t testing.TB, name string, want int, done <-chan error) {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, server.URL("postgres", name))
	require.NoError(t, err)
	defer conn.Close(ctx) //nolint:errcheck // it only looked
	for n := -1; n != want; {
		select {
		case err := <-done:
			t.Fatalf("it did not wait: %v", err)
		default:
		}
		const count = `SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1`
		require.NoError(t, conn.QueryRow(ctx, count, name).Scan(&n))
	}
}

func TestAContextThatEndsWhileWaitingForAnotherWriter(t *testing.T) {
	c := fresh(t, server)
	s := owned(t, open(t, c), "alice")
	release := hold(t, c, s)
	for name, write := range map[string]func(context.Context) error{
		"apply": func(ctx context.Context) error { _, err := s.Apply(ctx, store.Put(note(1, "x"))); return err },
		"load":  func(ctx context.Context) error { return s.LoadBulk(ctx, []record.Record{note(2, "x")}) },
	} {
		ctx, cancel := context.WithCancel(context.Background())
		done := make(chan error, 1)
		go func() { done <- write(ctx) }()
		waiting(t, database(t, c), 1, done)
		cancel()
		assert.Equal(t, fault.Canceled, fault.CodeOf(<-done), name)
		waiting(t, database(t, c), 0, nil) // the server does not go on waiting for nobody
	}
	release()
	assert.EqualValues(t, 1, put(t, s, note(3, "x")).Seq, "the store goes on, and nothing was written")
}

// TestNumbersComeInTheOrderOfCommits: while a writer has a number that is not committed, no other one gets a later number,
// which a follower would see first and so miss the earlier one.
func TestNumbersComeInTheOrderOfCommits(t *testing.T) {
	ctx, c := context.Background(), fresh(t, server)
	db := open(t, c)
	first, second, other := owned(t, db, "alice"), owned(t, open(t, c), "alice"), owned(t, db, "bob")
	done := make(chan error, 1)
	err := first.transact(ctx, nil, func(w *writing, _ versions) error {
		if err := w.write(ctx, w.numberAll([]record.Record{note(1, "first")})); err != nil {
			return err
		}
		go func() { _, err := second.Apply(ctx, store.Put(note(2, "second"))); done <- err }()
		waiting(t, database(t, c), 1, done)
		feed, err := second.Changes(ctx, 0, 0)
		require.NoError(t, err)
		assert.Empty(t, feed.Records)
		put(t, other, note(1, "other owners do not wait"))
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-done)
	feed, err := second.Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, []record.Record{note(1, "first"), note(2, "second")}, feed.Records)
	assert.EqualValues(t, 2, feed.Seq)
}

func TestAWriteTakenBackGivesItsNumbersBack(t *testing.T) {
	ctx := context.Background()
	s := owned(t, open(t, fresh(t, server)), "alice")
	put(t, s, note(1, "x"))
	broken := errors.New("the caller stopped it")
	err := s.transact(ctx, nil, func(w *writing, _ versions) error {
		if err := w.write(ctx, w.numberAll([]record.Record{note(2, "x"), note(3, "x")})); err != nil {
			return err
		}
		return broken
	})
	require.ErrorIs(t, err, broken)
	assert.EqualValues(t, 2, put(t, s, note(4, "x")).Seq)
}

func TestAServerThatTakesNoWritesSaysSo(t *testing.T) {
	ctx, c := context.Background(), fresh(t, server)
	s := owned(t, open(t, c), "alice")
	put(t, s, note(1, "kept"))
	admin(t, server, "postgres", `ALTER DATABASE `+database(t, c)+` SET default_transaction_read_only = on`)
	s.db.pool.Reset() // a setting of the database holds for new sessions
	_, err := s.Apply(ctx, store.Put(note(2, "x")))
	helps(t, err, fault.Unavailable, s.db.place)
	err = s.LoadBulk(ctx, []record.Record{note(2, "x")})
	helps(t, err, fault.Unavailable, s.db.place)
	held, err := s.Get(ctx, note(1, "").Key())
	require.NoError(t, err, "reading goes on")
	assert.Equal(t, note(1, "kept"), held[0])
}

func TestAClosedDatabaseClosesItsStores(t *testing.T) {
	db := open(t, fresh(t, server))
	s := owned(t, db, "alice")
	db.Close()
	db.Close()
	_, err := s.Get(context.Background(), note(1, "").Key())
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	_, err = db.Store(context.Background(), "alice")
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestEveryCodeOfPostgreSQLHasWords(t *testing.T) {
	d := &Database{place: "db.example/kai"}
	for code, want := range map[string]fault.Code{
		"53100": fault.Exhausted, "53200": fault.Exhausted, "53300": fault.Exhausted, "58030": fault.Exhausted, "28P01": fault.Forbidden,
		"28000": fault.Forbidden, "42501": fault.Forbidden, "3D000": fault.NotFound, "25006": fault.Unavailable, "XX001": fault.Malformed,
		"54000": fault.Invalid, "57014": fault.Timeout, "55P03": fault.Timeout, "42601": fault.Internal, "": fault.Internal,
	} {
		err := d.explain(code, errors.New("cause"), "reading")
		assert.Equal(t, want, fault.CodeOf(err), code)
		if want != fault.Internal {
			assert.NotEmpty(t, fault.Public(err).Remedy, code)
		}
	}
}
