package run_test

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/service"
)

func engine(t testing.TB, g service.Gateway, j run.Journal, o run.Options) *run.Engine {
	o.Log = logs.Discard()
	e := run.NewEngine(g, j, o)
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	return e
}

func TestEngine(t *testing.T) {
	runtest.Run(t, func(t testing.TB, g service.Gateway) run.Runner {
		return engine(t, g, runtest.NewJournal(), run.Options{})
	})
}

func TestEngineWithoutJournal(t *testing.T) {
	runtest.Run(t, func(t testing.TB, g service.Gateway) run.Runner { return engine(t, g, nil, run.Options{}) })
}

// TestEngineFromTheJournal holds finished runs to the same behaviour when they are read back from the journal.
func TestEngineFromTheJournal(t *testing.T) {
	runtest.Run(t, func(t testing.TB, g service.Gateway) run.Runner {
		j := runtest.NewJournal()
		return &restarting{Engine: engine(t, g, j, run.Options{}), t: t, g: g, j: j}
	})
}

// restarting asks a second engine, made from the journal, for every run that has ended.
type restarting struct {
	*run.Engine
	t testing.TB
	g service.Gateway
	j *runtest.Journal
}

func (r *restarting) Attach(ctx context.Context, id string, from int64, each func(run.Delta) error) error {
	s, err := r.j.Load(ctx, id)
	if err != nil || !s.State.Ended() {
		return r.Engine.Attach(ctx, id, from, each)
	}
	again := engine(r.t, r.g, r.j, run.Options{})
	if err := again.Recover(ctx); err != nil {
		return err
	}
	return again.Attach(ctx, id, from, each)
}

// connected gives the runner at the far end of a connection to one that serves local.
func connected(t testing.TB, local run.Runner) (*run.Remote, *protocol.Peer) {
	near, far := protocol.Pipe()
	server := protocol.NewPeer(far, protocol.Options{Handler: run.Methods(local)})
	client := protocol.NewPeer(near, protocol.Options{})
	ended := make(chan struct{}, 2)
	for _, p := range []*protocol.Peer{server, client} {
		go func() { _ = p.Run(context.Background()); ended <- struct{}{} }()
	}
	t.Cleanup(func() { client.Close(); server.Close(); <-ended; <-ended })
	return run.NewRemote(client), client
}

func TestRemote(t *testing.T) {
	runtest.Run(t, func(t testing.TB, g service.Gateway) run.Runner {
		remote, _ := connected(t, engine(t, g, runtest.NewJournal(), run.Options{}))
		return remote
	})
}

func start(t testing.TB, r run.Runner, g *runtest.Gateway, id string) *runtest.Chat {
	t.Helper()
	require.NoError(t, r.Start(t.Context(), run.Spec{ID: id, Service: service.Spec{Key: "sk-1"}, Chat: service.ChatRequest{Model: "m", Messages: []service.ChatMessage{{Content: "private"}}}}))
	return <-g.Chats
}

// read attaches until the end and returns everything merged, with the numbers seen.
func read(t testing.TB, r run.Runner, id string, from int64) (whole run.Delta, numbers []int64) {
	t.Helper()
	require.NoError(t, r.Attach(t.Context(), id, from, func(d run.Delta) error {
		numbers = append(numbers, d.N)
		d.Text = whole.Text + d.Text
		whole = d
		return nil
	}))
	return whole, numbers
}

func TestARunSurvivesALostConnection(t *testing.T) {
	g := runtest.NewGateway()
	e := engine(t, g, runtest.NewJournal(), run.Options{})
	remote, peer := connected(t, e)
	c := start(t, remote, g, "a")
	c.Say("Hello")
	text, reached := "", int64(0)
	err := remote.Attach(t.Context(), "a", 0, func(d run.Delta) error {
		text, reached = text+d.Text, d.N
		peer.Close()
		return nil
	})
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	c.Say(" there")

	again, _ := connected(t, e)
	c.End(service.ChatResult{}, nil)
	rest, _ := read(t, again, "a", reached)
	assert.Equal(t, "Hello there", text+rest.Text)
	assert.Equal(t, run.StateDone, rest.State)
}

