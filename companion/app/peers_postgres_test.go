package app_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/companion/peers/peerstest"
	"github.com/kindos/kai/companion/sealed"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
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

// inVault puts the same key into the vaults of kai that do not run yet.
func inVault(t *testing.T, key string, kin ...*kin) {
	t.Helper()
	for _, k := range kin {
		v := vault.At(filepath.Join(k.dir, "vault.db"), time.Now)
		require.NoError(t, v.Create(t.Context(), "password", vault.KDF{Name: vault.PBKDF2SHA512, Iterations: 1000}))
		_, err := v.Put(t.Context(), []vault.Object{{Entry: vault.Entry{ID: "sync", Type: "token"}, Value: config.Secret(key)}}, false)
		require.NoError(t, err)
		v.Lock()
	}
}

// TestAServerKeepsWhatItCannotRead: two kai exchange through one that holds nothing of what they wrote, with what lost kept.
func TestAServerKeepsWhatItCannotRead(t *testing.T) {
	one, two, server := newKin(t), newKin(t), peerstest.Start(t, app.Schema())
	inVault(t, sealed.NewKey(), one, two)
	for name, k := range map[string]*kin{"One": one, "Two": two} {
		server.Allow(k.id.ID, name)
		_, err := k.book.Add(server.Address(), server.ID, "Server", "vault:sync")
		require.NoError(t, err)
		k.runs("")
	}
	require.Eventually(t, func() bool {
		var states []peers.State
		one.command(app.MethodPeers, &states)
		return states[0].Fault != nil && states[0].Fault.Code == fault.Locked
	}, patience, 5*time.Millisecond, "it waits for the key")
	for _, k := range []*kin{one, two} {
		k.unlocks("password")
	}
	one.says()
	one.agrees(two, 1)
	two.says()
	one.agrees(two, 2)
	require.Eventually(t, func() bool { return len(history(t, server.Store)) == 6 }, patience, 5*time.Millisecond, "two of each")
	for _, r := range history(t, server.Store) {
		assert.True(t, strings.HasPrefix(string(r.Body), `{"sealed":"`), string(r.Body))
	}
	one.device("Server", func(d assistant.SyncDevice) bool { return d.Encrypted })
	server.Name("", "in clear") // by whoever has no key
	one.says()
	one.device("Server", func(d assistant.SyncDevice) bool { return d.Fault != nil && d.Fault.Code == fault.Malformed })
	_, err := one.book.Forget("Server")
	require.NoError(t, err)
	_, err = one.book.Add(server.Address(), server.ID, "Server", "")
	require.NoError(t, err)
	one.command(app.MethodSync, nil)
	one.device("Server", func(d assistant.SyncDevice) bool { return !d.Encrypted })
}

// TestKaiOnSQLiteAgreesWithOneOnPostgreSQL has the database killed and the connection cut in between.
func TestKaiOnSQLiteAgreesWithOneOnPostgreSQL(t *testing.T) {
	laptop, server := newKin(t), peerstest.Start(t, app.Schema())
	server.Allow(laptop.id.ID, "Laptop")
	add := func() {
		_, err := laptop.book.Add(server.Address(), server.ID, "Server", "")
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
