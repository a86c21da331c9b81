package klp_test

import (
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

// node is one side: its key and its clock, and whom it lets in.
type node struct {
	n     byte
	clock time.Time
	guard klp.Guard
	lets  func(klp.ID) ([]string, error)
}

func newNode(n byte) *node {
	return &node{n: n, clock: noon(), lets: func(klp.ID) ([]string, error) { return []string{klp.TypeTaskRequest}, nil }}
}

func (n *node) party() klp.Party {
	return klp.Party{Key: keyOf(n.n), Now: func() time.Time { return n.clock }}
}

func (n *node) awaits(t require.TestingT) *klp.Handshake {
	h, err := klp.Await(n.party(), klp.Host{Guard: &n.guard, Allowed: n.lets})
	require.NoError(t, err)
	return h
}

// same hands a message on as it is.
func same(_ string, frame []byte) []byte { return frame }

// met is what two sides came to, with all that was said.
type met struct {
	joins, hosts     *klp.Session
	joined, answered error
	said             map[string][]byte
}

// meet has one join the other, with a stranger between them who sees and changes each message; nil keeps it.
func meet(t require.TestingT, one, two *node, to klp.ID, stranger func(kind string, frame []byte) []byte) met {
	m := met{said: map[string][]byte{}}
	host := two.awaits(t)
	joiner, frame, err := klp.Join(one.party(), to, []string{klp.TypeStateSync})
	require.NoError(t, err)
	toHost := true
	for len(frame) > 0 {
		e, err := klp.Parse(frame)
		require.NoError(t, err)
		m.said[e.Type] = frame
		if frame = stranger(e.Type, frame); frame == nil {
			break
		}
		if toHost {
			if frame, m.answered = host.Step(frame); m.answered != nil {
				frame = host.Refuse(m.answered)
			}
		} else if frame, m.joined = joiner.Step(frame); m.joined != nil {
			break
		}
		toHost = !toHost
	}
	m.joins, m.hosts = joiner.Session(), host.Session()
	return m
}

func TestTwoNodesShakeHandsAndTalk(t *testing.T) {
	one, two := newNode(1), newNode(2)
	m := meet(t, one, two, idOf(2), same)
	require.NoError(t, m.joined)
	require.NoError(t, m.answered)
	assert.Equal(t, []klp.ID{idOf(2), idOf(1)}, []klp.ID{m.joins.Peer, m.hosts.Peer})
	assert.Equal(t, []string{klp.TypeTaskRequest}, m.joins.Grants)
	assert.Equal(t, noon().Add(klp.SessionLife), m.joins.Expires)
	for _, way := range [][2]*klp.Session{{m.joins, m.hosts}, {m.hosts, m.joins}, {m.joins, m.hosts}} {
		frame, err := way[0].Seal(klp.TypeTaskRequest, map[string]string{"prompt": "a secret"})
		require.NoError(t, err)
		assert.NotContains(t, string(frame), "secret")
		got, err := way[1].Open(frame)
		require.NoError(t, err)
		assert.Equal(t, klp.TypeTaskRequest, got.Type)
		assert.JSONEq(t, `{"prompt":"a secret"}`, string(got.Payload))
		_, err = way[1].Open(frame)
		assert.Equal(t, fault.Unauthorized, fault.CodeOf(err), "it came a second time")
	}
}

func TestHandshakesThatFail(t *testing.T) {
	earlier := meet(t, newNode(1), newNode(2), idOf(2), same)
	replay := func(kind string) func(string, []byte) []byte {
		return func(k string, frame []byte) []byte {
			if k == kind {
				return earlier.said[kind]
			}
			return frame
		}
	}
	for name, c := range map[string]struct {
		one, two *node
		to       klp.ID
		stranger func(string, []byte) []byte
		joined   fault.Code
		answered fault.Code
		says     string
	}{
		"not on the list": {newNode(1), &node{n: 2, clock: noon(), lets: func(klp.ID) ([]string, error) {
			return nil, fault.New(fault.Forbidden, "nobody\n knows you").WithRemedy("ask")
		}}, idOf(2), same, fault.Forbidden, fault.Forbidden, "the other kai refuses: nobody knows you"},
		"another node than was dialed": {newNode(1), newNode(3), idOf(2), same, fault.Unauthorized, fault.Unauthorized, "and not as"},
		"a clock that is ahead":        {&node{n: 1, clock: noon().Add(31 * time.Second)}, newNode(2), idOf(2), same, fault.Unauthorized, fault.Unauthorized, "too old, or the clocks"},
		"a clock that is behind":       {&node{n: 1, clock: noon().Add(-31 * time.Second)}, newNode(2), idOf(2), same, fault.Unauthorized, fault.Unauthorized, "too old, or the clocks"},
		"an old challenge":             {newNode(1), newNode(2), idOf(2), replay(klp.TypeChallenge), fault.Unauthorized, "", "did not answer our challenge"},
		"an old proof":                 {newNode(1), newNode(2), idOf(2), replay(klp.TypeVerify), fault.Unauthorized, fault.Unauthorized, "did not answer our challenge"},
		"an old welcome":               {newNode(1), newNode(2), idOf(2), replay(klp.TypeAccept), fault.Unauthorized, "", "did not answer our challenge"},
	} {
		t.Run(name, func(t *testing.T) {
			m := meet(t, c.one, c.two, c.to, c.stranger)
			assert.Equal(t, c.joined, fault.CodeOf(m.joined), "%v", m.joined)
			assert.Equal(t, c.answered, fault.CodeOf(m.answered), "%v", m.answered)
			assert.Nil(t, m.joins)
			assert.Contains(t, fault.Public(m.joined).Message, c.says)
		})
	}
}

// TestACallerThatOnlyRepeatsIsRefused sends a hello a second time, at once and after its time.
func TestACallerThatOnlyRepeatsIsRefused(t *testing.T) {
	two := newNode(2)
	m := meet(t, newNode(1), two, idOf(2), same)
	_, err := two.awaits(t).Step(m.said[klp.TypeHello])
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(err))
	assert.Contains(t, fault.Public(err).Message, "a second time")
	two.clock = noon().Add(31 * time.Second)
	_, err = two.awaits(t).Step(m.said[klp.TypeHello])
	assert.Contains(t, fault.Public(err).Message, "too old")
}