func TestACompanionThatNumbersWronglyIsNotBelieved(t *testing.T) {
	lying := lyingRunner{deltas: []run.Delta{{N: 1, Text: "a"}, {N: 1, Text: "a"}}}
	remote, _ := connected(t, lying)
	err := remote.Attach(t.Context(), "a", 0, func(run.Delta) error { return nil })
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

type lyingRunner struct {
	run.Runner
	deltas []run.Delta
}

func (l lyingRunner) Attach(_ context.Context, _ string, _ int64, each func(run.Delta) error) error {
	for _, d := range l.deltas {
		if err := each(d); err != nil {
			return err
		}
	}
	return nil
}

func TestTheJournalIsWrittenAtMostFourTimesASecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := runtest.NewGateway(), runtest.NewJournal()
		e := run.NewEngine(g, j, run.Options{})
		c := start(t, e, g, "a")
		for range 1000 { // ten seconds of a hundred tokens a second
			c.Say("x")
			time.Sleep(10 * time.Millisecond) // passes at once: the bubble's clock
		}
		assert.InDelta(t, 41, j.Saves(), 2)
		c.End(service.ChatResult{}, nil)
		synctest.Wait()
		saved, err := j.Load(t.Context(), "a")
		require.NoError(t, err)
		assert.Equal(t, run.StateDone, saved.State)
		assert.Len(t, saved.Delta.Text, 1000)
		assert.InDelta(t, 100, saved.Delta.Stats.TokensPerSecond, 1)
		assert.InDelta(t, 10_000, saved.Delta.Stats.Millis, 1)
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestNeitherKeyNorConversationReachTheJournal(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	start(t, engine(t, g, j, run.Options{}), g, "a").End(service.ChatResult{}, nil)
	saved, err := j.Load(t.Context(), "a")
	require.NoError(t, err)
	assert.Empty(t, saved.Spec.Service.Key)
	assert.Empty(t, saved.Spec.Chat.Messages)
	assert.Equal(t, "m", saved.Spec.Chat.Model)
}

// crashed leaves a journal as a process leaves it that was killed after saying words.
func crashed(t *testing.T, words ...string) *runtest.Journal {
	j := runtest.NewJournal()
	synctest.Test(t, func(t *testing.T) {
		g := runtest.NewGateway()
		e := run.NewEngine(g, j, run.Options{})
		c := start(t, e, g, "a")
		c.Say(words...)
		time.Sleep(time.Second)
		synctest.Wait()
		j.Fail(errors.New("the process is dead"))
		require.NoError(t, e.Close(t.Context()))
	})
	j.Fail(nil)
	return j
}

func TestAfterACrashARunIsInterruptedWithWhatReachedDisk(t *testing.T) {
	j := crashed(t, "Hello", " there", " you")
	g := runtest.NewGateway()
	e := engine(t, g, j, run.Options{})
	require.NoError(t, e.Recover(t.Context()))

	whole, numbers := read(t, e, "a", 0)
	assert.Equal(t, "Hello there you", whole.Text)
	assert.Equal(t, run.StateInterrupted, whole.State)
	assert.NotEmpty(t, whole.Fault.Remedy)
	assert.Equal(t, []int64{4}, numbers)

	middle, _ := read(t, e, "a", 1)
	assert.Equal(t, " there you", middle.Text, "exactly what follows the number")

	end, numbers := read(t, e, "a", 4)
	assert.Equal(t, run.StateInterrupted, end.State, "whoever saw four deltas live has not seen this end")
	assert.Equal(t, []int64{5}, numbers)

	ahead, numbers := read(t, e, "a", 9)
	assert.Empty(t, ahead.Text)
	assert.Equal(t, run.StateInterrupted, ahead.State, "a reader who saw more than the disk is told of the end too")
	assert.Equal(t, []int64{10}, numbers)

	require.NoError(t, e.Start(t.Context(), run.Spec{ID: "a"}), "it is known and not begun again")
	assert.Empty(t, g.Chats)
	require.NoError(t, e.Stop(t.Context(), "a"))

	second := engine(t, g, j, run.Options{})
	require.NoError(t, second.Recover(t.Context()))
	same, _ := read(t, second, "a", 0)
	assert.Equal(t, whole, same, "recovering twice changes nothing")
}

func TestDamagedMarksCostOnlyTheMiddle(t *testing.T) {
	j := crashed(t, "Hello", " there")
	for _, marks := range [][]byte{nil, {1}, {255}, {99, 0, 0}, {1, 0, 0}, {5, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0, 0}} {
		saved, err := j.Load(t.Context(), "a")
		require.NoError(t, err)
		saved.Marks = marks
		require.NoError(t, j.Save(t.Context(), saved))
		e := engine(t, runtest.NewGateway(), j, run.Options{})
		require.NoError(t, e.Recover(t.Context()))
		whole, _ := read(t, e, "a", 0)
		assert.Equal(t, "Hello there", whole.Text)
		assert.Equal(t, run.StateInterrupted, whole.State)
	}
}

func TestCloseInterruptsAndTellsReaders(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	e := run.NewEngine(g, j, run.Options{})
	c := start(t, e, g, "a")
	c.Say("Hello")
	closed := make(chan error, 1)
	err := e.Attach(t.Context(), "a", 0, func(d run.Delta) error {
		if d.State == "" {
			go func() { closed <- e.Close(context.Background()) }()
			return nil
		}
		assert.Equal(t, run.StateInterrupted, d.State)
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, <-closed)
	saved, err := j.Load(t.Context(), "a")
	require.NoError(t, err)
	assert.Equal(t, run.StateInterrupted, saved.State)
	assert.Equal(t, "Hello", saved.Delta.Text)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(e.Start(t.Context(), run.Spec{ID: "b"})))
	require.NoError(t, e.Close(t.Context()), "closing twice is closing once")
}

// deaf is a model server that lets go of nothing until it is told to.
type deaf struct {
	service.Gateway
	asked, release chan struct{}
}

func (d deaf) Chat(_ context.Context, _ service.Spec, _ service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	_ = emit(service.ChatDelta{Text: "x"})
	close(d.asked)
	<-d.release
	_ = emit(service.ChatDelta{Text: "too late"})
	return service.ChatResult{}, nil
}

func TestStopDoesNotWaitForADeafServer(t *testing.T) {
	g := deaf{asked: make(chan struct{}), release: make(chan struct{})}
	e := run.NewEngine(g, runtest.NewJournal(), run.Options{})
	require.NoError(t, e.Start(t.Context(), run.Spec{ID: "a"}))
	<-g.asked
	require.NoError(t, e.Stop(t.Context(), "a"))
	whole, _ := read(t, e, "a", 0)
	assert.Equal(t, run.StateStopped, whole.State)

	late, cancel := context.WithCancel(t.Context())
	cancel()
	assert.Equal(t, fault.Canceled, fault.CodeOf(e.Close(late)))
	close(g.release)
	require.NoError(t, e.Close(t.Context()))
	whole, _ = read(t, e, "a", 0)
	assert.Equal(t, "x", whole.Text)
}

type panicking struct{ service.Gateway }

func (panicking) Chat(context.Context, service.Spec, service.ChatRequest, func(service.ChatDelta) error) (service.ChatResult, error) {
	panic("a bug")
}

func TestABugInAConnectorEndsOneRunOnly(t *testing.T) {
	e := engine(t, panicking{}, runtest.NewJournal(), run.Options{})
	require.NoError(t, e.Start(t.Context(), run.Spec{ID: "a"}))
	whole, _ := read(t, e, "a", 0)
	assert.Equal(t, run.StateFailed, whole.State)
	assert.Equal(t, fault.Internal, whole.Fault.Code)
	assert.NotContains(t, whole.Fault.Message, "a bug")
}

func TestAFullDiskDoesNotStopTheAnswer(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	j.Fail(fault.New(fault.Exhausted, "full"))
	e := engine(t, g, j, run.Options{})
	c := start(t, e, g, "a")
	c.Say("Hello")
	c.End(service.ChatResult{}, nil)
	whole, _ := read(t, e, "a", 0)
	assert.Equal(t, "Hello", whole.Text)
	assert.Equal(t, run.StateDone, whole.State)
}

func TestAFencedEngineStops(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	e := engine(t, g, j, run.Options{})
	c := start(t, e, g, "a")
	j.Fail(fault.New(fault.Fenced, "another took over"))
	c.Say("Hello")
	whole, _ := read(t, e, "a", 0)
	assert.Equal(t, run.StateInterrupted, whole.State)
	assert.Equal(t, fault.Fenced, whole.Fault.Code)
	<-c.Gone
	assert.Equal(t, fault.Fenced, fault.CodeOf(e.Start(t.Context(), run.Spec{ID: "b"})))
	assert.Equal(t, fault.NotFound, fault.CodeOf(e.Stop(t.Context(), "b")))
}

func TestAnEndlessAnswerIsStopped(t *testing.T) {
	g := runtest.NewGateway()
	e := engine(t, g, nil, run.Options{})
	c := start(t, e, g, "a")
	piece := strings.Repeat("x", 1<<20)
	for range 9 {
		c.Say(piece)
	}
	whole, _ := read(t, e, "a", 0)
	assert.Equal(t, run.StateFailed, whole.State)
	assert.Equal(t, fault.Exhausted, whole.Fault.Code)
	assert.Len(t, whole.Text, 8<<20, "what fitted is kept")
}

func TestTooManyRunsAtATimeAreRefused(t *testing.T) {
	g := runtest.NewGateway()
	e := engine(t, g, nil, run.Options{MaxRunning: 2})
	a := start(t, e, g, "a")
	start(t, e, g, "b")
	assert.Equal(t, fault.Exhausted, fault.CodeOf(e.Start(t.Context(), run.Spec{ID: "c"})))
	a.End(service.ChatResult{}, nil)
	read(t, e, "a", 0)
	require.Eventually(t, func() bool { return e.Start(t.Context(), run.Spec{ID: "c"}) == nil }, 5*time.Second, time.Millisecond)
}

func TestFinishedRunsLeaveMemoryThenTheJournal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, j := runtest.NewGateway(), runtest.NewJournal()
		e := run.NewEngine(g, j, run.Options{KeepLoaded: 1, Keep: time.Hour})
		for _, id := range []string{"a", "b", "c"} {
			c := start(t, e, g, id)
			c.Say("I", " am ", id)
			c.End(service.ChatResult{}, nil)
			synctest.Wait()
		}
		whole, _ := read(t, e, "a", 2)
		assert.Equal(t, "a", whole.Text, "from the journal, exactly after the number")
		list, err := e.List(t.Context())
		require.NoError(t, err)
		assert.Len(t, list, 3)

		time.Sleep(2 * time.Hour)
		start(t, e, g, "d").End(service.ChatResult{}, nil)
		synctest.Wait()
		assert.Equal(t, fault.NotFound, fault.CodeOf(e.Attach(t.Context(), "a", 0, nil)))
		all, err := j.All(t.Context())
		require.NoError(t, err)
		assert.Len(t, all, 1)

		time.Sleep(2 * time.Hour)
		second := run.NewEngine(g, j, run.Options{Keep: time.Hour})
		require.NoError(t, second.Recover(t.Context()))
		all, err = j.All(t.Context())
		require.NoError(t, err)
		assert.Empty(t, all, "old ones are forgotten at the start too")
		require.NoError(t, e.Close(t.Context()))
	})
}

