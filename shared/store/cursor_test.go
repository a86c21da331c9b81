package store_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func TestACursorComesBackAsItWas(t *testing.T) {
	q := store.Query{Kind: record.KindMessage, Index: "conversation", From: "a", To: "q"}
	q.After = store.NextCursor(q, "käse \x01 😀", "id~!")
	checked, cursor, err := store.NewKinds(store.Schema()).CheckQuery(q)
	assert.NoError(t, err)
	assert.Equal(t, store.DefaultPage, checked.Limit)
	assert.Equal(t, "käse \x01 😀", cursor.Key)
	assert.Equal(t, "id~!", cursor.ID)
}

// FuzzCursor forges cursors: each is refused or stays inside its query.
func FuzzCursor(f *testing.F) {
	q := store.Query{Kind: record.KindMessage, Index: "conversation", From: "b", To: "d"}
	f.Add(store.NextCursor(q, "c", "id"))
	f.Add(store.NextCursor(q, "a", "id"))
	f.Add("e30")
	kinds := store.NewKinds(store.Schema())
	f.Fuzz(func(t *testing.T, after string) {
		q.After = after
		_, cursor, err := kinds.CheckQuery(q)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		if after != "" && (cursor.Key < "b" || cursor.Key >= "d" || cursor.ID == "") {
			t.Fatalf("%q leads outside: %+v", after, cursor)
		}
	})
}
