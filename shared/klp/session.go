package klp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"time"

	"github.com/kindos/kai/shared/fault"
)

const (
	algorithm   = "AES-256-GCM"
	keyExchange = "X25519"
	keyBytes    = 32
	tagBytes    = 16
	messageTTL  = 60 // seconds: of a session's messages
)

// Party is a node's own side.
type Party struct {
	Key  ed25519.PrivateKey
	Now  func() time.Time
	Skew time.Duration // what its clock may differ by; 0 is MaxSkew
}

func (p Party) id() ID { return IDOf(p.Key.Public().(ed25519.PublicKey)) }

// Session is what two nodes have after they shook hands. Its messages are signed, encrypted for the two, in order, and end
// with it. One goroutine seals and one opens.
type Session struct {
	Peer    ID
	Expires time.Time
	Grants  []string // what the other side lets us do; known to the side that joined

	party   Party
	seals   cipher.AEAD
	opens   cipher.AEAD
	sent    uint64
	arrived uint64 // the number of the last one
}

// newSession derives a key for each direction from the secret that only the two can know, and from both their nonces.
func newSession(party Party, peer ID, mine *ecdh.PrivateKey, theirs *ecdh.PublicKey, nonces string) (*Session, error) {
	secret, err := mine.ECDH(theirs)
	if err != nil {
		return nil, fault.New(fault.Malformed, "the other kai sent a key that is none")
	}
	s := &Session{Peer: peer, Expires: party.Now().Add(SessionLife), party: party}
	if s.seals, err = derive(secret, nonces, party.id(), peer); err != nil {
		return nil, err
	}
	s.opens, err = derive(secret, nonces, peer, party.id())
	return s, err
}

func derive(secret []byte, nonces string, from, to ID) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, secret, []byte(nonces), Protocol+" "+string(from)+" "+string(to), keyBytes)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "deriving a key")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "deriving a key")
	}
	return cipher.NewGCM(block)
}

// Seal makes the bytes of the session's next message; fault.Unauthorized when the session is over.
func (s *Session) Seal(kind string, payload any) ([]byte, error) {
	now := s.party.Now()
	if err := s.over(now); err != nil {
		return nil, err
	}
	text, err := json.Marshal(payload)
	if err == nil {
		text, err = canonical(text) // encoding/json makes six bytes of each <
	}
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing a message")
	}
	s.sent++
	e := New(now, s.Peer, kind, messageTTL)
	nonce := make([]byte, s.seals.NonceSize())
	binary.BigEndian.PutUint64(nonce[len(nonce)-8:], s.sent)
	sealed := s.seals.Seal(nil, nonce, text, bound(s.party.id(), s.Peer, kind)) //nolint:gosec // counted, so never the same twice under a key
	tag := len(sealed) - tagBytes
	e.Payload = AppendText(nil, encode(sealed[:tag]))
	e.Encryption = &Encryption{algorithm, keyExchange, encode(nonce), encode(sealed[tag:])}
	return Sign(s.party.Key, e)
}

// Message is what came in a session.
type Message struct {
	ID      string
	Type    string
	Payload json.RawMessage
}

// Open reads the next message of the session. What is not the partner's, not for us, not of this session, not fresh, or came
// before answers fault.Unauthorized, what is no message fault.Malformed. Either ends a connection that keeps order.
func (s *Session) Open(frame []byte) (Message, error) {
	e, err := Parse(frame)
	if err != nil {
		return Message{}, err
	}
	now := s.party.Now()
	if err := s.over(now); err != nil {
		return Message{}, err
	}
	if err := fresh(e, now, s.party.Skew); err != nil {
		return Message{}, err
	}
	text, number, ok := s.decrypt(e)
	switch {
	case !ok:
		return Message{}, fault.New(fault.Unauthorized, "a message of the other kai is not of this session")
	case number <= s.arrived:
		return Message{}, fault.New(fault.Unauthorized, "a message of the other kai came a second time")
	}
	s.arrived = number
	return Message{e.ID, e.Type, text}, nil
}

// decrypt answers the payload and the number of its message.
func (s *Session) decrypt(e Envelope) (text []byte, number uint64, ok bool) {
	var sealed string
	how := e.Encryption
	if how == nil || how.Algorithm != algorithm || how.KeyExchange != keyExchange || json.Unmarshal(e.Payload, &sealed) != nil {
		return nil, 0, false
	}
	body, err1 := decode(sealed)
	nonce, err2 := decode(how.Nonce)
	tag, err3 := decode(how.Tag)
	if err1 != nil || err2 != nil || err3 != nil || len(nonce) != s.opens.NonceSize() || len(tag) != tagBytes {
		return nil, 0, false
	}
	text, err := s.opens.Open(nil, nonce, append(body, tag...), bound(e.From, e.To, e.Type))
	return text, binary.BigEndian.Uint64(nonce[len(nonce)-8:]), err == nil
}

// bound is what a payload belongs to: a message of anybody else, or to anybody else, does not decrypt.
func bound(from, to ID, kind string) []byte {
	return []byte(string(from) + " " + string(to) + " " + kind)
}

// over says whether the session has ended.
func (s *Session) over(now time.Time) error {
	if now.Before(s.Expires) {
		return nil
	}
	return fault.New(fault.Unauthorized, "the session with the other kai has ended").WithRemedy("have the two shake hands again")
}

func encode(raw []byte) string { return base64.RawURLEncoding.EncodeToString(raw) }

func decode(text string) ([]byte, error) { return base64.RawURLEncoding.Strict().DecodeString(text) }
