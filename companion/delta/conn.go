// Package delta signs what two kai on different computers say to each other: every frame travels inside a session_delta.
//
// Each side proves the key of its identity over a challenge of the other, and every further frame names its session, its
// sender, its receiver and its place, so that nothing passes that was changed, replayed, reordered or meant for somebody
// else. It signs and does not encrypt: TLS or a tunnel does that. Source: definitions 2.10, rows 9, 10 and 21 of section 3
// (Ed25519 over the canonical JSON of RFC 8785 without signature). Imports shared/{klp,protocol,fault}; never a transport.
package delta

import (
	"context"
	"crypto/ed25519"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// Conn is a connection whose every frame is signed by us and proven to be the other side's. One goroutine sends and one
// receives, as with any protocol.Conn.
type Conn struct {
	under   protocol.Conn
	key     ed25519.PrivateKey
	me      klp.ID
	partner klp.ID
	session string // the challenges of both sides, so it never was before
	now     func() time.Time
	out     uint64 // the sending goroutine's own: the place of the next message
	in      uint64 // the receiving goroutine's own
}

var _ protocol.Conn = (*Conn)(nil)

// Partner is who is at the other end.
func (c *Conn) Partner() klp.ID { return c.partner }

// Send signs a frame and sends it.
func (c *Conn) Send(ctx context.Context, frame []byte) error {
	e := envelope{Body: string(frame), From: c.me, To: c.partner, Session: c.session, Seq: c.out, Sent: c.now().UnixMilli()}
	text, err := e.sign(c.key)
	if err != nil {
		return err
	}
	c.out++
	return c.under.Send(ctx, text)
}

// Receive answers the next frame, in order. What is not signed by the partner for us, for this session and for this place
// ends the connection: fault.Malformed, fault.Unauthorized.
func (c *Conn) Receive(ctx context.Context) ([]byte, error) {
	e, err := c.receive(ctx)
	return []byte(e.Body), err
}

func (c *Conn) receive(ctx context.Context) (envelope, error) {
	text, err := c.under.Receive(ctx)
	if err != nil {
		return envelope{}, err
	}
	e, err := parse(text)
	if err != nil {
		return envelope{}, err
	}
	if err := c.check(e); err != nil {
		return envelope{}, err
	}
	c.in++
	return e, nil
}

// check says what is wrong with a message at this place. Its time is compared only while the two get to know each other (fresh):
// later its session and its place say all, and a slow line may hold it up.
func (c *Conn) check(e envelope) error {
	switch {
	case e.From != c.partner:
		return fault.New(fault.Unauthorized, "the other kai speaks as %s and not as %s", short(e.From), c.partner.Short())
	case e.To != c.me:
		return fault.New(fault.Unauthorized, "the other kai sent a message that is meant for somebody else")
	case e.Session != c.session:
		return fault.New(fault.Unauthorized, "the other kai sent a message of another session")
	case e.Seq != c.in:
		return fault.New(fault.Unauthorized, "the other kai sent message %d where message %d comes next", e.Seq, c.in)
	}
	return e.verify()
}

// short is an identity for people that may be none.
func short(id klp.ID) string {
	if _, ok := id.Key(); !ok {
		return "nobody"
	}
	return id.Short()
}

// Close ends the connection.
func (c *Conn) Close() error { return c.under.Close() }