func TestALongAnswerOfSmallDeltasStaysSmallInMemory(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	e := engine(t, g, j, run.Options{SaveEvery: time.Hour})
	c := start(t, e, g, "a")
	const many = 100_000
	for range many {
		c.Say("ab")
	}
	c.End(service.ChatResult{}, nil)
	whole, _ := read(t, e, "a", 0)
	assert.Len(t, whole.Text, 2*many)
	assert.Less(t, whole.N, int64(40_000))
	half, _ := read(t, e, "a", whole.N/2)
	assert.Equal(t, whole.Text[len(whole.Text)-len(half.Text):], half.Text)
}

// Nothing of a forgotten run is written after it was erased, though its saver was at work.
func TestNothingOfAForgottenRunComesBackToTheJournal(t *testing.T) {
	g, j := runtest.NewGateway(), runtest.NewJournal()
	e := engine(t, g, j, run.Options{SaveEvery: time.Nanosecond})
	for i := range 50 {
		id := "r" + strconv.Itoa(i)
		start(t, e, g, id).Say("some", "thing")
		require.NoError(t, e.Forget(t.Context(), id))
		all, err := j.All(t.Context())
		require.NoError(t, err)
		require.Empty(t, all)
	}
	require.NoError(t, e.Close(t.Context()))
	all, err := j.All(t.Context())
	require.NoError(t, err)
	assert.Empty(t, all)
}

