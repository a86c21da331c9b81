package app_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/peers/peerstest"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func history(t *testing.T, s store.Store) (out []record.Record) {
	t.Helper()
	for _, kind := range []record.Kind{record.KindConversation, record.KindMessage} {
		page, err := s.List(t.Context(), store.Query{Kind: kind, Limit: store.MaxPage})
		require.NoError(t, err)
		out = append(out, page.Records...)
	}
	return out
}

// TestKaiOnSQLiteAgreesWithOneOnPostgreSQL has the database killed and the connection cut in between.
func TestKaiOnSQLiteAgreesWithOneOnPostgreSQL(t *testing.T) {
	laptop, server := newKin(t), peerstest.Start(t, app.Schema())
	server.Allow(laptop.id.ID, "Laptop")
	add := func() {
		_, err := laptop.book.Add(server.Address(), server.ID, "Server")
		require.NoError(t, err)
	}
	add()
	laptop.runs("")
	laptop.says()
	server.Name("", "from the server")
	same := func(count int) {
		t.Helper()
		require.Eventually(t, func() bool {
			here := history(t, laptop.app.Store())
			conversations := 0
			for _, r := range here {
				if r.Kind == record.KindConversation {
					conversations++
				}
			}
			return conversations == count && equal(here, history(t, server.Store))
		}, patience, 5*time.Millisecond)
	}
	same(2)

	server.KillDatabase()
	laptop.says()
	laptop.device("Server", func(d assistant.SyncDevice) bool { return d.Fault != nil })
	server.Cut()
	laptop.device("Server", func(d assistant.SyncDevice) bool { return !d.Connected })
	server.Rise()
	server.Name("", "after the fall")
	add()
	laptop.command(app.MethodSync, nil)
	same(4)
}
