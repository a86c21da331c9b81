package federation_test

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/protocol"
)

// network is where kai reach each other by their names.
type network struct {
	t     *testing.T
	mu    sync.Mutex
	kais  map[string]*kai
	down  bool
	dials atomic.Int64
	lines []federation.Line
}

// kai is one of them.
type kai struct {
	net    *network
	name   string
	id     klp.ID
	book   federation.Book
	node   *federation.Node
	answer func(ctx context.Context, prompt string) (string, error)
	health atomic.Value // string
	skew   time.Duration
}

func newNetwork(t *testing.T) *network { return &network{t: t, kais: map[string]*kai{}} }

// pipe is a line that nobody need keep alive.
type pipe struct{ protocol.Conn }

func (pipe) KeepAlive(ctx context.Context, _ context.CancelFunc) { <-ctx.Done() }

// dial connects to ws://NAME/klp.
func (n *network) dial(_ context.Context, address string) (federation.Line, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dials.Add(1)
	to := n.kais[strings.TrimSuffix(strings.TrimPrefix(address, "ws://"), "/klp")]
	if n.down || to == nil {
		return nil, fault.New(fault.Unavailable, "there is no way to %s", address)
	}
	here, there := protocol.Pipe()
	go to.node.Serve(context.Background(), there, func() {})
	n.lines = append(n.lines, pipe{here})
	return pipe{here}, nil
}

// cut ends every connection and lets no other be made.
func (n *network) cut() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = true
	for _, l := range n.lines {
		_ = l.Close()
	}
}

func (n *network) mend() { n.mu.Lock(); defer n.mu.Unlock(); n.down = false }

// add makes a kai that runs until the test ends.
func (n *network) add(name string) *kai {
	n.t.Helper()
	dir, err := datadir.Open(n.t.TempDir())
	require.NoError(n.t, err)
	key, err := dir.Identity()
	require.NoError(n.t, err)
	k := &kai{net: n, name: name, id: klp.IDOf(key.Public().(ed25519.PublicKey)), book: federation.BookIn(dir)}
	k.health.Store("ready")
	k.answer = func(_ context.Context, prompt string) (string, error) { return "You asked: " + prompt, nil }
	k.node = federation.New(federation.Options{
		Book: k.book, Key: dir.Identity, Name: name, Version: "1.2.3", Dial: n.dial,
		Answer: func(ctx context.Context, from federation.Peer, in klp.TaskRequest) (string, error) {
			assert.NotEmpty(n.t, from.Name)
			return k.answer(ctx, in.Prompt)
		},
		State: func(context.Context) klp.State {
			return klp.State{Health: k.health.Load().(string), Hardware: klp.Hardware{AI: klp.AI{Models: []string{"m"}}}}
		},
		Now: func() time.Time { return time.Now().Add(k.skew) }, Log: slog.New(slog.DiscardHandler),
	})
	n.mu.Lock()
	n.kais[name] = k
	n.mu.Unlock()
	require.NoError(n.t, k.node.Start(n.t.Context()))
	n.t.Cleanup(k.node.Close)
	return k
}

// allows writes another into the book; how are words like dial, tasks and state.
func (k *kai) allows(other *kai, how ...string) {
	k.net.t.Helper()
	c := federation.Change{Name: &other.name, Tasks: new(bool), State: new(bool), URL: new(string)}
	for _, word := range how {
		switch word {
		case "dial":
			*c.URL = "ws://" + other.name
		case "tasks":
			*c.Tasks = true
		case "state":
			*c.State = true
		}
	}
	_, err := k.book.Allow(other.id, c)
	require.NoError(k.net.t, err)
	require.NoError(k.net.t, k.node.Reload())
	synctest.Wait()
}

// sees is what it knows of another.
func (k *kai) sees(other *kai) federation.State {
	k.net.t.Helper()
	synctest.Wait()
	all, err := k.node.States()
	require.NoError(k.net.t, err)
	for _, s := range all {
		if s.ID == other.id {
			return s
		}
	}
	return federation.State{}
}

func (k *kai) asks(other *kai, prompt string) (string, error) {
	return k.node.Ask(k.net.t.Context(), other.name, prompt)
}

