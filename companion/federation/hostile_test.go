package federation_test

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// guest is a peer that is allowed and says what it likes.
type guest struct {
	t       *testing.T
	id      klp.ID
	key     ed25519.PrivateKey
	conn    protocol.Conn
	session *klp.Session
}

// guest makes one that a kai allows.
func (k *kai) guest(name string) *guest {
	k.net.t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	require.NoError(k.net.t, err)
	g := &guest{t: k.net.t, id: klp.IDOf(key.Public().(ed25519.PublicKey)), key: key}
	yes := true
	_, err = k.book.Allow(g.id, federation.Change{Name: &name, Tasks: &yes})
	require.NoError(k.net.t, err)
	return g
}

// joins connects it and shakes hands.
func (g *guest) joins(k *kai) {
	g.t.Helper()
	here, there := protocol.Pipe()
	go k.node.Serve(context.Background(), there, func() {})
	g.t.Cleanup(func() { _ = here.Close() })
	h, frame, err := klp.Join(klp.Party{Key: g.key, Now: time.Now}, k.id, nil)
	require.NoError(g.t, err)
	for h.Session() == nil {
		require.NoError(g.t, here.Send(g.t.Context(), frame))
		reply, err := here.Receive(g.t.Context())
		require.NoError(g.t, err)
		frame, err = h.Step(reply)
		require.NoError(g.t, err)
	}
	g.conn, g.session = here, h.Session()
}

func (g *guest) sends(kind string, payload any) error {
	frame, err := g.session.Seal(kind, payload)
	require.NoError(g.t, err)
	return g.conn.Send(g.t.Context(), frame)
}

// receives answers the next message of a type.
func (g *guest) receives(kind string) (klp.Message, error) {
	for {
		frame, err := g.conn.Receive(g.t.Context())
		if err != nil {
			return klp.Message{}, err
		}
		m, err := g.session.Open(frame)
		if err != nil || m.Type == kind {
			return m, err
		}
	}
}

// ends says whether its connection is cut at once, and not by the end of its session.
func (g *guest) ends() bool {
	before := time.Now()
	_, err := g.receives("nothing")
	return err != nil && time.Now().Equal(before)
}

func TestAnAnswerCountsOnlyFromWhoWasAsked(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one := n.add("one")
		two, three := one.guest("two"), one.guest("three")
		two.joins(one)
		three.joins(one)
		synctest.Wait()
		answers := make(chan string)
		go func() {
			text, err := one.node.Ask(t.Context(), "two", "Who?")
			assert.NoError(t, err)
			answers <- text
		}()
		m, err := two.receives(klp.TypeTaskRequest)
		require.NoError(t, err)
		var asked klp.TaskRequest
		require.NoError(t, json.Unmarshal(m.Payload, &asked))
		assert.Equal(t, "Who?", asked.Prompt)
		require.NoError(t, three.sends(klp.TypeTaskResult, klp.TaskResult{Task: asked.Task, Text: "forged"}))
		synctest.Wait()
		require.NoError(t, two.sends(klp.TypeTaskResult, klp.TaskResult{Task: asked.Task, Text: "two"}))
		assert.Equal(t, "two", <-answers)
	})
}

func TestAPeerThatFloodsIsCut(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one := n.add("one")
		two := one.guest("two")
		two.joins(one)
		for range 100 {
			require.NoError(t, two.sends("of_later", nil), "what is not known is left alone")
		}
		synctest.Wait()
		_ = two.sends("of_later", nil) // it may be cut already
		assert.True(t, two.ends())
	})
}

func TestAPeerHasFewConnections(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one := n.add("one")
		two := one.guest("two")
		for range 4 {
			two.joins(one)
			synctest.Wait()
		}
		two.joins(one)
		assert.True(t, two.ends(), "a fifth")
	})
}

func TestWhatIsNotOfTheSessionEndsIt(t *testing.T) {
	for name, change := range map[string]func(frame []byte) []byte{
		"a message again": func(frame []byte) []byte { return frame },
		"no message":      func([]byte) []byte { return []byte("{}") },
		"nothing":         func([]byte) []byte { return []byte{} },
	} {
		t.Run(name, func(t *testing.T) {
			within(t, func(t *testing.T, n *network) {
				one := n.add("one")
				two := one.guest("two")
				two.joins(one)
				frame, err := two.session.Seal("of_later", nil)
				require.NoError(t, err)
				require.NoError(t, two.conn.Send(t.Context(), frame))
				require.NoError(t, two.conn.Send(t.Context(), change(frame)))
				assert.True(t, two.ends())
			})
		})
	}
}
