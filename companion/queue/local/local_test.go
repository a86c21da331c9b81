package local_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
	"github.com/kindos/kai/companion/queue/queuetest"
	"github.com/kindos/kai/shared/fault"
)

func open(ctx context.Context, path string, o queuetest.Options) (queue.Queue, error) {
	q, err := local.Open(ctx, path, local.Options{Kinds: o.Kinds, Workers: o.Workers, Now: o.Now, Log: o.Log})
	if err != nil {
		return nil, err // not a nil *local.Queue in a queue.Queue
	}
	return q, nil
}

func TestMain(m *testing.M) { queuetest.Main(m, open) }

func TestQueue(t *testing.T) { queuetest.Run(t, open) }

func TestNoTaskIsLostByAKill(t *testing.T) { queuetest.RunKills(t, open) }

// at opens the queue of a file with one kind that does nothing.
func at(t *testing.T, path string, kinds ...queue.Kind) (queue.Queue, error) {
	t.Helper()
	nothing := queue.Kind{Name: "k", Do: func(context.Context, *queue.Work) error { return nil }}
	return open(t.Context(), path, queuetest.Options{Kinds: append(kinds, nothing), Now: time.Now, Log: slog.New(slog.DiscardHandler)})
}

// edit changes a queue's file behind its back.
func edit(t *testing.T, path, text string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.Exec(text)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestAFileThatIsNoneOfOursIsRefusedAndKept(t *testing.T) {
	for name, c := range map[string]struct {
		make func(t *testing.T, path string)
		code fault.Code
	}{
		"another program's": {func(t *testing.T, path string) { edit(t, path, `CREATE TABLE theirs (a)`) }, fault.Invalid},
		"no database": {func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte(strings.Repeat("not a database at all", 500)), 0o600))
		}, fault.Malformed},
		"a newer kai's": {func(t *testing.T, path string) {
			q, err := at(t, path)
			require.NoError(t, err)
			require.NoError(t, q.Close(t.Context()))
			edit(t, path, `PRAGMA user_version = 99`)
		}, fault.Unsupported},
		"a folder": {func(t *testing.T, path string) { require.NoError(t, os.Mkdir(path, 0o700)) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tasks.db")
			c.make(t, path)
			_, err := at(t, path)
			require.Equal(t, c.code, fault.CodeOf(err), "%v", err)
			assert.NotEmpty(t, fault.Public(err).Remedy)
			assert.Contains(t, fault.Public(err).Message, path)
		})
	}
}

func TestOnlyTheOwnerReadsTheFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the folder's own rights count there")
	}
	path := filepath.Join(t.TempDir(), "tasks.db")
	require.NoError(t, os.WriteFile(path, nil, 0o644)) //nolint:gosec // that is the test
	q, err := at(t, path)
	require.NoError(t, err)
	_, err = q.Add(t.Context(), queue.Spec{Kind: "k"})
	require.NoError(t, err)
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
	require.NoError(t, q.Close(t.Context()))
}

// What was forgotten is in none of the files any more, while the queue is open.
func TestForgottenTextIsGoneFromTheDisk(t *testing.T) {
	dir := t.TempDir()
	q, err := at(t, filepath.Join(dir, "tasks.db"))
	require.NoError(t, err)
	const secret = "a very private question"
	_, err = q.Add(t.Context(), queue.Spec{Kind: "k", Body: []byte(`"` + secret + `"`), At: time.Now().Add(time.Hour)})
	require.NoError(t, err)
	onDisk := func() (found bool) {
		files, err := os.ReadDir(dir)
		require.NoError(t, err)
		for _, f := range files {
			text, err := os.ReadFile(filepath.Join(dir, f.Name()))
			require.NoError(t, err)
			found = found || strings.Contains(string(text), secret)
		}
		return found
	}
	require.True(t, onDisk())
	require.NoError(t, q.Forget(t.Context(), "k"))
	assert.False(t, onDisk())
	require.NoError(t, q.Close(t.Context()))
}

