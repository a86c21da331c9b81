package klp

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
)

const (
	signaturePrefix = "ed25519:"
	timeFormat      = "2006-01-02T15:04:05.000Z" // UTC, to the millisecond
	maxWord         = 200                        // bytes of an identity, a topic, a nonce
	minNonce        = 16                         // bytes of its text
)

// Envelope is one message. Optional fields are left out when they are empty.
type Envelope struct {
	ID         string          `json:"id"`        // UUID
	Protocol   string          `json:"protocol"`  // klp/1.0
	Timestamp  string          `json:"timestamp"` // ISO 8601, UTC, to the millisecond
	From       ID              `json:"from"`
	To         ID              `json:"to"` // an identity or a topic
	Type       string          `json:"type"`
	Payload    json.RawMessage `json:"payload"`
	TTL        int             `json:"ttl"`   // seconds from Timestamp on
	Nonce      string          `json:"nonce"` // never the same twice
	Route      []string        `json:"route,omitempty"`
	Auth       json.RawMessage `json:"auth,omitempty"`
	Encryption *Encryption     `json:"encryption,omitempty"`
	Signature  string          `json:"signature,omitempty"` // ed25519:<hex>, over all other fields
}

// Encryption says how the payload of a session's message was encrypted; it is then a text in base64url, and so are these.
type Encryption struct {
	Algorithm   string `json:"algorithm"`
	KeyExchange string `json:"keyExchange"`
	Nonce       string `json:"nonce"`
	Tag         string `json:"tag"`
}

// New begins a message: everything but what it is about to say. TTL is in seconds.
func New(now time.Time, to ID, kind string, ttl int) Envelope {
	return Envelope{
		ID: newUUID(), Protocol: Protocol, Timestamp: now.UTC().Format(timeFormat), To: to, Type: kind, TTL: ttl, Nonce: rand.Text(),
	}
}

// newUUID is one of version 4.
func newUUID() string {
	var raw [16]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24
	raw[6], raw[8] = raw[6]&0x0f|0x40, raw[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", raw[:4], raw[4:6], raw[6:8], raw[8:10], raw[10:])
}

// Sign makes the bytes of a message, from the owner of a key. A payload that is no JSON answers fault.Internal, one that is
// too large fault.Exhausted.
func Sign(key ed25519.PrivateKey, e Envelope) ([]byte, error) {
	e.From, e.Signature = IDOf(key.Public().(ed25519.PublicKey)), ""
	signed, err := e.bytes()
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "signing a message")
	}
	e.Signature = signaturePrefix + hex.EncodeToString(ed25519.Sign(key, signed))
	frame, err := e.bytes()
	if err == nil && len(frame) > MaxMessage {
		return nil, fault.New(fault.Exhausted, "a message between two kai has at most %d KB", MaxMessage>>10).WithRemedy("write less at once")
	}
	return frame, err
}

// bytes is the canonical form.
func (e Envelope) bytes() ([]byte, error) {
	text, err := json.Marshal(e)
	if err != nil {
		return nil, err
	}
	return canonical(text)
}

// Parse reads a message that is signed by whom it names as its sender. There is one form of each: bytes that the signature
// would leave open answer fault.Malformed, like everything that is no message; a wrong signature answers fault.Unauthorized.
// Whether it is new, and from somebody who may send it, is for the reader to find out.
func Parse(frame []byte) (Envelope, error) {
	var e Envelope
	if len(frame) > MaxMessage || json.Unmarshal(frame, &e) != nil {
		return Envelope{}, noMessage()
	}
	if again, err := e.bytes(); err != nil || !bytes.Equal(again, frame) || !e.wellFormed() {
		return Envelope{}, noMessage()
	}
	return e, e.verify()
}

func noMessage() error {
	return fault.New(fault.Malformed, "the other kai sent something that is no message of "+Protocol)
}

// wellFormed looks at each field alone.
func (e Envelope) wellFormed() bool {
	at, err := time.Parse(timeFormat, e.Timestamp)
	word := func(text string, least int) bool { return len(text) >= least && len(text) <= maxWord }
	return err == nil && at.Format(timeFormat) == e.Timestamp && e.Protocol == Protocol && len(e.Payload) > 0 &&
		e.TTL >= 1 && e.TTL <= MaxTTL && isUUID(e.ID) && word(string(e.To), 1) && word(e.Type, 1) && word(e.Nonce, minNonce)
}

// isUUID says whether a text is one in lower case.
func isUUID(text string) bool {
	parts := strings.Split(text, "-")
	if len(text) != 36 || len(parts) != 5 {
		return false
	}
	for i, size := range [...]int{8, 4, 4, 4, 12} {
		if len(parts[i]) != size || strings.Trim(parts[i], "0123456789abcdef") != "" {
			return false
		}
	}
	return true
}

func (e Envelope) verify() error {
	key, ok := e.From.Key()
	text, prefixed := strings.CutPrefix(e.Signature, signaturePrefix)
	signature, err := hex.DecodeString(text)
	e.Signature = ""
	signed, failed := e.bytes()
	if !ok || !prefixed || err != nil || text != strings.ToLower(text) || failed != nil || !ed25519.Verify(key, signed, signature) {
		return fault.New(fault.Unauthorized, "a message of the other kai is not signed by the key that it names")
	}
	return nil
}

// Time is when the message was made, by the clock of its sender.
func (e Envelope) Time() time.Time {
	at, _ := time.Parse(timeFormat, e.Timestamp) // Parse has looked
	return at
}
