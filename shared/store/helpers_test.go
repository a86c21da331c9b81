package store_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/store/storetest"
)

func note(i int, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%05d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)),
		Body: fmt.Appendf(nil, `{"conversation":"c","text":%q}`, text)}
}

func notes(n int) []record.Record {
	out := make([]record.Record, n)
	for i := range out {
		out[i] = note(i, fmt.Sprintf("note %d", i))
	}
	return out
}

// bare is a store without optional powers.
func bare() store.Store { return storetest.NewFlaky(memstore.New(store.Schema()), 0, nil) }

func count(t *testing.T, s store.Store) int {
	t.Helper()
	feed, err := s.Changes(context.Background(), 0, store.MaxPage)
	require.NoError(t, err)
	return len(feed.Records)
}

func TestTheContractHoldsWithoutAnyPower(t *testing.T) {
	const reason = "the wrapper hides it"
	storetest.Run(t, storetest.Options{
		Name: "bare", Open: func(testing.TB) store.Store { return bare() }, Records: 3000,
		Gaps: map[storetest.Power]string{storetest.TextSearch: reason, storetest.BulkLoad: reason, storetest.Measure: reason, storetest.Blobs: reason,
			storetest.Sweep: reason, storetest.Upgrades: reason},
	})
}

func TestLoadInChunksCanBeRepeatedAfterAFailure(t *testing.T) {
	ctx, under, lost := context.Background(), memstore.New(store.Schema()), errors.New("lost the disk")
	records := notes(2500)
	flaky := storetest.NewFlaky(under, 2, lost)
	require.ErrorIs(t, store.Load(ctx, flaky, records), lost)
	assert.True(t, flaky.Failed())
	assert.Equal(t, 1000, count(t, under), "whole chunks only")
	require.NoError(t, store.Load(ctx, flaky, records))
	assert.Equal(t, 2500, count(t, under))
	require.NoError(t, store.Load(ctx, flaky, nil))
}

func TestASearchThatCannotReadSaysSo(t *testing.T) {
	lost := errors.New("lost the disk")
	_, err := store.Search(context.Background(), storetest.NewFlaky(bare(), 1, lost), store.TextQuery{Kind: record.KindMessage, Words: "x"})
	assert.ErrorIs(t, err, lost)
}

func clock() *record.Clock {
	return record.NewClock("me", func() time.Time { return time.UnixMilli(5000) })
}

func TestUpdateMakesChangesAndDeletes(t *testing.T) {
	ctx, s, key := context.Background(), bare(), record.Key{Kind: record.KindSetting, ID: "theme"}
	set := func(body string, deleted bool) (record.Record, error) {
		return store.Update(ctx, s, clock(), key, func(r *record.Record) error {
			r.Body, r.Deleted = []byte(body), deleted
			if deleted {
				r.Body = nil
			}
			return nil
		})
	}
	first, err := set(`{"v":"dark"}`, false)
	require.NoError(t, err)
	second, err := set(`{"v":"light"}`, false)
	require.NoError(t, err)
	assert.Greater(t, second.Version, first.Version, "also when the computer's clock stands still")
	same, err := set(`{"v":"light"}`, false)
	require.NoError(t, err)
	assert.Equal(t, second, same, "what changes nothing writes nothing")
	gone, err := set("", true)
	require.NoError(t, err)
	held, err := s.Get(ctx, key)
	require.NoError(t, err)
	assert.Equal(t, gone, held[0])
	again, err := set(`{"v":"dark"}`, false)
	require.NoError(t, err)
	assert.Greater(t, again.Version, gone.Version)
}

func TestUpdateStartsAgainWhenOvertaken(t *testing.T) {
	ctx, s := context.Background(), bare()
	tries := 0
	r, err := store.Update(ctx, s, clock(), note(1, "").Key(), func(r *record.Record) error {
		if tries++; tries == 1 {
			_, err := s.Apply(ctx, store.Put(note(1, "somebody else")))
			require.NoError(t, err)
		}
		r.Body = fmt.Appendf(nil, `{"text":"mine after %s"}`, r.Version)
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 2, tries)
	assert.Contains(t, string(r.Body), string(note(1, "").Version), "the second try saw the other's state")
}

func TestUpdateGivesUpWhenAlwaysOvertaken(t *testing.T) {
	ctx, s, n := context.Background(), bare(), 0
	_, err := store.Update(ctx, s, clock(), note(1, "").Key(), func(r *record.Record) error {
		n++
		other := note(1, "other")
		other.Version = record.Version(fmt.Sprintf("%012x-0000-t", n))
		_, err := s.Apply(ctx, store.Put(other))
		require.NoError(t, err)
		r.Body = []byte(`{}`)
		return nil
	})
	assert.Equal(t, fault.Conflict, fault.CodeOf(err))
	assert.Less(t, n, 100)
}

func TestUpdateLeavesAChangesOwnErrorAlone(t *testing.T) {
	s, tries := bare(), 0
	_, err := store.Update(context.Background(), s, clock(), note(1, "").Key(), func(*record.Record) error {
		tries++
		return fault.New(fault.Conflict, "the run has ended")
	})
	assert.ErrorContains(t, err, "the run has ended")
	assert.Equal(t, 1, tries)
	assert.Equal(t, 0, count(t, s))
}

func TestUpdateSurvivesNoFailureSilently(t *testing.T) {
	lost := errors.New("lost the disk")
	for n := 1; n <= 2; n++ {
		_, err := store.Update(context.Background(), storetest.NewFlaky(bare(), n, lost), clock(), note(1, "").Key(), func(r *record.Record) error {
			r.Body = []byte(`{}`)
			return nil
		})
		assert.ErrorIs(t, err, lost, n)
	}
}
