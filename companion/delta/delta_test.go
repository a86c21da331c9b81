package delta_test

import (
	"context"
	"crypto/ed25519"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/delta"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// side is one kai: its key and its clock.
type side struct {
	key   ed25519.PrivateKey
	clock time.Time
}

func newSide(t *testing.T) *side {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(t, err)
	return &side{key, time.UnixMilli(1_800_000_000_000)}
}

func (s *side) id() klp.ID { return klp.IDOf(s.key.Public().(ed25519.PublicKey)) }
func (s *side) options() delta.Options {
	return delta.Options{Key: s.key, Now: func() time.Time { return s.clock }}
}

// line is a connection between two whose messages a stranger sees and changes; nil drops one.
type line struct {
	protocol.Conn
	change func(frame []byte) [][]byte
	held   [][]byte
}

func (l *line) Receive(ctx context.Context) ([]byte, error) {
	for len(l.held) == 0 {
		frame, err := l.Conn.Receive(ctx)
		if err != nil {
			return nil, err
		}
		l.held = l.change(frame)
	}
	frame := l.held[0]
	l.held = l.held[1:]
	return frame, nil
}

func asIs(frame []byte) [][]byte { return [][]byte{frame} }

func anybody(klp.ID) error { return nil }

// made is what the two sides of a connection came to.
type made struct {
	dialer, answerer *delta.Conn
	dialed, answered error
}

// meet has one dial the other, whose messages pass a stranger on their way to the answerer.
func meet(t *testing.T, from, at *side, to klp.ID, allowed func(klp.ID) error, stranger func([]byte) [][]byte) made {
	t.Helper()
	here, there := protocol.Pipe()
	t.Cleanup(func() { _, _ = here.Close(), there.Close() })
	var m made
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.answerer, m.answered = delta.Accept(t.Context(), &line{Conn: there, change: stranger}, allowed, at.options())
		if m.answered != nil {
			_ = there.Close()
		}
	}()
	m.dialer, m.dialed = delta.Dial(t.Context(), here, to, from.options())
	if m.dialed != nil {
		_ = here.Close()
	}
	<-done
	return m
}

func TestFramesArriveSignedAndWhoSentThemIsKnown(t *testing.T) {
	one, two := newSide(t), newSide(t)
	m := meet(t, one, two, two.id(), anybody, asIs)
	require.NoError(t, m.dialed)
	require.NoError(t, m.answered)
	assert.Equal(t, two.id(), m.dialer.Partner())
	assert.Equal(t, one.id(), m.answerer.Partner())
	for _, text := range []string{"{}", "\u2028 \"quoted\\\" \x01 <é> \U0001f600", ""} {
		go func() { _ = m.dialer.Send(t.Context(), []byte(text)) }()
		got, err := m.answerer.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
		go func() { _ = m.answerer.Send(t.Context(), []byte(text)) }()
		got, err = m.dialer.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, text, string(got))
	}
	assert.Error(t, m.dialer.Send(t.Context(), []byte{0xff}), "what is no text is not signed")
}

func TestWhoIsNotLetInIsTold(t *testing.T) {
	one, two := newSide(t), newSide(t)
	refuse := func(id klp.ID) error {
		assert.Equal(t, one.id(), id)
		return fault.New(fault.Forbidden, "nobody\n knows you").WithRemedy("ask")
	}
	m := meet(t, one, two, two.id(), refuse, asIs)
	assert.Equal(t, fault.Forbidden, fault.CodeOf(m.answered))
	assert.Equal(t, &fault.Fault{Code: fault.Forbidden, Message: "the other kai refuses: nobody knows you", Remedy: "ask"}, fault.Public(m.dialed))
}

func TestASideWithAnotherKeyIsRefused(t *testing.T) {
	one, two, stranger := newSide(t), newSide(t), newSide(t)
	m := meet(t, one, stranger, two.id(), anybody, asIs)
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(m.answered))
	assert.Contains(t, fault.Public(m.dialed).Message, "meant for somebody else")
}

