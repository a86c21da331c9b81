// Package peerstest runs a kai that keeps its records in a real PostgreSQL and serves nothing but /sync: the far side of an
// exchange in tests, which can be killed and cut off. Imports companion/{api,datadir,delta,exchange,peers,store/postgres},
// shared/{protocol,record,replica/life,store,run}, coder/websocket, pgx and testify.
package peerstest

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/exchange"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/companion/store/postgres"
	"github.com/kindos/kai/companion/store/postgres/postgrestest"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// Central is a kai on PostgreSQL. It ends with the test.
type Central struct {
	ID    klp.ID
	Store store.Store

	tb      testing.TB
	dir     datadir.Dir
	schema  []store.KindSpec
	cluster *postgrestest.Cluster
	hub     *exchange.Hub
	http    *httptest.Server
	cut     func() // ends every connection to it
	clock   *record.Clock
}

// Start makes a database and runs a kai on it.
func Start(tb testing.TB, schema []store.KindSpec) *Central {
	tb.Helper()
	dir, err := datadir.Open(tb.TempDir())
	require.NoError(tb, err)
	key, err := dir.Identity()
	require.NoError(tb, err)
	cluster, err := postgrestest.Start(context.Background())
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, cluster.Close()) })
	conn, err := pgx.Connect(context.Background(), cluster.URL("postgres", "postgres"))
	require.NoError(tb, err)
	for _, statement := range []string{"CREATE ROLE kai LOGIN", "CREATE DATABASE kai OWNER kai"} {
		_, err := conn.Exec(context.Background(), statement)
		require.NoError(tb, err)
	}
	require.NoError(tb, conn.Close(context.Background()))
	c := &Central{ID: klp.IDOf(key.Public().(ed25519.PublicKey)), tb: tb, dir: dir, schema: schema, cluster: cluster}
	c.begin()
	return c
}

// begin starts a life of it.
func (c *Central) begin() {
	c.tb.Helper()
	db, err := postgres.Open(context.Background(), postgres.Config{URL: c.cluster.URL("kai", "kai"), Schema: c.schema})
	require.NoError(c.tb, err)
	c.tb.Cleanup(db.Close)
	kept, err := db.Store(context.Background(), "ada")
	require.NoError(c.tb, err)
	c.Store = kept
	newID := func() string { return record.NewID(time.Now()) }
	c.clock = record.NewClock(newID()[24:], time.Now)
	_, err = life.Live(context.Background(), c.Store, c.clock.Replica(), newID)
	require.NoError(c.tb, err)
	log := slog.New(slog.DiscardHandler)
	c.hub = exchange.New(exchange.Options{Store: c.Store, Devices: c.Store, Clock: c.clock, Now: time.Now, NewID: newID, Log: log})
	p := peers.New(peers.Options{
		Book: peers.BookIn(c.dir), Key: c.dir.Identity, Hub: c.hub, Hello: protocol.Hello{App: "kai"}, Now: time.Now, Log: log,
	})
	ctx, cut := context.WithCancel(context.Background())
	told := make(chan struct{})
	go func() { defer close(told); tell(ctx, kept, c.hub) }()
	c.cut = func() { cut(); <-told }
	c.tb.Cleanup(c.cut)
	c.http = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		conn.SetReadLimit(api.SyncMessage)
		p.Serve(ctx, api.Wire(conn), func() {})
	}))
	c.tb.Cleanup(c.http.Close)
}

// tell tells the hub of every change in the database, whoever made it, until ctx ends or the database is gone.
func tell(ctx context.Context, s *postgres.Store, hub *exchange.Hub) {
	for since := uint64(0); ; {
		if s.Wait(ctx, since) != nil {
			return
		}
		head, err := s.Apply(ctx)
		if err != nil {
			return
		}
		since = head.Seq
		hub.Changed()
	}
}

// Address is where it is dialed; another one after each Rise.
func (c *Central) Address() string { return "ws" + c.http.URL[len("http"):] }

// Allow lets another kai in.
func (c *Central) Allow(id klp.ID, name string) {
	c.tb.Helper()
	_, err := peers.BookIn(c.dir).Allow(id, name)
	require.NoError(c.tb, err)
}

// Name gives a conversation a title, as another program on the database would; an empty id makes a new one.
func (c *Central) Name(id, title string) {
	c.tb.Helper()
	now := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	body := map[string]any{"id": cmp.Or(id, record.NewID(time.Now())), "created": now, "updated": now}
	key := record.Key{Kind: record.KindConversation, ID: body["id"].(string)}
	_, err := store.Update(context.Background(), c.Store, c.clock, key, func(r *record.Record) (err error) {
		if len(r.Body) > 0 {
			err = json.Unmarshal(r.Body, &body)
		}
		if err == nil {
			body["title"], body["named"] = title, true
			r.Body, err = json.Marshal(body)
		}
		return err
	})
	require.NoError(c.tb, err)
}

// Named is the conversation that has a title there; empty when none has.
func (c *Central) Named(title string) (id string) {
	c.tb.Helper()
	page, err := c.Store.List(context.Background(), store.Query{Kind: record.KindConversation, Limit: store.MaxPage})
	require.NoError(c.tb, err)
	for _, r := range page.Records {
		if store.IndexKey(r.Body, "title") == title {
			id = r.ID
		}
	}
	return id
}

// KillDatabase ends PostgreSQL without letting it tidy up; who exchanges is told of a fault.
func (c *Central) KillDatabase() { c.tb.Helper(); require.NoError(c.tb, c.cluster.Kill()) }

// Cut ends every connection and refuses new ones.
func (c *Central) Cut() {
	c.cut()
	c.http.Close()
}

// Rise starts the database and the kai anew, after KillDatabase and Cut.
func (c *Central) Rise() {
	c.tb.Helper()
	require.NoError(c.tb, c.cluster.Restart(context.Background()))
	c.begin()
}
