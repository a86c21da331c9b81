package memstore_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

func TestSmoke(t *testing.T) {
	ctx, s := context.Background(), memstore.New(store.Schema())
	for i := range 1000 {
		_, err := s.Apply(ctx, store.Put(record.Record{Kind: "message", ID: fmt.Sprintf("m%04d", i*7919%1000), Version: record.Version(fmt.Sprintf("%012x-0000-a", i+1)),
			Body: []byte(fmt.Sprintf(`{"n":[1,{"conversation":"no"}],"conversation":"c%d","text":"Hällo Wörld %d"}`, i%10, i))}))
		require.NoError(t, err)
	}
	n, after := 0, ""
	for {
		p, err := s.List(ctx, store.Query{Kind: "message", Index: "conversation", Equal: "c3", Limit: 7, After: after, Reverse: true})
		require.NoError(t, err)
		n += len(p.Records)
		if after = p.Next; after == "" {
			break
		}
	}
	require.Equal(t, 100, n)
	hits, err := s.SearchText(ctx, store.TextQuery{Kind: "message", Words: "hallo 99"})
	require.NoError(t, err)
	require.Len(t, hits, 11)
	f, err := s.Changes(ctx, 990, 5)
	require.NoError(t, err)
	require.Len(t, f.Records, 5)
	require.EqualValues(t, 995, f.Seq)
	require.True(t, f.More)
}