// within runs a test where time passes at once.
func within(t *testing.T, test func(t *testing.T, n *network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newNetwork(t)) })
}

func TestTwoKaiThatAllowEachOtherMeet(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		two.allows(one, "tasks")
		one.allows(two, "dial", "state")
		here, there := one.sees(two), two.sees(one)
		assert.True(t, here.Connected)
		assert.True(t, there.Connected)
		assert.Equal(t, []string{klp.TypeTaskRequest}, here.Lets)
		assert.Equal(t, []string{klp.TypeStateSync}, there.Lets)
		assert.Nil(t, here.Says, "nothing is told without consent")
		require.NotNil(t, there.Says)
		assert.Equal(t, "ready", there.Says.Health)

		one.health.Store("degraded")
		time.Sleep(31 * time.Second) //nolint:forbidigo // passes at once
		assert.Equal(t, "degraded", two.sees(one).Says.Health, "what has changed is told")
		one.allows(two, "dial")
		assert.Empty(t, two.sees(one).Lets, "what is taken back is told at once")
		assert.Nil(t, two.sees(one).Says)

		one.allows(two, "dial", "state")
		require.NotNil(t, two.sees(one).Says)
		n.cut()
		one.allows(two, "dial")
		n.mend()
		time.Sleep(2 * time.Minute) //nolint:forbidigo // passes at once
		assert.True(t, two.sees(one).Connected)
		assert.Nil(t, two.sees(one).Says, "also while it was away")
	})
}

func TestWhoIsNotAllowedIsRefused(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		two.allows(n.add("three"))
		one.allows(two, "dial")
		s := one.sees(two)
		assert.False(t, s.Connected)
		require.NotNil(t, s.Fault)
		assert.Equal(t, "the other kai refuses: "+one.id.Short()+" is not allowed here", s.Fault.Message)
		assert.Contains(t, s.Fault.Remedy, "kai klp allow "+string(one.id))

		two.allows(one)
		time.Sleep(2 * time.Minute) //nolint:forbidigo // passes at once
		assert.True(t, one.sees(two).Connected, "it tries again by itself")
		_, err := two.book.Remove("one")
		require.NoError(t, err)
		require.NoError(t, two.node.Reload())
		s = one.sees(two)
		assert.False(t, s.Connected, "who is removed is cut")
		time.Sleep(2 * time.Minute) //nolint:forbidigo // passes at once
		assert.Contains(t, one.sees(two).Fault.Message, "is not allowed here")
	})
}

func TestAnotherKaiAtTheAddressIsRefused(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two, three := n.add("one"), n.add("two"), n.add("three")
		two.allows(one)
		three.allows(one)
		n.kais["two"] = three
		one.allows(two, "dial")
		assert.False(t, one.sees(two).Connected)
		assert.False(t, three.sees(one).Connected)
		assert.Contains(t, one.sees(two).Fault.Message, "and not as "+two.id.Short())
	})
}

func TestClocksThatAreFarApartAreRefused(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		one.skew = 31 * time.Second
		two.allows(one)
		one.allows(two, "dial")
		s := one.sees(two)
		require.NotNil(t, s.Fault)
		assert.Contains(t, s.Fault.Message, "the clocks of the two are more than 30s apart")
	})
}

func TestAConnectionThatWasCutIsMadeAgainAndASessionIsRenewed(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		two.allows(one, "tasks")
		one.allows(two, "dial")
		n.cut()
		assert.False(t, one.sees(two).Connected)
		before := n.dials.Load()
		time.Sleep(time.Hour) //nolint:forbidigo // passes at once
		assert.InDelta(t, 35, n.dials.Load()-before, 5, "it asks less and less often")
		assert.Contains(t, one.sees(two).Fault.Message, "there is no way")
		n.mend()
		time.Sleep(2 * time.Minute) //nolint:forbidigo // passes at once
		first := one.sees(two)
		require.True(t, first.Connected)
		for range 12 {
			time.Sleep(30 * time.Minute) //nolint:forbidigo // passes at once
			require.True(t, one.sees(two).Connected)
			text, err := one.asks(two, "still there?")
			require.NoError(t, err)
			assert.Equal(t, "You asked: still there?", text)
		}
		assert.NotEqual(t, first.Expires, one.sees(two).Expires)
	})
}

