package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
)

// manyClients is how many watch one kai.
const manyClients = 1000

// clients measures how long a change takes until the last of 1,000 views has it, each on a WebSocket of its own: asked by one
// more view, written to SQLite, told to all. The anchor sends the same bytes to as many WebSockets and stores nothing. kai is
// a process of its own; all that listen, and the anchor, are in this one.
func clients() subject {
	const (
		most   = "1,000 WebSocket clients, a change until the last has it, p99"
		middle = "  the same, median; anchor: a bare fan-out by coder/websocket"
	)
	return subject{
		name: "clients", about: "a change until all of 1,000 views on WebSockets have it, beside a bare fan-out server",
		figures: []figure{
			{name: most, unit: "ms", limit: atMost(100), of: p99},
			{name: middle, unit: "ms"},
		},
		open: func(s *stage) func(*meter) {
			views, change := watchKai(s)
			bare, server := listenBare(s)
			number := 0
			return func(m *meter) {
				for range changes {
					number++
					mark := fmt.Sprintf("Change %d.", number)
					ours := views.reached(s, mark, func() { change(mark) })
					theirs := bare.reached(s, mark, func() { server.tell(views.sample(mark)) })
					m.compare(most, ours, theirs)
					m.compare(middle, ours, theirs)
				}
			}
		},
	}
}

// crowd counts who has an update.
type crowd struct {
	awaited atomic.Pointer[update]
	frame   atomic.Pointer[[]byte] // what the first of them got
}

// update is known by its mark.
type update struct {
	mark []byte
	left atomic.Int32   // who hasn't got it
	last chan time.Time // when the last one got it
}

func (c *crowd) await(mark string) *update {
	u := &update{mark: []byte(mark), last: make(chan time.Time, 1)}
	u.left.Store(manyClients)
	c.frame.Store(nil)
	c.awaited.Store(u)
	return u
}

// member makes what one of the crowd does with each frame; an update that comes twice counts once.
func (c *crowd) member() func(frame []byte) {
	var seen *update
	return func(frame []byte) {
		u := c.awaited.Load()
		if u == nil || u == seen || !bytes.Contains(frame, u.mark) {
			return
		}
		seen = u
		if c.frame.Load() == nil {
			c.frame.CompareAndSwap(nil, &frame)
		}
		if u.left.Add(-1) == 0 {
			u.last <- time.Now()
		}
	}
}

// reached gives the ms from the beginning of a change until the last one has it.
func (c *crowd) reached(s *stage, mark string, change func()) float64 {
	u, began := c.await(mark), time.Now()
	change()
	select {
	case at := <-u.last:
		return millis(at.Sub(began))
	case <-time.After(20 * time.Second):
		s.Fatalf("%d of %d have not got %q", u.left.Load(), manyClients, mark)
	case <-s.ctx.Done():
		s.Fatal(s.ctx.Err())
	}
	return 0
}

// sample is what the update looked like to who got it.
func (c *crowd) sample(mark string) []byte {
	if frame := c.frame.Load(); frame != nil {
		return *frame
	}
	return []byte(mark)
}

// watchKai starts a kai, has everybody watch it, and gives the way to change something in it: the system prompt.
func watchKai(s *stage) (views *crowd, change func(text string)) {
	data := filepath.Join(s.TempDir(), "data")
	k := startKai(s, harness.Built(s, "kai"), data)
	dir, err := datadir.Open(data)
	require.NoError(s, err)
	token, err := dir.Token()
	require.NoError(s, err)
	ctx, cancel := context.WithCancel(s.ctx)
	var running sync.WaitGroup
	s.Cleanup(func() { cancel(); running.Wait() })
	join := func() *protocol.Peer {
		peer := protocol.NewPeer(api.Wire(dial(s, k.url+"/api/ws", token)), protocol.Options{Hello: protocol.Hello{App: "kai-bench"}})
		running.Go(func() { _ = peer.Run(ctx) }) // it ends with the stage, and missing news tells of an earlier end
		return peer
	}
	views = &crowd{}
	for range manyClients {
		peer, hear := join(), views.member()
		running.Go(func() {
			_ = peer.Stream(ctx, assistant.MethodWatch, assistant.Watch{Context: "tab"}, func(news json.RawMessage) error { hear(news); return nil }, nil)
		})
	}
	asker := join()
	change = func(text string) {
		require.NoError(s, asker.Call(ctx, assistant.MethodSettingsSet, map[string]string{"systemPrompt": text}, nil))
	}
	untilAllWatch(s, views, change)
	return views, change
}

// untilAllWatch changes something again and again: nobody is told that they watch but by news.
func untilAllWatch(s *stage, views *crowd, change func(text string)) {
	u := views.await("Hello")
	for n := range 500 {
		change(fmt.Sprintf("Hello %d", n))
		select {
		case <-u.last:
			return
		case <-time.After(20 * time.Millisecond):
		}
	}
	s.Fatalf("%d of %d do not watch", u.left.Load(), manyClients)
}

func dial(s *stage, address, token string) *websocket.Conn {
	conn, _, err := websocket.Dial(s.ctx, address, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}}) //nolint:bodyclose // none on success
	require.NoError(s, err)
	conn.SetReadLimit(-1)
	s.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}