// TestACallerThatOnlyRepeatsIsRefused replays everything that a kai once said to another.
func TestACallerThatOnlyRepeatsIsRefused(t *testing.T) {
	one, two := newSide(t), newSide(t)
	var said [][]byte
	m := meet(t, one, two, two.id(), anybody, func(frame []byte) [][]byte { said = append(said, frame); return asIs(frame) })
	require.NoError(t, m.answered)
	require.Len(t, said, 2)
	here, there := protocol.Pipe()
	t.Cleanup(func() { _ = here.Close() })
	go func() {
		_ = here.Send(t.Context(), said[0])
		_, _ = here.Receive(t.Context()) // another challenge
		_ = here.Send(t.Context(), said[1])
		_, _ = here.Receive(t.Context())
	}()
	_, err := delta.Accept(t.Context(), there, anybody, two.options())
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Message, "another session")
}

// TestTheMiddleCannotPassOneKaiOffAsAnother hands on what a kai says to it, to a third that lets that kai in.
func TestTheMiddleCannotPassOneKaiOffAsAnother(t *testing.T) {
	one, middle, two := newSide(t), newSide(t), newSide(t)
	m := meet(t, one, two, middle.id(), anybody, asIs) // one believes that it speaks to the middle
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(m.answered))
	assert.Error(t, m.dialed)
}

func TestClocksThatAreFarApartAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		by time.Duration
		ok bool
	}{
		"just allowed": {delta.MaxSkew, true}, "behind": {-delta.MaxSkew, true},
		"too far ahead": {delta.MaxSkew + time.Millisecond, false}, "too far behind": {-delta.MaxSkew - time.Millisecond, false},
	} {
		t.Run(name, func(t *testing.T) {
			one, two := newSide(t), newSide(t)
			one.clock = one.clock.Add(c.by)
			m := meet(t, one, two, two.id(), anybody, asIs)
			if c.ok {
				require.NoError(t, m.answered)
				return
			}
			assert.Equal(t, fault.Unauthorized, fault.CodeOf(m.answered))
			assert.Contains(t, fault.Public(m.dialed).Message, "the clocks of the two kai are more than 30s apart")
			assert.NotEmpty(t, fault.Public(m.dialed).Remedy)
		})
	}
}

func TestMessagesThatAStrangerTouchedEndTheConnection(t *testing.T) {
	swap := func(old, with string) func([]byte) [][]byte {
		return func(f []byte) [][]byte { return asIs([]byte(strings.Replace(string(f), old, with, 1))) }
	}
	var kept []byte
	for name, c := range map[string]struct {
		stranger func([]byte) [][]byte
		code     fault.Code
		says     string
	}{
		"another text": {swap("first", "worst"), fault.Unauthorized, "not signed by the key"},
		"another time": {swap(`"sent":18`, `"sent":17`), fault.Unauthorized, "not signed by the key"},
		"no signature": {swap("ed25519:", "ed25519-"), fault.Unauthorized, "not signed by the key"},
		"a space":      {swap(`,"from"`, `, "from"`), fault.Malformed, "no signed message"},
		"one more key": {swap(`"type"`, `"a":1,"type"`), fault.Malformed, "no signed message"},
		"another type": {swap("session_delta", "session_update"), fault.Malformed, "no signed message"},
		"sent twice":   {func(f []byte) [][]byte { return [][]byte{f, f} }, fault.Unauthorized, "message 2 where message 3 comes next"},
		"other order": {func(f []byte) [][]byte {
			if kept == nil {
				kept = f
				return nil
			}
			return [][]byte{f, kept}
		}, fault.Unauthorized, "message 3 where message 2 comes next"},
	} {
		t.Run(name, func(t *testing.T) {
			one, two := newSide(t), newSide(t)
			count := 0
			m := meet(t, one, two, two.id(), anybody, func(f []byte) [][]byte {
				if count++; count <= 2 { // the two get to know each other
					return asIs(f)
				}
				return c.stranger(f)
			})
			require.NoError(t, m.answered)
			go func() {
				_ = m.dialer.Send(t.Context(), []byte("first"))
				_ = m.dialer.Send(t.Context(), []byte("second"))
			}()
			_, err := m.answerer.Receive(t.Context())
			if err == nil {
				_, err = m.answerer.Receive(t.Context())
			}
			assert.Equal(t, c.code, fault.CodeOf(err))
			assert.Contains(t, fault.Public(err).Message, c.says)
		})
	}
}
