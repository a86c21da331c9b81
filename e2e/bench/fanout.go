package main

import (
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/coder/websocket"
)

// fanout is the least that tells many: net/http and coder/websocket, a queue for each, no protocol and no store.
type fanout struct {
	mu     sync.Mutex // guards queues
	queues []chan []byte
}

// listenBare starts one and has everybody listen.
func listenBare(s *stage) (*crowd, *fanout) {
	f, listeners := &fanout{}, &crowd{}
	server := httptest.NewServer(f)
	var running sync.WaitGroup
	s.Cleanup(func() { running.Wait(); server.Close() })
	for range manyClients {
		conn, hear := dial(s, server.URL, ""), listeners.member()
		running.Go(func() {
			for {
				_, frame, err := conn.Read(s.ctx)
				if err != nil {
					return // the stage ends
				}
				hear(frame)
			}
		})
	}
	return listeners, f
}

// ServeHTTP sends a listener what is told, until it is gone.
func (f *fanout) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	queue := make(chan []byte, 16)
	f.mu.Lock()
	f.queues = append(f.queues, queue) // before the listener is answered: it misses nothing
	f.mu.Unlock()
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return // Accept answered
	}
	ctx := conn.CloseRead(r.Context())
	for {
		select {
		case <-ctx.Done():
			return
		case frame := <-queue:
			if conn.Write(ctx, websocket.MessageText, frame) != nil {
				return
			}
		}
	}
}

// tell queues a frame for everybody.
func (f *fanout) tell(frame []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, queue := range f.queues {
		queue <- frame
	}
}
