package klp

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/json"
	"errors"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

const handshakeTTL = 30 // seconds

// The words for how a handshake ended (definitions 2.1, of F/54).
const (
	StatusSuccess  = "success"
	StatusRejected = "rejected"         // not on the list of who may come
	StatusIdentity = "identity_invalid" // not signed by whom it names, not for us, not of now, or repeated
)

// step is the payload of a handshake's message; each type has some of its fields.
type step struct {
	Answers      string   `json:"answers,omitempty"`      // the nonce of the message before: the challenge
	Exchange     string   `json:"exchange,omitempty"`     // hello and challenge: a new X25519 key, base64url
	Capabilities []string `json:"capabilities,omitempty"` // hello: what the node can do
	Status       string   `json:"status,omitempty"`       // accept and refuse
	ExpiresIn    int      `json:"expires_in,omitempty"`   // accept: seconds
	Permissions  []string `json:"permissions,omitempty"`  // accept: what the joining node may ask for
	Message      string   `json:"message,omitempty"`      // refuse: why, for people
	Remedy       string   `json:"remedy,omitempty"`       // refuse: what to do about it
}

// Host is what the side that is joined needs beside its Party.
type Host struct {
	Guard   *Guard                           // one for all that join
	Allowed func(ID) (may []string, _ error) // whether a node may come in, and what it may ask for; fault.Forbidden
}

// Handshake makes a Session, step by step, for one side. It is not safe for concurrent use.
type Handshake struct {
	party  Party
	host   *Host // nil for the side that joins
	peer   ID    // "" until hello says who joins
	key    *ecdh.PrivateKey
	theirs *ecdh.PublicKey
	wait   string   // the type that comes next; "" when there is none
	ours   Envelope // what we sent last
	heard  string   // the nonce of what came last
	nonces string   // of hello and challenge
	grants []string
	made   *Session
}

// Join begins a handshake with a node and answers its hello.
func Join(party Party, to ID, capabilities []string) (*Handshake, []byte, error) {
	h, err := newHandshake(party, to, TypeChallenge)
	if err != nil {
		return nil, nil, err
	}
	frame, err := h.say(TypeHello, step{Exchange: encode(h.key.PublicKey().Bytes()), Capabilities: capabilities})
	h.nonces = h.ours.Nonce
	return h, frame, err
}

// Await begins the handshake of a node that will join.
func Await(party Party, host Host) (*Handshake, error) {
	h, err := newHandshake(party, "", TypeHello)
	if err == nil {
		h.host = &host
	}
	return h, err
}

func newHandshake(party Party, peer ID, wait string) (*Handshake, error) {
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "making a key")
	}
	return &Handshake{party: party, peer: peer, key: key, wait: wait}, nil
}

// Session is what the handshake came to; nil until it has.
func (h *Handshake) Session() *Session { return h.made }

// Peer is who the other side is, or says it is as long as there is no Session.
func (h *Handshake) Peer() ID { return h.peer }

// say makes the bytes of our next message.
func (h *Handshake) say(kind string, s step) ([]byte, error) {
	payload, err := json.Marshal(s)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing a message")
	}
	h.ours = New(h.party.Now(), h.peer, kind, handshakeTTL)
	h.ours.Payload = payload
	return Sign(h.party.Key, h.ours)
}

// Step takes a message of the other side and answers what to send next; nil for nothing. After an error the handshake is
// over; see Refuse. fault.Forbidden: the other side refuses us, and says why.
func (h *Handshake) Step(frame []byte) ([]byte, error) {
	reply, err := h.step(frame)
	if err != nil {
		h.wait, h.made = "", nil
		return nil, err
	}
	return reply, nil
}

func (h *Handshake) step(frame []byte) ([]byte, error) {
	e, err := Parse(frame)
	if err != nil {
		return nil, err
	}
	if h.peer == "" {
		h.peer = e.From
	}
	h.heard = e.Nonce
	if err := between(e, h.peer, h.party.id()); err != nil {
		return nil, err
	}
	if err := fresh(e, h.party.Now(), h.party.Skew); err != nil {
		return nil, err
	}
	var s step
	if err := json.Unmarshal(e.Payload, &s); err != nil || h.wait == "" || h.wait != e.Type && e.Type != TypeRefuse {
		return nil, fault.New(fault.Malformed, "the other kai sent %.40q where %q comes next", e.Type, h.wait)
	}
	if s.Answers != h.ours.Nonce { // none is sent before a hello, which answers none
		return nil, fault.New(fault.Unauthorized, "the other kai did not answer our challenge")
	}
	return h.take(e, s)
}

