package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/companion/store/postgres"
	"github.com/kindos/kai/companion/store/postgres/postgrestest"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// central is a kai that keeps records in PostgreSQL and serves nothing but /sync.
type central struct {
	*kin
	cluster *postgrestest.Cluster
	store   store.Store
	hub     *exchange.Hub
	http    *httptest.Server
	cut     func() // ends every connection to it
	clock   *record.Clock
}

func newCentral(t *testing.T) *central {
	t.Helper()
	cluster, err := postgrestest.Start(t.Context())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, cluster.Close()) })
	conn, err := pgx.Connect(t.Context(), cluster.URL("postgres", "postgres"))
	require.NoError(t, err)
	for _, statement := range []string{"CREATE ROLE kai LOGIN", "CREATE DATABASE kai OWNER kai"} {
		_, err := conn.Exec(t.Context(), statement)
		require.NoError(t, err)
	}
	require.NoError(t, conn.Close(t.Context()))
	c := &central{kin: newKin(t), cluster: cluster}
	c.begin()
	return c
}

// begin starts a life of it.
func (c *central) begin() {
	t := c.t
	t.Helper()
	db, err := postgres.Open(t.Context(), postgres.Config{URL: c.cluster.URL("kai", "kai"), Schema: app.Schema()})
	require.NoError(t, err)
	t.Cleanup(db.Close)
	c.store, err = db.Store(t.Context(), "ada")
	require.NoError(t, err)
	newID := func() string { return record.NewID(time.Now()) }
	c.clock = record.NewClock(newID()[24:], time.Now)
	_, err = life.Live(t.Context(), c.store, c.clock.Replica(), newID)
	require.NoError(t, err)
	log := slog.New(slog.DiscardHandler)
	c.hub = exchange.New(exchange.Options{Store: c.store, Devices: c.store, Clock: c.clock, Now: time.Now, NewID: newID, Log: log})
	p := peers.New(peers.Options{
		Book: c.book, Key: c.key, Hub: c.hub, Hello: protocol.Hello{App: "kai"}, Now: time.Now, Log: log,
	})
	ctx, cut := context.WithCancel(context.Background())
	c.cut = cut
	t.Cleanup(cut)
	c.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		conn.SetReadLimit(api.SyncMessage)
		p.Serve(ctx, api.Wire(conn))
	}))
	t.Cleanup(c.http.Close)
}

// writes puts a conversation into the database, as another of its programs would.
func (c *central) writes(title string) {
	c.t.Helper()
	key := record.Key{Kind: record.KindConversation, ID: record.NewID(time.Now())}
	_, err := store.Update(c.t.Context(), c.store, c.clock, key, func(r *record.Record) error {
		r.Body = []byte(`{"title":"` + title + `"}`)
		return nil
	})
	require.NoError(c.t, err)
	c.hub.Changed()
}

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
	laptop, server := newKin(t), newCentral(t)
	server.allows(laptop, "Laptop")
	add := func() {
		_, err := laptop.book.Add("ws"+server.http.URL[len("http"):], server.id.ID, "Server")
		require.NoError(t, err)
	}
	add()
	laptop.runs("")
	laptop.says()
	server.writes("from the server")
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
			return conversations == count && equal(here, history(t, server.store))
		}, patience, 5*time.Millisecond)
	}
	same(2)

	require.NoError(t, server.cluster.Kill())
	laptop.says()
	laptop.device("Server", func(d assistant.SyncDevice) bool { return d.Fault != nil })
	server.cut()
	server.http.Close()
	laptop.device("Server", func(d assistant.SyncDevice) bool { return !d.Connected })
	require.NoError(t, server.cluster.Restart(t.Context()))
	server.begin()
	server.writes("after the fall")
	add()
	laptop.command(app.MethodSync, nil)
	same(4)
}
