package delta

import (
	"crypto/ed25519"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/klp"
)

// TestTheSignedFormIsTheOneOfRFC8785 holds a message as another program has to make it.
func TestTheSignedFormIsTheOneOfRFC8785(t *testing.T) {
	e := envelope{Body: "\u20ac$\u000f\nA'\"\\\b\u2028</>", From: "a", Sent: 5, Seq: 1, Session: "s", To: "b", Type: kindDelta, Signature: "x"}
	assert.Equal(t, `{"body":"€$\u000f\nA'\"\\\b`+"\u2028"+`</>","from":"a","sent":5,"seq":1,"session":"s","to":"b","type":"session_delta"}`, string(e.canonical(false)))
}

// FuzzParse holds that what is taken for a message is one text only, and that nothing unsigned is verified.
func FuzzParse(f *testing.F) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	good, err := envelope{Body: `{"v":1}`, From: klp.IDOf(key.Public().(ed25519.PublicKey)), Sent: 1, Seq: 2, Session: "s"}.sign(key)
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"body":"","from":"","sent":0,"seq":0,"session":"","signature":"ed25519:","to":"","type":"session_delta"}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		e, err := parse(frame)
		if err != nil {
			return
		}
		if !json.Valid(frame) {
			t.Fatal("what is no JSON was read")
		}
		if string(e.canonical(true)) != string(frame) {
			t.Fatal("two texts are one message")
		}
		if e.verify() == nil && string(frame) != string(good) {
			t.Fatal("a message that nobody signed is verified")
		}
	})
}

// TestAMessageOfAnotherKeyIsRefused has a third kai sign, in its own name, what would fit in all else.
func TestAMessageOfAnotherKeyIsRefused(t *testing.T) {
	keys := make([]ed25519.PrivateKey, 3)
	for i := range keys {
		_, keys[i], _ = ed25519.GenerateKey(nil)
	}
	id := func(i int) klp.ID { return klp.IDOf(keys[i].Public().(ed25519.PublicKey)) }
	c := &Conn{me: id(0), partner: id(1), session: "s"}
	for name, signer := range map[string]int{"partner": 1, "another": 2} {
		text, err := envelope{From: id(signer), To: id(0), Session: "s"}.sign(keys[signer])
		require.NoError(t, err)
		e, err := parse(text)
		require.NoError(t, err)
		assert.Equal(t, signer == 1, c.check(e) == nil, name)
	}
}