// TestEachStepHasItsPlace gives every message of a handshake to each side at each moment: only the one that comes next counts.
func TestEachStepHasItsPlace(t *testing.T) {
	one, two := newNode(1), newNode(2)
	m := meet(t, one, two, idOf(2), same)
	for kind, frame := range m.said {
		if kind != klp.TypeHello {
			_, err := newNode(2).awaits(t).Step(frame)
			assert.Error(t, err, "%s where a hello comes first", kind)
		}
		joiner, _, err := klp.Join(one.party(), idOf(2), nil)
		require.NoError(t, err)
		_, err = joiner.Step(frame)
		assert.Error(t, err, "%s of another handshake", kind)
		assert.Nil(t, joiner.Session())
	}
	host := newNode(2).awaits(t)
	joiner, hello, err := klp.Join(one.party(), idOf(2), nil)
	require.NoError(t, err)
	challenge, err := host.Step(hello)
	require.NoError(t, err)
	_, err = host.Step(m.said[klp.TypeVerify])
	require.Error(t, err)
	verify, err := joiner.Step(challenge)
	require.NoError(t, err)
	_, err = host.Step(verify)
	require.Error(t, err, "a handshake that failed goes on")
	assert.Nil(t, host.Session())
}

func TestASessionEnds(t *testing.T) {
	one, two := newNode(1), newNode(2)
	m := meet(t, one, two, idOf(2), same)
	last := noon().Add(klp.SessionLife - time.Millisecond)
	one.clock, two.clock = last, last
	frame, err := m.joins.Seal(klp.TypeStateSync, 1)
	require.NoError(t, err)
	two.clock = last.Add(time.Millisecond)
	_, err = m.hosts.Open(frame)
	assert.Contains(t, fault.Public(err).Message, "has ended")
	one.clock = two.clock
	_, err = m.joins.Seal(klp.TypeStateSync, 1)
	assert.Contains(t, fault.Public(err).Message, "has ended")
}

