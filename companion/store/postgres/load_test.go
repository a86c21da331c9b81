package postgres

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
)

func TestABulkLoadKeepsWhatIsNewerAndLeavesNoNumberOut(t *testing.T) {
	ctx := context.Background()
	s := owned(t, open(t, fresh(t, server)), "alice")
	at := func(id string, version record.Version) record.Record {
		return record.Record{Kind: record.KindSetting, ID: id, Version: version, Body: []byte(`{"at":"` + string(version) + `"}`)}
	}
	const old, held, late = "000000000001-0000-t", "000000000002-0000-t", "000000000003-0000-t"
	put(t, s, at("older", held), at("equal", held), at("newer", held))
	for range 2 { // the second time everything is held
		require.NoError(t, s.LoadBulk(ctx, []record.Record{at("older", old), at("newer", late), at("equal", held), at("new", old)}))
		feed, err := s.Changes(ctx, 0, 0)
		require.NoError(t, err)
		assert.Equal(t, []record.Record{at("older", held), at("equal", held), at("newer", late), at("new", old)}, feed.Records)
		assert.EqualValues(t, 5, feed.Seq)
	}
}

func notes(n int) []record.Record {
	out := make([]record.Record, n)
	for i := range out {
		out[i] = note(i, "x")
	}
	return out
}

// Records are checked while the first of them are on their way.
func TestABulkLoadWithARecordThatIsRefusedStoresNone(t *testing.T) {
	ctx := context.Background()
	s := owned(t, open(t, fresh(t, server)), "alice")
	for name, bad := range map[string]record.Record{
		"no JSON":         {Kind: record.KindRun, ID: "x", Version: "000000000001-0000-t", Body: []byte(`{`)},
		"a key twice":     note(0, "again"),
		"an unknown kind": {Kind: "ghost", ID: "x", Version: "000000000001-0000-t", Body: []byte(`{}`)},
	} {
		err := s.LoadBulk(ctx, append(notes(loadRecords+1), bad))
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%s: %v", name, err)
		feed, err := s.Changes(ctx, 0, 0)
		require.NoError(t, err)
		assert.Empty(t, feed.Records, name)
	}
}

func TestABulkLoadThatMeetsWhatIsHeldGoesOn(t *testing.T) {
	ctx := context.Background()
	s := owned(t, open(t, fresh(t, server)), "alice")
	records := notes(2*loadRecords + 10)
	put(t, s, records[loadRecords+5])
	require.NoError(t, s.LoadBulk(ctx, records))
	feed, err := s.Changes(ctx, 1, 0)
	require.NoError(t, err)
	assert.Equal(t, records[:len(feed.Records)], feed.Records)
	usage, err := s.Measure(ctx)
	require.NoError(t, err)
	assert.EqualValues(t, len(records), usage.Records[record.KindMessage])
}

func TestABulkLoadThatEndsKeepsWholePartsAndItsSessions(t *testing.T) {
	c := fresh(t, server)
	s := owned(t, open(t, c), "alice")
	release := hold(t, c, s)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	records := notes(2*loadRecords + 1)
	go func() { done <- s.LoadBulk(ctx, records) }()
	waiting(t, database(t, c), 1, done) // the first part waits for the owner's lock
	cancel()
	assert.Equal(t, fault.Canceled, fault.CodeOf(<-done))
	release()
	for s.db.pool.Stat().AcquiredConns() > 0 { // a cut session is given back when the server has heard of it
		runtime.Gosched()
	}
	require.NoError(t, s.LoadBulk(context.Background(), records), "the same again")
	usage, err := s.Measure(context.Background())
	require.NoError(t, err)
	assert.EqualValues(t, len(records), usage.Records[record.KindMessage])
}
