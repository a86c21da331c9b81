package klp_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

// keyOf makes the same key for the same number.
func keyOf(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(append(make([]byte, ed25519.SeedSize-1), n))
}

func idOf(n byte) klp.ID { return klp.IDOf(keyOf(n).Public().(ed25519.PublicKey)) }

func noon() time.Time { return time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC) }

// fixed is a message without chance in it.
func fixed() klp.Envelope {
	e := klp.New(noon(), idOf(2), klp.TypeStateSync, 60)
	e.ID, e.Nonce, e.Payload = "11111111-2222-4333-8444-555555555555", "ABCDEFGHIJKLMNOP", json.RawMessage(`{"b": 1.0, "a": "<é>"}`)
	return e
}

// TestTheBytesOfAMessage holds a message as another program has to make it.
func TestTheBytesOfAMessage(t *testing.T) {
	frame, err := klp.Sign(keyOf(1), fixed())
	require.NoError(t, err)
	unsigned := `{"from":"` + string(idOf(1)) + `","id":"11111111-2222-4333-8444-555555555555","nonce":"ABCDEFGHIJKLMNOP",` +
		`"payload":{"a":"<é>","b":1},"protocol":"klp/1.0",SIG"timestamp":"2026-11-27T12:00:00.000Z","to":"` + string(idOf(2)) + `","ttl":60,"type":"state_sync"}`
	signature := ed25519.Sign(keyOf(1), []byte(strings.Replace(unsigned, "SIG", "", 1)))
	assert.Equal(t, strings.Replace(unsigned, "SIG", `"signature":"ed25519:`+hexOf(signature)+`",`, 1), string(frame))
	e, err := klp.Parse(frame)
	require.NoError(t, err)
	assert.Equal(t, idOf(1), e.From)
	assert.True(t, e.Time().Equal(noon()))
}

func hexOf(raw []byte) string {
	const digits = "0123456789abcdef"
	out := make([]byte, 0, 2*len(raw))
	for _, c := range raw {
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

func TestMessagesThatAreNoneAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*klp.Envelope)
		code   fault.Code
	}{
		"as it should be":    {func(*klp.Envelope) {}, ""},
		"with a route":       {func(e *klp.Envelope) { e.Route = []string{"a"} }, ""},
		"another protocol":   {func(e *klp.Envelope) { e.Protocol = "klp/2.0" }, fault.Malformed},
		"an id of no UUID":   {func(e *klp.Envelope) { e.ID = "1" }, fault.Malformed},
		"an id in capitals":  {func(e *klp.Envelope) { e.ID = "AAAAAAAA-2222-4333-8444-555555555555" }, fault.Malformed},
		"another time zone":  {func(e *klp.Envelope) { e.Timestamp = "2026-11-27T12:00:00.000+01:00" }, fault.Malformed},
		"no time":            {func(e *klp.Envelope) { e.Timestamp = "" }, fault.Malformed},
		"no ttl":             {func(e *klp.Envelope) { e.TTL = 0 }, fault.Malformed},
		"a ttl of ever":      {func(e *klp.Envelope) { e.TTL = klp.MaxTTL + 1 }, fault.Malformed},
		"a short nonce":      {func(e *klp.Envelope) { e.Nonce = "ABC" }, fault.Malformed},
		"a long nonce":       {func(e *klp.Envelope) { e.Nonce = strings.Repeat("A", 201) }, fault.Malformed},
		"nobody it is for":   {func(e *klp.Envelope) { e.To = "" }, fault.Malformed},
		"no type":            {func(e *klp.Envelope) { e.Type = "" }, fault.Malformed},
		"more than it takes": {func(e *klp.Envelope) { e.Payload = []byte(`"` + strings.Repeat("a", klp.MaxMessage) + `"`) }, fault.Exhausted},
		"no payload of JSON": {func(e *klp.Envelope) { e.Payload = []byte(`{`) }, fault.Internal},
	} {
		t.Run(name, func(t *testing.T) {
			e := fixed()
			c.change(&e)
			frame, err := klp.Sign(keyOf(1), e)
			if err == nil {
				_, err = klp.Parse(frame)
			}
			assert.Equal(t, c.code, fault.CodeOf(err))
		})
	}
}

