package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/driver/drivertest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// options are those of a kai of its own, on any port.
func options(t *testing.T, dir string) app.Options {
	t.Helper()
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	c := config.DefaultStandalone()
	c.Networking.Port, c.Services.Ollama = 0, false
	return app.Options{Dir: opened, Config: c, Transport: transport.New("kAI/test"), Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now}
}

// open starts a kai, changed as the test wants, and stops it with the test.
func open(t *testing.T, dir string, change ...func(*app.Options)) *app.App {
	t.Helper()
	opt := options(t, dir)
	for _, c := range change {
		c(&opt)
	}
	a, err := app.New(opt)
	require.NoError(t, err)
	require.NoError(t, a.Start(t.Context()))
	t.Cleanup(func() { shut(t, a) })
	return a
}

// shut stops a kai within a bound.
func shut(t *testing.T, a *app.App) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	assert.NoError(t, a.Stop(ctx))
}

// view connects as a web app does.
func view(t *testing.T, a *app.App, dir string) *protocol.Peer {
	t.Helper()
	return dialed(t, a, dir, "/api/ws")
}

// dialed connects to a WebSocket of the web app.
func dialed(t *testing.T, a *app.App, dir, path string) *protocol.Peer {
	t.Helper()
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	token, err := opened.Token()
	require.NoError(t, err)
	conn, _, err := websocket.Dial(t.Context(), a.URL()+path, &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}}) //nolint:bodyclose // none on success
	require.NoError(t, err)
	conn.SetReadLimit(-1)
	peer := protocol.NewPeer(textConn{conn}, protocol.Options{Hello: protocol.Hello{App: "kai-view"}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = peer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return peer
}

// textConn is the view's end of a WebSocket.
type textConn struct{ conn *websocket.Conn }

func (c textConn) Receive(ctx context.Context) ([]byte, error) {
	_, frame, err := c.conn.Read(ctx)
	if websocket.CloseStatus(err) != -1 {
		err = io.EOF
	}
	return frame, err
}

func (c textConn) Send(ctx context.Context, frame []byte) error {
	return c.conn.Write(ctx, websocket.MessageText, frame)
}
func (c textConn) Close() error { return c.conn.CloseNow() }

// ollama answers as Ollama does, as far as a chat needs. hold, when set, keeps the answer from ending.
func ollama(t *testing.T, hold <-chan struct{}) string {
	t.Helper()
	mux := http.NewServeMux()
	reply := func(text string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
	}
	mux.HandleFunc("/", reply("Ollama is running"))
	mux.HandleFunc("/api/version", reply(`{"version":"0.17.4"}`))
	mux.HandleFunc("/api/tags", reply(`{"models":[{"name":"tiny:latest","model":"tiny:latest","size":1}]}`))
	mux.HandleFunc("/api/chat", func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"model":"tiny","message":{"role":"assistant","content":"Hello, "},"done":false}`+"\n")
		w.(http.Flusher).Flush()
		select {
		case <-hold:
		case <-r.Context().Done():
			return
		}
		_, _ = io.WriteString(w, `{"model":"tiny","message":{"role":"assistant","content":"Ada."},"done":true,"done_reason":"stop","eval_count":2,"eval_duration":1000000}`+"\n")
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

// ask sends a message and returns what that made.
func ask(t *testing.T, peer *protocol.Peer, address string) assistant.Sent {
	t.Helper()
	var added assistant.ServiceView
	require.NoError(t, peer.Call(t.Context(), assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "Tiny", URL: address}, &added))
	var sent assistant.Sent
	require.NoError(t, peer.Call(t.Context(), assistant.MethodMessageSend, assistant.Send{Text: "Who am I?", Service: added.ID, Model: "tiny:latest"}, &sent))
	return sent
}

// hosted connects as a browser's host does.
func hosted(t *testing.T, dir string) *protocol.Peer {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", host.SocketPath(dir))
	require.NoError(t, err)
	peer := protocol.NewPeer(protocol.NewFramedConn(conn, conn, protocol.FrameLimits{}), protocol.Options{Hello: protocol.Hello{App: "kai-runtime"}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = peer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return peer
}

// An answer that one browser asked for is finished without it and picked up by another.
func TestAnAnswerOutlivesTheBrowserThatAsked(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	hold := make(chan struct{})
	first := hosted(t, dir)
	spec := run.Spec{
		ID:      record.NewID(time.Now()),
		Service: service.Spec{ID: "s", Kind: "ollama", Name: "Tiny", URL: ollama(t, hold)},
		Chat:    service.ChatRequest{Model: "tiny:latest", Messages: []service.ChatMessage{{Role: "user", Content: "Who am I?"}}},
	}
	require.NoError(t, run.NewRemote(first).Start(t.Context(), spec))
	hello, err := first.Partner(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "1.2.3", hello.Version)
	var text string
	from := int64(0)
	gone := assert.AnError
	err = run.NewRemote(first).Attach(t.Context(), spec.ID, 0, func(d run.Delta) error { text, from = text+d.Text, d.N; return gone })
	require.Error(t, err)
	close(hold)
	require.NoError(t, run.NewRemote(hosted(t, dir)).Attach(t.Context(), spec.ID, from, func(d run.Delta) error { text += d.Text; return nil }))
	assert.Equal(t, "Hello, Ada.", text)
}

// A browser's runtime keeps its own records: kai's are for kai's own views.
func TestABrowserReachesNoRecords(t *testing.T) {
	dir := t.TempDir()
	open(t, dir)
	err := hosted(t, dir).Call(t.Context(), assistant.MethodSnapshot, assistant.Empty{}, nil)
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestDriver(t *testing.T) {
	drivertest.Run(t, func(t *testing.T) driver.Driver {
		a, err := app.New(options(t, t.TempDir()))
		require.NoError(t, err)
		return a
	})
}

func TestAnAnswerReachesTheWebAppAndStays(t *testing.T) {
	dir := t.TempDir()
	hold := make(chan struct{})
	close(hold)
	a := open(t, dir)
	peer := view(t, a, dir)
	sent := ask(t, peer, ollama(t, hold))
	var text string
	require.NoError(t, peer.Stream(t.Context(), assistant.MethodRunAttach, assistant.Attach{Run: sent.Run}, func(chunk json.RawMessage) error {
		var d run.Delta
		require.NoError(t, json.Unmarshal(chunk, &d))
		text += d.Text
		return nil
	}, nil))
	assert.Equal(t, "Hello, Ada.", text)
	shut(t, a)

	again := open(t, dir)
	var page assistant.MessagePage
	require.NoError(t, view(t, again, dir).Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID}, &page))
	require.Len(t, page.Messages, 2)
	assert.Equal(t, "Hello, Ada.", page.Messages[1].Text)
}

// begun waits for the first piece of an answer.
func begun(peer *protocol.Peer, id string) {
	first := make(chan struct{})
	go func() {
		_ = peer.Stream(context.Background(), assistant.MethodRunAttach, assistant.Attach{Run: id}, func(json.RawMessage) error {
			select {
			case <-first:
			default:
				close(first)
			}
			return nil
		}, nil) // ends with the connection
	}()
	<-first
}

// Stopped in mid-answer, kai keeps what had arrived and marks the answer as cut.
func TestStoppingMarksTheAnswersInTheMaking(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	peer := view(t, a, dir)
	sent := ask(t, peer, ollama(t, nil))
	begun(peer, sent.Run)
	shut(t, a)

	peer = view(t, open(t, dir), dir)
	require.Eventually(t, func() bool { // beside its start, which does not wait for it
		var page assistant.MessagePage
		require.NoError(t, peer.Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID}, &page))
		require.Len(t, page.Messages, 2)
		assert.Equal(t, "Hello, ", page.Messages[1].Text)
		return page.Messages[1].State == run.StateInterrupted
	}, time.Minute, time.Millisecond)
}

func TestTheSnapshotKnowsItsMode(t *testing.T) {
	dir := t.TempDir()
	var s assistant.Snapshot
	require.NoError(t, view(t, open(t, dir), dir).Call(t.Context(), assistant.MethodSnapshot, assistant.Empty{}, &s))
	assert.Equal(t, []string{"standalone", "1.2.3", "connected", "sqlite"}, []string{s.Mode, s.Version, s.Companion.State, s.Storage.Backend})
}

func TestAFailedStartGivesTheFolderBack(t *testing.T) {
	dir := t.TempDir()
	opt := options(t, dir)
	opt.Config.Networking.BindAddress = "192.0.2.1" // of nobody (RFC 5737)
	a, err := app.New(opt)
	require.NoError(t, err)
	require.Error(t, a.Start(t.Context()))
	open(t, dir)
}

// Stopped in mid-answer, kai lets the answer finish within what it is given for that, and begins no other.
func TestStoppingLetsAnswersFinish(t *testing.T) {
	dir := t.TempDir()
	hold := make(chan struct{})
	a := open(t, dir, func(o *app.Options) { o.Drain = time.Minute })
	peer := view(t, a, dir)
	sent := ask(t, peer, ollama(t, hold))
	begun(peer, sent.Run)
	kai, more := run.NewRemote(hosted(t, dir)), 0
	stopped := make(chan struct{})
	go func() { defer close(stopped); shut(t, a) }()
	require.Eventually(t, func() bool {
		more++
		err := kai.Start(t.Context(), run.Spec{ID: fmt.Sprintf("more%d", more), Service: service.Spec{Kind: "none"}})
		return err != nil && fault.Public(err).Message == "kAI is closing" // said over a connection that is still there
	}, 10*time.Second, time.Millisecond)
	close(hold)
	<-stopped

	var page assistant.MessagePage
	require.NoError(t, view(t, open(t, dir), dir).Call(t.Context(), assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID}, &page))
	require.Len(t, page.Messages, 2)
	assert.Equal(t, []any{"Hello, Ada.", run.StateDone}, []any{page.Messages[1].Text, page.Messages[1].State})
}
