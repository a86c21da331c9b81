package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// newReplica is a store with some messages, each of a size.
func newReplica(t *testing.T, name string, messages, size int) (*replica.Replica, store.Store) {
	t.Helper()
	s := memstore.New(store.Schema())
	clock := record.NewClock(name, time.Now)
	r := replica.New(replica.Options{
		Store: s, Clock: clock, Now: time.Now, NewID: func() string { return record.NewID(time.Now()) }, Selection: replica.History(),
	})
	require.NoError(t, r.Start(t.Context()))
	for i := range messages {
		body := fmt.Appendf(nil, `{"conversation":"c","role":"user","text":%q}`, strings.Repeat(name, size))
		_, err := s.Apply(t.Context(), store.Put(record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("%s%d", name, i), Version: clock.Next(), Body: body}))
		require.NoError(t, err)
	}
	return r, s
}

// dialReplica connects as another kai does: pages are larger than what a view is sent.
func dialReplica(t *testing.T, s *api.Server) *protocol.Peer {
	t.Helper()
	header := http.Header{"Authorization": {"Bearer " + token}}
	conn, _, err := websocket.Dial(t.Context(), s.URL()+"/api/ws", &websocket.DialOptions{HTTPHeader: header}) //nolint:bodyclose // none on success
	require.NoError(t, err)
	conn.SetReadLimit(protocol.MaxFromBrowser)
	peer := protocol.NewPeer(api.Wire(conn), protocol.Options{Hello: protocol.Hello{App: "kai"}, MaxFrame: protocol.MaxToBrowser})
	done := make(chan struct{})
	go func() { defer close(done); _ = peer.Run(context.Background()) }()
	t.Cleanup(func() { peer.Close(); <-done })
	return peer
}

func messages(t *testing.T, s store.Store) []record.Record {
	t.Helper()
	page, err := s.List(t.Context(), store.Query{Kind: record.KindMessage, Limit: store.MaxPage})
	require.NoError(t, err)
	return page.Records
}

func TestStoresAgreeOverAWebSocket(t *testing.T) {
	there, far := newReplica(t, "b", 3, 2<<20) // each message is over a frame's limit
	here, near := newReplica(t, "a", 2500, 10)
	s := serve(t, func(o *api.Options) { o.Handler = replica.Methods(replica.NewServer(there)) })
	peer := dialReplica(t, s)
	report, err := here.Sync(t.Context(), replica.NewRemote(peer), nil)
	require.NoError(t, err)
	assert.Equal(t, 3, report.Pulled)
	assert.Equal(t, 2500, report.Pushed)
	assert.Equal(t, messages(t, near), messages(t, far))
}

// cutAt closes a connection in the midst of an exchange, when so many pages have come.
type cutAt struct {
	replica.Exchange
	pages int
	cut   func()
}

func (c *cutAt) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	return c.Exchange.Pull(ctx, in, func(p replica.Page) error {
		if c.pages--; c.pages == 0 {
			c.cut()
		}
		return take(p)
	})
}

func TestACutConnectionIsGoneOnWith(t *testing.T) {
	there, far := newReplica(t, "b", 4000, 10)
	here, near := newReplica(t, "a", 2500, 10)
	s := serve(t, func(o *api.Options) { o.Handler = replica.Methods(replica.NewServer(there)) })
	pulled := 0
	for pages := 1; ; pages++ {
		peer := dialReplica(t, s)
		report, err := here.Sync(t.Context(), &cutAt{replica.NewRemote(peer), pages, peer.Close}, nil)
		pulled += report.Pulled
		if err == nil {
			break
		}
		require.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
	}
	assert.Equal(t, 4000, pulled, "nothing comes twice")
	assert.Equal(t, messages(t, near), messages(t, far))
	assert.Len(t, messages(t, near), 6500)
}
