package memstore_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

func TestSweepForgetsDeletionsOnly(t *testing.T) {
	ctx, s := t.Context(), memstore.New(store.Schema())
	at := func(id, version string, deleted bool) record.Record {
		r := record.Record{Kind: record.KindSetting, ID: id, Version: record.Version(version + "-0000-t"), Deleted: deleted}
		if !deleted {
			r.Body = []byte(`{}`)
		}
		return r
	}
	gone, back, alive := at("gone", "000000000001", true), at("back", "000000000001", true), at("alive", "000000000001", false)
	_, err := s.Apply(ctx, store.Put(gone), store.Put(back), store.Put(alive))
	require.NoError(t, err)
	_, err = s.Apply(ctx, store.Put(at("back", "000000000002", false)))
	require.NoError(t, err)
	require.NoError(t, s.Sweep(ctx, gone, back, alive))

	feed, err := s.Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Equal(t, uint64(4), feed.Seq, "the feed keeps its end")
	require.Len(t, feed.Records, 2)
	assert.Equal(t, []string{"alive", "back"}, []string{feed.Records[0].ID, feed.Records[1].ID})
	page, err := s.List(ctx, store.Query{Kind: record.KindSetting, Deleted: true})
	require.NoError(t, err)
	assert.Len(t, page.Records, 2)
	won, err := s.Apply(ctx, store.Put(gone))
	require.NoError(t, err)
	assert.True(t, won.Won[0], "nothing is known of it any more")
}