func TestARunThatCouldNotBeErasedIsStillKnown(t *testing.T) {
	g := runtest.NewGateway()
	j := &stubborn{Journal: runtest.NewJournal()}
	e := engine(t, g, j, run.Options{})
	start(t, e, g, "a").End(service.ChatResult{}, nil)
	read(t, e, "a", 0)
	assert.Equal(t, fault.Exhausted, fault.CodeOf(e.Forget(t.Context(), "a")))
	list, err := e.List(t.Context())
	require.NoError(t, err)
	assert.Len(t, list, 1, "so that it can be tried again")
}

// stubborn is a journal on a disk that takes no more writes.
type stubborn struct{ *runtest.Journal }

func (stubborn) Forget(context.Context, ...string) error {
	return fault.New(fault.Exhausted, "the disk is full")
}

// A companion of before this method is there answers that it does not know it; nothing else happens.
func TestAnOldCompanionCannotForget(t *testing.T) {
	near, far := protocol.Pipe()
	old := run.Methods(engine(t, runtest.NewGateway(), nil, run.Options{}))
	delete(old, run.MethodPrefix+"forget")
	server, client := protocol.NewPeer(far, protocol.Options{Handler: old}), protocol.NewPeer(near, protocol.Options{})
	ended := make(chan struct{}, 2)
	for _, p := range []*protocol.Peer{server, client} {
		go func() { _ = p.Run(context.Background()); ended <- struct{}{} }()
	}
	defer func() { client.Close(); server.Close(); <-ended; <-ended }()
	remote := run.NewRemote(client)
	assert.Equal(t, fault.Unsupported, fault.CodeOf(remote.Forget(t.Context(), "a")))
	_, err := remote.List(t.Context())
	assert.NoError(t, err)
}
