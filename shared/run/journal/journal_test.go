package journal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

func open() (*journal.Store, store.Store) {
	s := memstore.New(slices.Concat(store.Schema(), journal.Schema()))
	return journal.New(s, record.NewClock("test", time.Now)), s
}

func TestJournal(t *testing.T) {
	runtest.RunJournal(t, func(testing.TB) run.Journal {
		j, _ := open()
		return j
	})
}

func TestARecordThatCannotBeReadIsPassedOver(t *testing.T) {
	j, s := open()
	require.NoError(t, j.Save(t.Context(), run.Saved{Spec: run.Spec{ID: "good"}}))
	bad := record.Record{Kind: journal.Kind, ID: "bad", Version: record.NewClock("x", time.Now).Next(), Body: []byte(`{"spec":7}`)}
	_, err := s.Apply(t.Context(), store.Put(bad))
	require.NoError(t, err)
	all, err := j.All(t.Context())
	require.NoError(t, err)
	assert.Len(t, all, 1)
	_, err = j.Load(t.Context(), "bad")
	assert.Error(t, err)
}
