package delta

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// MaxSkew is how far the clocks of two kai may be apart (definitions, row 11).
const MaxSkew = 30 * time.Second

// kindRefused is the one message that is not signed: why a caller is not let in.
const kindRefused = "session_refused"

// maxChallenge bounds what a stranger may have us repeat.
const maxChallenge = 64

// Options are a kai's own side of a connection.
type Options struct {
	Key ed25519.PrivateKey
	Now func() time.Time
}

// refusal tells a caller why.
type refusal struct {
	Fault *fault.Fault `json:"fault"`
	Type  string       `json:"type"`
}

// Dial makes the signed connection of a connection to the kai whose identity is to: its key is proven before anything is
// said. fault.Forbidden: the other kai does not let us in, and says why.
func Dial(ctx context.Context, under protocol.Conn, to klp.ID, opt Options) (*Conn, error) {
	c := begin(under, to, opt)
	mine := rand.Text()
	c.session = mine
	if err := c.Send(ctx, nil); err != nil {
		return nil, err
	}
	text, err := under.Receive(ctx)
	if err != nil {
		return nil, err
	}
	if err := refused(text); err != nil {
		return nil, err
	}
	e, err := parse(text)
	if err != nil {
		return nil, err
	}
	theirs, ok := strings.CutPrefix(e.Session, mine+".")
	if !ok || !challenge(theirs) {
		return nil, fault.New(fault.Unauthorized, "the other kai did not answer our challenge")
	}
	c.session = e.Session
	if err := c.first(e); err != nil {
		return nil, err
	}
	return c, c.Send(ctx, nil) // proves our key over the challenge of the other side
}

// Accept makes the signed connection of one that came in. allowed says whether a kai may come in; who it is has been proven
// when Accept returns. A caller that is not let in is told why; fault.Forbidden, fault.Unauthorized, fault.Malformed.
func Accept(ctx context.Context, under protocol.Conn, allowed func(klp.ID) error, opt Options) (*Conn, error) {
	c, err := accept(ctx, under, allowed, opt)
	var ours *fault.Fault
	if errors.As(err, &ours) {
		if text, err := json.Marshal(refusal{fault.Public(err), kindRefused}); err == nil {
			_ = under.Send(ctx, text) // it has left
		}
	}
	return c, err
}

func accept(ctx context.Context, under protocol.Conn, allowed func(klp.ID) error, opt Options) (*Conn, error) {
	text, err := under.Receive(ctx)
	if err != nil {
		return nil, err
	}
	e, err := parse(text)
	if err != nil {
		return nil, err
	}
	if !challenge(e.Session) {
		return nil, fault.New(fault.Malformed, "the other kai sent no challenge")
	}
	c := begin(under, e.From, opt)
	c.session = e.Session
	if err := c.first(e); err != nil {
		return nil, err
	}
	if err := allowed(e.From); err != nil {
		return nil, err
	}
	c.session += "." + rand.Text()
	if err := c.Send(ctx, nil); err != nil {
		return nil, err
	}
	e, err = c.receive(ctx)
	if err != nil {
		return nil, err
	}
	return c, c.fresh(e)
}

func begin(under protocol.Conn, partner klp.ID, opt Options) *Conn {
	return &Conn{under: under, key: opt.Key, me: klp.IDOf(opt.Key.Public().(ed25519.PublicKey)), partner: partner, now: opt.Now}
}

// first takes the message that the other side introduces itself by.
func (c *Conn) first(e envelope) error {
	if err := c.check(e); err != nil {
		return err
	}
	c.in++
	return c.fresh(e)
}

// fresh refuses a message that was made at quite another time than now.
func (c *Conn) fresh(e envelope) error {
	ahead := e.Sent - c.now().UnixMilli()
	if most := MaxSkew.Milliseconds(); e.Sent >= 0 && -most <= ahead && ahead <= most {
		return nil
	}
	return fault.New(fault.Unauthorized, "the clocks of the two kai are more than %s apart", MaxSkew).
		WithRemedy("have both computers set their clocks by the network")
}

// challenge says whether a text can be one side's part of a session's name.
func challenge(text string) bool {
	return len(text) >= 26 && len(text) <= maxChallenge && strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// refused reads why the other side does not let us in; nil when it does. It is not signed and only told to people.
func refused(text []byte) error {
	var r refusal
	_ = json.Unmarshal(text, &r) // what is no refusal is none
	if r.Type != kindRefused || r.Fault == nil {
		return nil
	}
	return fault.New(fault.Forbidden, "the other kai refuses: %s", klp.Clip(r.Fault.Message)).WithRemedy("%s", klp.Clip(r.Fault.Remedy))
}