// TestOtherFormsOfASignedMessageAreRefused changes what a reader might not see.
func TestOtherFormsOfASignedMessageAreRefused(t *testing.T) {
	good, err := klp.Sign(keyOf(1), fixed())
	require.NoError(t, err)
	swap := func(old, with string) string { return strings.Replace(string(good), old, with, 1) }
	for name, frame := range map[string]string{
		"a space":            swap(`,"id"`, `, "id"`),
		"a line end":         string(good) + "\n",
		"another message":    string(good) + "{}",
		"a name twice":       swap(`{"from"`, `{"from":"x","from"`),
		"a name in capitals": swap(`"nonce"`, `"NONCE"`),
		"one more field":     swap(`"ttl"`, `"trust":4,"ttl"`),
		"another spelling":   swap("state_sync", `state\u005fsync`),
		"a number's form":    swap(`"ttl":60`, `"ttl":6e1`),
		"bytes of no text":   swap("é", "\xff"),
		"half an emoji":      swap("é", `\ud83d`),
		"nothing":            "",
		"null":               "null",
		"deep":               strings.Repeat("[", 1<<19),
	} {
		_, err := klp.Parse([]byte(frame))
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), name)
	}
	for name, frame := range map[string]string{
		"another sender":     swap(string(idOf(1)), string(idOf(3))),
		"a sender of no key": swap(string(idOf(1)), "kind:did:AAAA#ed25519"),
		"another text":       swap("<é>", "<è>"),
		"a signature in capitals": swap(string(good[bytes.Index(good, []byte("ed25519:")):bytes.Index(good, []byte(`","timestamp`))]),
			"ed25519:"+strings.ToUpper(string(good[bytes.Index(good, []byte("ed25519:"))+8:bytes.Index(good, []byte(`","timestamp`))]))),
		"half a signature": swap(string(good[bytes.Index(good, []byte(`","timestamp`))-64:bytes.Index(good, []byte(`","timestamp`))]), ""),
		"no signature":     swap("ed25519:", "ed448:"),
	} {
		_, err := klp.Parse([]byte(frame))
		assert.Equal(t, fault.Unauthorized, fault.CodeOf(err), name)
	}
}

// TestEveryFlippedBitIsRefused changes any bit of any message.
func TestEveryFlippedBitIsRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := klp.New(noon(), idOf(2), "t"+rapid.String().Draw(t, "type"), rapid.IntRange(1, klp.MaxTTL).Draw(t, "ttl"))
		if len(e.Type) > 100 {
			e.Type = "t"
		}
		e.Payload, _ = json.Marshal(rapid.MapOf(rapid.String(), rapid.Float64Range(-1e300, 1e300)).Draw(t, "payload"))
		frame, err := klp.Sign(keyOf(rapid.Byte().Draw(t, "key")), e)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := klp.Parse(frame); err != nil {
			t.Fatal(err)
		}
		at, bit := rapid.IntRange(0, len(frame)-1).Draw(t, "at"), rapid.IntRange(0, 7).Draw(t, "bit")
		frame[at] ^= 1 << bit
		if _, err := klp.Parse(frame); err == nil {
			t.Fatalf("a changed message is taken: %s", frame)
		}
	})
}

// FuzzParse holds that only one text is a message, and that nothing unsigned is one.
func FuzzParse(f *testing.F) {
	good, err := klp.Sign(keyOf(1), fixed())
	require.NoError(f, err)
	f.Add(good)
	f.Add([]byte(`{"from":"","id":"","nonce":"","payload":null,"protocol":"klp/1.0","timestamp":"","to":"","ttl":1,"type":""}`))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, frame []byte) {
		e, err := klp.Parse(frame)
		if err != nil {
			return
		}
		if !bytes.Equal(frame, good) {
			t.Fatalf("what nobody signed is a message: %v", e)
		}
	})
}

func TestAMessageIsLetInOnceAndInItsTime(t *testing.T) {
	frame, err := klp.Sign(keyOf(1), fixed())
	require.NoError(t, err)
	e, err := klp.Parse(frame)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		after time.Duration
		skew  time.Duration
		ok    bool
	}{
		"now":                           {0, 0, true},
		"a clock that is just ahead":    {-klp.MaxSkew, 0, true},
		"a clock that is too far ahead": {-klp.MaxSkew - time.Millisecond, 0, false},
		"as old as it may be":           {time.Minute, 0, true},
		"older":                         {time.Minute + time.Millisecond, 0, false},
		"without a clock":               {-klp.NoClockSkew, klp.NoClockSkew, true},
		"without a clock, late":         {klp.NoClockSkew, klp.NoClockSkew, true},
		"without a clock, too late":     {klp.NoClockSkew + time.Millisecond, klp.NoClockSkew, false},
	} {
		t.Run(name, func(t *testing.T) {
			guard := &klp.Guard{Skew: c.skew}
			err := guard.Admit(e, noon().Add(c.after))
			assert.Equal(t, c.ok, err == nil, "%v", err)
			for range 2 {
				assert.Equal(t, fault.Unauthorized, fault.CodeOf(guard.Admit(e, noon().Add(c.after))))
			}
		})
	}
}

// TestAGuardForgetsOnlyWhatCouldNotComeAgain lets so many in that it tidies up, and tries them all again.
func TestAGuardForgetsOnlyWhatCouldNotComeAgain(t *testing.T) {
	guard := &klp.Guard{}
	var all []klp.Envelope
	now := noon()
	for range 500 {
		e := klp.New(now, idOf(2), klp.TypeHello, 1)
		require.NoError(t, guard.Admit(e, now))
		all = append(all, e)
		now = now.Add(time.Second)
		for _, e := range all {
			require.Error(t, guard.Admit(e, now))
		}
	}
}