// TestAnAnswerOutlivesTheRenewalOfItsSession asks shortly before a session ends.
func TestAnAnswerOutlivesTheRenewalOfItsSession(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		two.answer = func(context.Context, string) (string, error) {
			time.Sleep(5 * time.Minute) //nolint:forbidigo // passes at once
			return "late", nil
		}
		two.allows(one, "tasks")
		one.allows(two, "dial")
		time.Sleep(58 * time.Minute) //nolint:forbidigo // passes at once
		text, err := one.asks(two, "slow?")
		require.NoError(t, err)
		assert.Equal(t, "late", text)
	})
}

func TestQuestionsAreAnsweredByConsentAndWithinLimits(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		two.allows(one)
		one.allows(two, "dial")
		code := func(prompt string) fault.Code { _, err := one.asks(two, prompt); return fault.CodeOf(err) }
		assert.Equal(t, fault.Forbidden, code("may I?"))
		two.allows(one, "tasks")
		assert.Equal(t, fault.Code(""), code("may I?"))
		assert.Equal(t, fault.Invalid, code(" "))
		assert.Equal(t, fault.Invalid, code(strings.Repeat("a", federation.MaxPrompt+1)))
		assert.Equal(t, fault.NotFound, func() fault.Code { _, err := one.node.Ask(t.Context(), "three", "?"); return fault.CodeOf(err) }())

		two.answer = func(context.Context, string) (string, error) {
			return "", fault.New(fault.Unavailable, "no\nmodel").WithRemedy("get one")
		}
		_, err := one.asks(two, "?")
		assert.Equal(t, &fault.Fault{Code: fault.Unavailable, Message: "the other kai did not answer: no model", Remedy: "get one"}, fault.Public(err))
		two.answer = func(context.Context, string) (string, error) { return strings.Repeat("a", federation.MaxAnswer+1), nil }
		assert.Equal(t, fault.Exhausted, code("much?"))
		two.answer = func(context.Context, string) (string, error) {
			return strings.Repeat("\x01", federation.MaxAnswer), nil
		}
		assert.Equal(t, fault.Code(""), code("as much as it takes?"), "an answer may be as large as is promised, whatever is in it")
		two.answer = func(context.Context, string) (string, error) { return "yes", nil }
		time.Sleep(time.Hour) //nolint:forbidigo // passes at once
		for range 10 {
			require.Equal(t, fault.Code(""), code("often?"))
		}
		assert.Equal(t, fault.Exhausted, code("too often?"))
		time.Sleep(time.Minute) //nolint:forbidigo // passes at once
		assert.Equal(t, fault.Code(""), code("now?"))
	})
}

func TestOneQuestionAtATime(t *testing.T) {
	within(t, func(t *testing.T, n *network) {
		one, two := n.add("one"), n.add("two")
		ended := make(chan error, 1)
		two.answer = func(ctx context.Context, _ string) (string, error) {
			<-ctx.Done()
			ended <- ctx.Err()
			return "", fault.New(fault.Canceled, "stopped")
		}
		two.allows(one, "tasks")
		one.allows(two, "dial")
		first := make(chan error, 1)
		ask := func() { go func() { _, err := one.asks(two, "long?"); first <- err }(); synctest.Wait() }
		ask()
		_, err := one.asks(two, "another?")
		assert.Equal(t, fault.Conflict, fault.CodeOf(err))
		before := time.Now()
		two.allows(one) // consent is taken back
		require.Error(t, <-ended)
		assert.Equal(t, before, time.Now(), "at once")
		assert.Equal(t, fault.Canceled, fault.CodeOf(<-first))

		two.allows(one, "tasks")
		ask()
		n.cut()
		require.Error(t, <-ended, "nobody waits for it any more")
		assert.Equal(t, fault.Unavailable, fault.CodeOf(<-first))
		_, err = one.asks(two, "away?")
		assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	})
}
