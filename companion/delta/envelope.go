package delta

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

// kindDelta is the type of every signed message.
const kindDelta = "session_delta"

const signaturePrefix = "ed25519:"

// envelope is one signed message. Body is the frame that travels in it, as text: what is signed is then every byte of it.
type envelope struct {
	Body      string `json:"body"`
	From      klp.ID `json:"from"`
	Sent      int64  `json:"sent"` // ms since 1970, by the sender's clock
	Seq       uint64 `json:"seq"`  // its place among the sender's messages of the session
	Session   string `json:"session"`
	Signature string `json:"signature"` // ed25519:<hex>
	To        klp.ID `json:"to"`
	Type      string `json:"type"`
}

// sign makes the bytes that travel.
func (e envelope) sign(key ed25519.PrivateKey) ([]byte, error) {
	if !utf8.ValidString(e.Body) {
		return nil, fault.New(fault.Malformed, "a frame that is no text cannot be signed")
	}
	e.Type = kindDelta
	e.Signature = signaturePrefix + hex.EncodeToString(ed25519.Sign(key, e.canonical(false)))
	return e.canonical(true), nil
}

// parse reads a message. Only the canonical form is one: there are no bytes in it that the signature leaves open.
func parse(frame []byte) (envelope, error) {
	var e envelope
	if err := json.Unmarshal(frame, &e); err != nil || e.Type != kindDelta || !bytes.Equal(e.canonical(true), frame) {
		return envelope{}, fault.New(fault.Malformed, "the other kai sent something that is no signed message")
	}
	return e, nil
}

// verify says whether the sender that the message names has signed it; fault.Unauthorized when not.
func (e envelope) verify() error {
	key, ok := e.From.Key()
	text, prefixed := strings.CutPrefix(e.Signature, signaturePrefix)
	signature, err := hex.DecodeString(text)
	if !ok || !prefixed || err != nil || !ed25519.Verify(key, e.canonical(false), signature) {
		return fault.New(fault.Unauthorized, "a message of the other kai is not signed by the key that it names")
	}
	return nil
}

// canonical writes the message as RFC 8785 does: keys sorted, no spaces, each text in its shortest form.
func (e envelope) canonical(signed bool) []byte {
	out := make([]byte, 0, len(e.Body)+len(e.Body)/4+512)
	out = klp.AppendText(append(out, `{"body":`...), e.Body)
	out = klp.AppendText(append(out, `,"from":`...), string(e.From))
	out = strconv.AppendInt(append(out, `,"sent":`...), e.Sent, 10)
	out = strconv.AppendUint(append(out, `,"seq":`...), e.Seq, 10)
	out = klp.AppendText(append(out, `,"session":`...), e.Session)
	if signed {
		out = klp.AppendText(append(out, `,"signature":`...), e.Signature)
	}
	out = klp.AppendText(append(out, `,"to":`...), string(e.To))
	return append(klp.AppendText(append(out, `,"type":`...), e.Type), '}')
}