// TestOnlyTheSessionsOwnMessagesAreOpened tries what a partner, a third and an earlier session could send.
func TestOnlyTheSessionsOwnMessagesAreOpened(t *testing.T) {
	one, two, three := newNode(1), newNode(2), newNode(3)
	m, before, other := meet(t, one, two, idOf(2), same), meet(t, one, two, idOf(2), same), meet(t, three, two, idOf(2), same)
	seal := func(s *klp.Session) []byte {
		frame, err := s.Seal(klp.TypeStateSync, 1)
		require.NoError(t, err)
		return frame
	}
	open := klp.New(noon(), idOf(2), klp.TypeStateSync, 60)
	open.Payload = json.RawMessage(`1`)
	unsealed, err := klp.Sign(keyOf(1), open)
	require.NoError(t, err)
	own, err := klp.Parse(seal(m.joins))
	require.NoError(t, err)
	own.Type, own.Signature = klp.TypeTaskRequest, ""
	retold, err := klp.Sign(keyOf(1), own)
	require.NoError(t, err)
	for name, frame := range map[string][]byte{
		"of an earlier session": seal(before.joins), "of a third": seal(other.joins), "of our own": seal(m.hosts),
		"not encrypted": unsealed, "under another type": retold, "of the handshake": m.said[klp.TypeVerify],
	} {
		_, err := m.hosts.Open(frame)
		assert.Equal(t, fault.Unauthorized, fault.CodeOf(err), name)
	}
	late := seal(m.joins)
	two.clock = noon().Add(time.Minute + time.Millisecond)
	_, err = m.hosts.Open(late)
	assert.Contains(t, fault.Public(err).Message, "too old")
}

// TestTheOrderOfMessagesIsKept holds one up: a later one that came before it makes it too late.
func TestTheOrderOfMessagesIsKept(t *testing.T) {
	m := meet(t, newNode(1), newNode(2), idOf(2), same)
	first, err := m.joins.Seal(klp.TypeStateSync, 1)
	require.NoError(t, err)
	second, err := m.joins.Seal(klp.TypeStateSync, 2)
	require.NoError(t, err)
	_, err = m.hosts.Open(second)
	require.NoError(t, err)
	_, err = m.hosts.Open(first)
	assert.Equal(t, fault.Unauthorized, fault.CodeOf(err))
}

// TestNoChangeInAHandshakeIsTaken flips any bit of any of its messages.
func TestNoChangeInAHandshakeIsTaken(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		kind := rapid.SampledFrom([]string{klp.TypeHello, klp.TypeChallenge, klp.TypeVerify, klp.TypeAccept}).Draw(t, "kind")
		at, bit := rapid.IntRange(0, 1<<16).Draw(t, "at"), rapid.IntRange(0, 7).Draw(t, "bit")
		host := newNode(2).awaits(t)
		joiner, frame, err := klp.Join(newNode(1).party(), idOf(2), nil)
		if err != nil {
			t.Fatal(err)
		}
		sides := []*klp.Handshake{host, joiner}
		for i := 0; len(frame) > 0; i++ {
			if strings.Contains(string(frame), `"type":"`+kind+`"`) {
				frame[at%len(frame)] ^= 1 << bit
				if _, err := sides[i%2].Step(frame); err == nil {
					t.Fatalf("a changed %s is taken: %s", kind, frame)
				}
				return
			}
			if frame, err = sides[i%2].Step(frame); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWhatAStrangerSaysIsShown(t *testing.T) {
	for given, want := range map[string]string{
		"as it is – ü 😀": "as it is – ü 😀", " two\n\tlines ": "two lines", "\x1b[2Jgone\x00\u009b\u202e": "[2Jgone", "\xff": "",
		strings.Repeat("é", 201): strings.Repeat("é", 200) + "...",
	} {
		assert.Equal(t, want, klp.Clip(given))
	}
}
