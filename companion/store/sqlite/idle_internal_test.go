package sqlite

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// A store that nobody reads gives its readers' memory back, and is none the worse: the log stays, and it reads again.
func TestReadersWithoutWorkAreClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.db")
	s, err := Open(t.Context(), path, store.Schema())
	require.NoError(t, err)
	defer func() { assert.NoError(t, s.Close()) }()
	r := record.Record{Kind: record.KindMessage, ID: "m", Version: "01a3185c5237-0001-a", Body: []byte(`{"conversation":"c"}`)}
	_, err = s.Apply(t.Context(), store.Put(r))
	require.NoError(t, err)
	reads := func() {
		found, err := s.Get(t.Context(), r.Key())
		require.NoError(t, err)
		assert.Equal(t, r.Version, found[0].Version)
	}
	reads()
	require.Positive(t, s.reader.Stats().OpenConnections)
	require.Eventually(t, func() bool { return s.reader.Stats().OpenConnections == 0 }, time.Minute, 10*time.Millisecond)
	log, err := os.Stat(path + "-wal")
	require.NoError(t, err, "the writer keeps the log")
	assert.Positive(t, log.Size())
	reads()
}
