package sealed_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/sealed"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// device is a replica in memory; all share one calendar.
type device struct {
	*replica.Replica
	store *memstore.Store
	clock *record.Clock
}

func newDevice(t *rapid.T, name string, now func() time.Time) device {
	ids := 0
	d := device{store: memstore.New(store.Schema()), clock: record.NewClock(name, now)}
	d.Replica = replica.New(replica.Options{
		Store: d.store, Clock: d.clock, Now: now, Selection: replica.History(),
		NewID: func() string { ids++; return fmt.Sprintf("%s%d", name, ids) },
	})
	require.NoError(t, d.Start(t.Context()))
	return d
}

// conversation is the one that all devices name.
func conversation() record.Key { return record.Key{Kind: record.KindConversation, ID: "c"} }

// named gives the conversation a title and says which version that was, and which its writer had seen.
func (d device) named(t *rapid.T, title string) (version, seen record.Version) {
	r, err := store.Update(t.Context(), d.store, d.clock, conversation(), func(r *record.Record) error {
		seen = r.Version
		r.Body = []byte(`{"id":"c","title":"` + title + `","named":true}`)
		return nil
	})
	require.NoError(t, err)
	return r.Version, seen
}

// look is all that a device has, in order.
func (d device) look(t *rapid.T) (out []record.Record) {
	for _, kind := range replica.History().Kinds {
		page, err := d.store.List(t.Context(), store.Query{Kind: kind, Limit: store.MaxPage})
		require.NoError(t, err)
		out = append(out, page.Records...)
	}
	return out
}

// Devices that name one conversation and exchange through a server that reads nothing: they agree, and no title is lost to
// who had not seen it.
func TestNoWordsAreLostAtAServerThatReadsNone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		calendar := time.UnixMilli(1_800_000_000_000)
		now := func() time.Time { calendar = calendar.Add(time.Second); return calendar }
		b := box(t, sealed.NewKey())
		server := newDevice(t, "s", now)
		answers := replica.NewServer(server.Replica)
		devices := []device{newDevice(t, "a", now), newDevice(t, "b", now), newDevice(t, "c", now)}
		meet := func(d device) {
			_, err := d.Sync(t.Context(), b.Through(answers), nil)
			require.NoError(t, err)
		}
		parents, titles := map[record.Version]record.Version{}, map[record.Version]string{}
		for n := range rapid.IntRange(2, 20).Draw(t, "steps") {
			d := devices[rapid.IntRange(0, 2).Draw(t, "device")]
			if rapid.Bool().Draw(t, "writes") {
				version, seen := d.named(t, fmt.Sprint("title ", n))
				parents[version], titles[version] = seen, fmt.Sprint("title ", n)
				continue
			}
			meet(d)
		}
		for range 2 {
			for _, d := range devices {
				meet(d)
			}
		}
		first := devices[0].look(t)
		var kept []record.Version
		for _, r := range first {
			version := r.Version
			if r.Kind == record.KindConflict {
				var c replica.Copy
				require.NoError(t, json.Unmarshal(r.Body, &c))
				version = c.Version
				assert.Equal(t, titles[version], replica.OwnWords(c))
			}
			for ; version != ""; version = parents[version] {
				kept = append(kept, version)
			}
		}
		for version, title := range titles {
			assert.True(t, slices.Contains(kept, version), "%s is lost", title)
		}
		for _, d := range devices[1:] {
			assert.Equal(t, first, d.look(t))
		}
		for _, r := range server.look(t) {
			assert.NotContains(t, string(r.Body), "title")
		}
	})
}