// A task whose process is gone is begun anew as often as it may be tried: one that ends kai every time does not for ever.
func TestATaskThatEndsKaiIsGivenUp(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	q, err := at(t, path)
	require.NoError(t, err)
	added, err := q.Add(t.Context(), queue.Spec{Kind: "k"}, queue.Spec{Kind: "k"}, queue.Spec{Kind: "k"})
	require.NoError(t, err)
	require.NoError(t, q.Close(t.Context()))
	edit(t, path, `UPDATE tasks SET state = 'running', tries = 1 WHERE id = 1; UPDATE tasks SET state = 'running', tries = 5 WHERE id = 2;
		UPDATE tasks SET state = 'running', tries = 1, canceled = 1 WHERE id = 3`)
	q, err = at(t, path)
	require.NoError(t, err)
	for n, want := range []queue.State{queue.Waiting, queue.Dead, queue.Canceled} {
		got, err := q.Get(t.Context(), added[n].ID)
		require.NoError(t, err)
		assert.Equal(t, want, got.State)
		assert.LessOrEqual(t, got.Due, time.Now(), "it begins at once")
	}
	require.NoError(t, q.Close(t.Context()))
}

// Work that does not end keeps nobody from stopping: closing is bounded, and the task begins anew.
func TestClosingIsBounded(t *testing.T) {
	path, begun, stuck := filepath.Join(t.TempDir(), "tasks.db"), make(chan struct{}), make(chan struct{})
	q, err := at(t, path, queue.Kind{Name: "stuck", Do: func(context.Context, *queue.Work) error { close(begun); <-stuck; return nil }})
	require.NoError(t, err)
	added, err := q.Add(t.Context(), queue.Spec{Kind: "stuck"})
	require.NoError(t, err)
	require.NoError(t, q.Start(t.Context()))
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, fault.Timeout, fault.CodeOf(q.Close(ctx)))
	close(stuck)
	q, err = at(t, path)
	require.NoError(t, err)
	got, err := q.Get(t.Context(), added[0].ID)
	require.NoError(t, err)
	assert.Equal(t, queue.Waiting, got.State)
	require.NoError(t, q.Close(t.Context()))
}

// While the file cannot be written, callers hear of it, and what has ended is written as soon as it can be: it is not done
// twice.
func TestAFileThatCannotBeWrittenForAWhile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tasks.db")
	synctest.Test(t, func(t *testing.T) {
		times, end := 0, make(chan struct{})
		q, err := at(t, path, queue.Kind{Name: "waits", Do: func(context.Context, *queue.Work) error { times++; <-end; return nil }})
		require.NoError(t, err)
		require.NoError(t, q.Start(t.Context()))
		added, err := q.Add(t.Context(), queue.Spec{Kind: "waits"}, queue.Spec{Kind: "k", At: time.Now().Add(time.Second)})
		require.NoError(t, err)
		synctest.Wait()

		db, err := sql.Open("sqlite", path)
		require.NoError(t, err)
		other, err := db.Conn(t.Context())
		require.NoError(t, err)
		_, err = other.ExecContext(t.Context(), `BEGIN IMMEDIATE`)
		require.NoError(t, err)
		close(end)
		refused := make(chan error)
		for range 3 {
			go func() {
				_, err := q.Add(t.Context(), queue.Spec{Kind: "k"})
				refused <- err
			}()
		}
		for range 3 {
			err := <-refused
			require.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
			assert.Contains(t, fault.Public(err).Message, "another program is using the queue")
		}
		got, err := q.Get(t.Context(), added[0].ID)
		require.NoError(t, err)
		assert.Equal(t, queue.Running, got.State)

		_, err = other.ExecContext(t.Context(), `ROLLBACK`)
		require.NoError(t, err)
		require.NoError(t, errors.Join(other.Close(), db.Close()))
		<-time.After(20 * time.Second) // of synctest
		all, err := q.List(t.Context(), queue.Filter{})
		require.NoError(t, err)
		require.Len(t, all, 2, "what was refused is not there")
		assert.Equal(t, []queue.State{queue.Done, queue.Done}, []queue.State{all[0].State, all[1].State})
		assert.Equal(t, 1, times)
		require.NoError(t, q.Close(t.Context()))
	})
}

func TestRandomCalls(t *testing.T) { queuetest.RunRandom(t, open) }
