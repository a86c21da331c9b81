package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/coder/websocket"
)

// bidi is a WebDriver BiDi connection: requests by number, one reader.
type bidi struct {
	conn *websocket.Conn

	mu      sync.Mutex // guards next, waiting and err
	next    int
	waiting map[int]chan bidiReply
	err     error
	done    chan struct{}
}

type bidiReply struct {
	ID      int             `json:"id"`
	Type    string          `json:"type"`
	Result  json.RawMessage `json:"result"`
	Error   string          `json:"error"`
	Message string          `json:"message"`
}

const bidiLimit = 64 << 20 // screenshots come as base64 in one message

func dialBidi(ctx context.Context, url string) (*bidi, error) {
	conn, _, err := websocket.Dial(ctx, url, nil) //nolint:bodyclose // coder/websocket closes it
	if err != nil {
		return nil, fmt.Errorf("dial WebDriver BiDi: %w", err)
	}
	conn.SetReadLimit(bidiLimit)
	b := &bidi{conn: conn, waiting: map[int]chan bidiReply{}, done: make(chan struct{})}
	go b.read()
	return b, nil
}

// read hands replies to their callers until the connection ends; then every pending call fails.
func (b *bidi) read() {
	defer close(b.done)
	for {
		_, raw, err := b.conn.Read(context.Background())
		if err != nil {
			b.mu.Lock()
			b.err = err
			b.mu.Unlock()
			return
		}
		var reply bidiReply
		if json.Unmarshal(raw, &reply) != nil || reply.ID == 0 {
			continue
		}
		b.mu.Lock()
		caller := b.waiting[reply.ID]
		delete(b.waiting, reply.ID)
		b.mu.Unlock()
		if caller != nil {
			caller <- reply
		}
	}
}

func (b *bidi) call(ctx context.Context, method string, params, out any) error {
	b.mu.Lock()
	b.next++
	id, reply := b.next, make(chan bidiReply, 1)
	b.waiting[id] = reply
	b.mu.Unlock()
	raw, err := json.Marshal(map[string]any{"id": id, "method": method, "params": params})
	if err != nil {
		return fmt.Errorf("encode %s: %w", method, err)
	}
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	// Not with the caller's deadline: coder/websocket closes the connection when a write's context ends.
	writing, cancel := context.WithTimeout(context.WithoutCancel(ctx), Patience)
	defer cancel()
	if err := b.conn.Write(writing, websocket.MessageText, raw); err != nil {
		return fmt.Errorf("send %s: %w", method, err)
	}
	select {
	case r := <-reply:
		if r.Type == "error" {
			return fmt.Errorf("%s: %s: %s", method, r.Error, r.Message)
		}
		if out == nil {
			return nil
		}
		return json.Unmarshal(r.Result, out)
	case <-b.done:
		return fmt.Errorf("%s: the browser is gone: %w", method, b.err)
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", method, ctx.Err())
	}
}
