package sqlite

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// TestALoadOfMoreThanOneQuestionKeepsWhatIsNewer: every second record is there already, in one of two kinds, and the last
// question is about fewer records than it has room for.
func TestALoadOfMoreThanOneQuestionKeepsWhatIsNewer(t *testing.T) {
	s, err := Open(t.Context(), filepath.Join(t.TempDir(), "kai.db"), store.Schema())
	require.NoError(t, err)
	defer s.Close() //nolint:errcheck // the test is over
	records := append(kilobyte(record.KindRun, 0, askedAtOnce), kilobyte(record.KindMessage, 0, askedAtOnce+3)...)
	var held []record.Record
	var keys []record.Key
	for i, r := range records {
		keys = append(keys, r.Key())
		if i%2 == 0 {
			r.Version, r.Body = "00ffffffffff-0000-t", []byte(`{"text":"newer"}`)
			held = append(held, r)
		}
	}
	require.NoError(t, s.LoadBulk(t.Context(), held))
	for range 2 { // the second time everything is held
		require.NoError(t, s.LoadBulk(t.Context(), records))
		found, err := s.Get(t.Context(), keys...)
		require.NoError(t, err)
		for i, r := range found {
			want := records[i]
			if i%2 == 0 {
				want = held[i/2]
			}
			assert.Equal(t, want, r)
		}
		feed, err := s.Changes(t.Context(), 0, 1000)
		require.NoError(t, err)
		assert.EqualValues(t, len(records), feed.Seq, "what is older takes no number")
	}
}