// between refuses a message that is not from one to the other.
func between(e Envelope, from, to ID) error {
	switch {
	case e.From != from:
		return fault.New(fault.Unauthorized, "the other kai speaks as %s and not as %s", e.From.Short(), from.Short())
	case e.To != to:
		return fault.New(fault.Unauthorized, "the other kai sent a message that is meant for somebody else")
	}
	return nil
}

// take does what each type of message asks for.
func (h *Handshake) take(e Envelope, s step) ([]byte, error) {
	switch e.Type {
	case TypeHello:
		return h.hello(e, s)
	case TypeChallenge:
		if err := h.exchange(s); err != nil {
			return nil, err
		}
		h.nonces += " " + e.Nonce
		h.wait = TypeAccept
		return h.say(TypeVerify, step{Answers: e.Nonce})
	case TypeVerify:
		return h.verified(e)
	case TypeAccept:
		return nil, h.accepted(s)
	default:
		return nil, fault.New(fault.Forbidden, "the other kai refuses: %s", Clip(s.Message)).WithRemedy("%s", Clip(s.Remedy))
	}
}

// hello lets a node in that is on the list, if it can prove who it is.
func (h *Handshake) hello(e Envelope, s step) ([]byte, error) {
	may, err := h.host.Allowed(e.From)
	if err != nil {
		return nil, err
	}
	if err := h.host.Guard.Admit(e, h.party.Now()); err != nil {
		return nil, err
	}
	if err := h.exchange(s); err != nil {
		return nil, err
	}
	h.grants, h.wait = may, TypeVerify
	frame, err := h.say(TypeChallenge, step{Answers: e.Nonce, Exchange: encode(h.key.PublicKey().Bytes())})
	h.nonces = e.Nonce + " " + h.ours.Nonce
	return frame, err
}

// exchange takes the key that the other side made for this session.
func (h *Handshake) exchange(s step) error {
	raw, err := decode(s.Exchange)
	if err == nil {
		h.theirs, err = ecdh.X25519().NewPublicKey(raw)
	}
	if err != nil {
		return fault.New(fault.Malformed, "the other kai sent a key that is none")
	}
	return nil
}

func (h *Handshake) verified(e Envelope) ([]byte, error) {
	made, err := newSession(h.party, h.peer, h.key, h.theirs, h.nonces)
	if err != nil {
		return nil, err
	}
	h.wait = ""
	frame, err := h.say(TypeAccept, step{
		Answers: e.Nonce, Status: StatusSuccess, ExpiresIn: int(SessionLife / time.Second), Permissions: h.grants,
	})
	h.made = made
	return frame, err
}

func (h *Handshake) accepted(s step) error {
	if s.Status != StatusSuccess || s.ExpiresIn < 1 || s.ExpiresIn > int(SessionLife/time.Second) {
		return fault.New(fault.Malformed, "the other kai accepts in a way that is none")
	}
	made, err := newSession(h.party, h.peer, h.key, h.theirs, h.nonces)
	if err != nil {
		return err
	}
	made.Expires = h.party.Now().Add(time.Duration(s.ExpiresIn) * time.Second)
	made.Grants = s.Permissions
	h.wait, h.made = "", made
	return nil
}

// Refuse makes the message that tells the joining side why it is not let in; nil when nobody is known to tell it to, and for
// what is our own trouble.
func (h *Handshake) Refuse(why error) []byte {
	var ours *fault.Fault
	if h.peer == "" || h.host == nil || !errors.As(why, &ours) {
		return nil
	}
	status := StatusRejected
	if ours.Code == fault.Unauthorized {
		status = StatusIdentity
	}
	frame, err := h.say(TypeRefuse, step{Answers: h.heard, Status: status, Message: ours.Message, Remedy: ours.Remedy})
	if err != nil {
		return nil
	}
	return frame
}

// Clip keeps what a stranger says short, on one line, and without anything that a terminal would obey.
func Clip(text string) string {
	const longest = 200
	line := strings.Join(strings.Fields(text), " ")
	line = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) && r != utf8.RuneError {
			return r
		}
		return -1
	}, line)
	if runes := []rune(line); len(runes) > longest {
		return string(runes[:longest]) + "..."
	}
	return line
}
