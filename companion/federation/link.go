package federation

import (
	"context"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

const (
	greetWithin = 10 * time.Second // how long two kai may take to shake hands
	sendWithin  = 30 * time.Second
	renewBefore = time.Minute // the end of a session: by then there is another one

	perSecond = 20 // messages that a kai may send for long, and at once
	atOnce    = 100
)

// link is one connection with its session.
type link struct {
	conn    protocol.Conn
	session *klp.Session
	came    bool // the other side dialed
	pace    *rate.Limiter
	done    chan struct{}
	cut     context.CancelFunc

	sending sync.Mutex // messages leave in the order in which they were sealed
}

func newLink(conn protocol.Conn, session *klp.Session, came bool) *link {
	return &link{conn: conn, session: session, came: came, pace: rate.NewLimiter(perSecond, atOnce), done: make(chan struct{})}
}

// send seals a message and sends it.
func (l *link) send(ctx context.Context, kind string, payload any) error {
	ctx, cancel := context.WithTimeout(ctx, sendWithin)
	defer cancel()
	l.sending.Lock()
	defer l.sending.Unlock()
	frame, err := l.session.Seal(kind, payload)
	if err != nil {
		return err
	}
	return l.conn.Send(ctx, frame)
}

// receive answers the next message.
func (l *link) receive(ctx context.Context, now func() time.Time) (klp.Message, error) {
	frame, err := l.conn.Receive(ctx)
	if err != nil {
		return klp.Message{}, err
	}
	if !l.pace.AllowN(now(), 1) {
		return klp.Message{}, fault.New(fault.Exhausted, "the other kai sends too much")
	}
	return l.session.Open(frame)
}

// shake goes through a handshake: each message that comes is taken, and what it asks for is sent. first is what to begin
// with, nil for the side that waits.
func shake(ctx context.Context, conn protocol.Conn, h *klp.Handshake, first []byte) (*klp.Session, error) {
	ctx, cancel := context.WithTimeout(ctx, greetWithin)
	defer cancel()
	for reply := first; ; {
		if reply != nil {
			if err := conn.Send(ctx, reply); err != nil {
				return nil, err
			}
		}
		if h.Session() != nil {
			return h.Session(), nil
		}
		frame, err := conn.Receive(ctx)
		if err != nil {
			return nil, err
		}
		if reply, err = h.Step(frame); err != nil {
			if refusal := h.Refuse(err); refusal != nil {
				_ = conn.Send(ctx, refusal) // it has left
			}
			return nil, err
		}
	}
}
