//go:build duckdb && cgo

package duckdb

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// A backup under load is the store of one moment: everything up to a number of the feed, and nothing after it.
func TestAnOpenStoreIsCopiedAsItIsAtOneMoment(t *testing.T) {
	path, blob := kept(t)
	s := opened(t, path)
	ctx, stop := context.WithCancel(t.Context())
	var writes sync.WaitGroup
	writes.Go(func() {
		for n := 1000; ctx.Err() == nil; n++ {
			_, err := s.Apply(context.WithoutCancel(ctx), store.Put(note(n, "")))
			if !assert.NoError(t, err) {
				return
			}
		}
	})
	to := filepath.Join(t.TempDir(), "it's a copy")
	m, err := s.Backup(t.Context(), to, time.Now(), nil)
	require.NoError(t, err)
	stop()
	writes.Wait()
	assert.Equal(t, "duckdb", m.Engine)
	assert.Equal(t, int64(1), m.Blobs)
	now, err := s.Changes(t.Context(), 0, 10_000)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	copied := opened(t, filepath.Join(to, "kai.duckdb"))
	then, err := copied.Changes(t.Context(), 0, 10_000)
	require.NoError(t, err)
	assert.Equal(t, m.Seq, then.Seq)
	assert.Equal(t, now.Records[:len(then.Records)], then.Records, "what came before, whole and in its order")
	read, err := copied.ReadBlob(t.Context(), blob.Name, 0, -1)
	require.NoError(t, err)
	require.NoError(t, read.Close())
	require.NoError(t, copied.Close())
	again := inspected(t, filepath.Join(to, "kai.duckdb"))
	report, err := again.Check(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, report.Damage)
}

// The copy is laid out like the store, so that it is as quick once it is restored.
func TestACopyIsLaidOutLikeTheStore(t *testing.T) {
	path, _ := kept(t)
	s := opened(t, path)
	to := filepath.Join(t.TempDir(), "copy")
	_, err := s.Backup(t.Context(), to, time.Now(), nil)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	for _, file := range []string{path, filepath.Join(to, "kai.duckdb")} {
		db, err := connect(file, 1, ", READ_ONLY")
		require.NoError(t, err)
		var packed int
		require.NoError(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM pragma_storage_info('records')
			WHERE column_name = 'body' AND segment_type = 'VARCHAR' AND compression NOT IN ('Uncompressed', 'Constant')`).Scan(&packed))
		assert.Zero(t, packed, file)
		require.NoError(t, db.Close())
	}
}

func TestACopyThatIsGivenUpLeavesNothing(t *testing.T) {
	path, _ := kept(t)
	s := opened(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	folder := t.TempDir()
	_, err := s.Backup(ctx, filepath.Join(folder, "copy"), time.Now(), func(what string, _, _ int64) {
		if what == "copying blobs" {
			cancel()
		}
	})
	assert.Equal(t, fault.Canceled, fault.CodeOf(err))
	assert.NoDirExists(t, filepath.Join(folder, "copy"))
	_, err = s.Backup(t.Context(), filepath.Join(folder, "copy"), time.Now(), nil)
	require.NoError(t, err, "the next one is made")
	require.NoError(t, s.Close())
}
