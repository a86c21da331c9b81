package journal_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/store"
)

// FuzzRecord holds that no record of a journal keeps kAI from starting, and that what is read from it can be followed to its end.
func FuzzRecord(f *testing.F) {
	good, err := json.Marshal(run.Saved{Spec: run.Spec{ID: "r"}, State: run.StateRunning, Marks: []byte{1, 2, 3}, At: 1})
	require.NoError(f, err)
	for _, seed := range []string{string(good), `{}`, `{"spec":{"id":"r"},"state":"done","delta":{"n":-1},"marks":"/////w=="}`, `{"spec":7}`, `null`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		j, s := open()
		r := record.Record{Kind: journal.Kind, ID: "r", Version: record.NewClock("x", time.Now).Next(), Body: body}
		if _, err := s.Apply(t.Context(), store.Put(r)); err != nil {
			return // the store refuses what is no JSON object
		}
		e := run.NewEngine(nil, j, run.Options{Log: logs.Discard(), Now: time.Now})
		require.NoError(t, e.Recover(t.Context()))
		_ = e.Attach(t.Context(), "r", 0, func(run.Delta) error { return nil }) // there may be none
		_, err := e.List(t.Context())
		require.NoError(t, err)
		assert.NoError(t, e.Close(t.Context()))
	})
}
