package lifecycle_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/lifecycle"
)

// diary writes down what happens, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, " ")
}

// step makes a step that writes +name and -name; an optional one has a ? after its name.
func (d *diary) step(name string, needs ...string) lifecycle.Step {
	name, optional := strings.CutSuffix(name, "?")
	return lifecycle.Step{Name: name, Needs: needs, Optional: optional,
		Start: func(context.Context) error { d.add("+" + name); return nil },
		Stop:  func(context.Context) error { d.add("-" + name); return nil }}
}

func failing(s lifecycle.Step) lifecycle.Step {
	s.Start = func(context.Context) error { return fault.New(fault.Unavailable, "no answer").WithRemedy("plug it in") }
	return s
}

func group(t *testing.T, steps ...lifecycle.Step) *lifecycle.Group {
	t.Helper()
	g, err := lifecycle.NewGroup(time.Now, steps...)
	require.NoError(t, err)
	assert.Equal(t, lifecycle.New, g.State())
	return g
}

func TestStepsStartAfterTheirNeedsAndStopInReverse(t *testing.T) {
	var d diary
	g := group(t, d.step("api", "assistant"), d.step("assistant", "store", "engine"), d.step("store"), d.step("engine", "store"))
	require.NoError(t, g.Start(context.Background()))
	assert.Equal(t, lifecycle.Running, g.State())
	assert.Equal(t, "+store +engine +assistant +api", d.String())
	require.NoError(t, g.Stop(context.Background()))
	require.NoError(t, g.Stop(context.Background()), "a second stop does nothing")
	assert.Equal(t, "+store +engine +assistant +api -api -assistant -engine -store", d.String())
	assert.Equal(t, lifecycle.Terminated, g.State())
	<-g.Done()
	assert.Equal(t, fault.Conflict, fault.CodeOf(g.Start(context.Background())), "a group is used once")
}

func TestANeededStepThatFailsTakesTheStartBack(t *testing.T) {
	var d diary
	g := group(t, d.step("a"), d.step("b", "a"), failing(d.step("c", "b")), d.step("d", "c"))
	err := g.Start(context.Background())
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Equal(t, "c did not start: no answer", fault.Public(err).Message)
	assert.Equal(t, "plug it in", fault.Public(err).Remedy)
	assert.Equal(t, "+a +b -b -a", d.String())
	assert.Equal(t, lifecycle.Failed, g.State())
	assert.Equal(t, []lifecycle.StepState{lifecycle.Down, lifecycle.Down, lifecycle.Broken, lifecycle.Waiting}, states(g))
	assert.Error(t, g.Stop(context.Background()), "a stop after a failed start tells the same error")
	assert.Equal(t, "+a +b -b -a", d.String(), "and stops nothing twice")
}

func states(g *lifecycle.Group) []lifecycle.StepState {
	var out []lifecycle.StepState
	for _, s := range g.Status() {
		out = append(out, s.State)
	}
	return out
}

func TestAnOptionalStepThatFailsOnlyDegrades(t *testing.T) {
	var d diary
	g := group(t, d.step("store"), failing(d.step("voice?", "store")), d.step("wake?", "voice"), d.step("api", "store"))
	require.NoError(t, g.Start(context.Background()))
	assert.Equal(t, "+store +api", d.String())
	assert.Equal(t, []lifecycle.StepState{lifecycle.Up, lifecycle.Degraded, lifecycle.Degraded, lifecycle.Up}, states(g))
	assert.ErrorContains(t, g.Status()[1].Err, "no answer")
	assert.ErrorContains(t, g.Status()[2].Err, "voice")
	require.NoError(t, g.Stop(context.Background()))
	assert.Equal(t, "+store +api -api -store", d.String(), "what did not start is not stopped")
}

func TestWrongStepsAreRefused(t *testing.T) {
	var d diary
	for name, c := range map[string]struct {
		steps []lifecycle.Step
		says  string
	}{
		"circle":          {[]lifecycle.Step{d.step("a", "b"), d.step("b", "c"), d.step("c", "a")}, "a needs b needs c needs a"},
		"itself":          {[]lifecycle.Step{d.step("a", "a")}, "a needs a"},
		"unknown":         {[]lifecycle.Step{d.step("a", "ghost")}, "ghost"},
		"twice":           {[]lifecycle.Step{d.step("a"), d.step("a")}, "two steps named a"},
		"no name":         {[]lifecycle.Step{d.step("")}, "no name"},
		"needs an option": {[]lifecycle.Step{d.step("a?"), d.step("b", "a")}, "optional"},
	} {
		_, err := lifecycle.NewGroup(time.Now, c.steps...)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), name)
		assert.ErrorContains(t, err, c.says, name)
	}
}

func TestStopWithoutStartTerminates(t *testing.T) {
	var d diary
	g := group(t, d.step("a"))
	require.NoError(t, g.Stop(context.Background()))
	assert.Equal(t, lifecycle.Terminated, g.State())
	assert.Equal(t, fault.Conflict, fault.CodeOf(g.Start(context.Background())))
	assert.Empty(t, d.String())
}

func TestStopDuringStartEndsTheStart(t *testing.T) {
	var d diary
	reached := make(chan struct{})
	slow := lifecycle.Step{Name: "slow", Needs: []string{"a"}, Start: func(ctx context.Context) error {
		close(reached)
		<-ctx.Done()
		return ctx.Err()
	}}
	g := group(t, d.step("a"), slow, d.step("b", "slow"))
	started := make(chan error, 1)
	go func() { started <- g.Start(context.Background()) }()
	<-reached
	require.NoError(t, g.Stop(context.Background()))
	assert.Equal(t, fault.Canceled, fault.CodeOf(<-started))
	assert.Equal(t, "+a -a", d.String())
	assert.Equal(t, lifecycle.Failed, g.State())
}

func TestAStopThatFailsDoesNotKeepTheOthersUp(t *testing.T) {
	var d diary
	bad := d.step("bad", "a")
	bad.Stop = func(context.Context) error { panic("ouch") }
	g := group(t, d.step("a"), bad, d.step("c", "bad"))
	require.NoError(t, g.Start(context.Background()))
	err := g.Stop(context.Background())
	assert.Equal(t, fault.Internal, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "ouch", "the log has the panic")
	assert.NotContains(t, fault.Public(err).Message, "ouch", "people do not")
	assert.Equal(t, "+a +bad +c -c -a", d.String(), "the others were stopped")
	assert.Equal(t, lifecycle.Failed, g.State())
}

func TestConcurrentStopsAllWait(t *testing.T) {
	var d diary
	g := group(t, d.step("a"), d.step("b", "a"))
	require.NoError(t, g.Start(context.Background()))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			assert.NoError(t, g.Stop(context.Background()))
			assert.Equal(t, lifecycle.Terminated, g.State())
		})
	}
	wg.Wait()
	assert.Equal(t, "+a +b -b -a", d.String())
}

func TestAStepThatFailsWhileUpIsStoppedInItsTurn(t *testing.T) {
	var d diary
	g := group(t, d.step("a"), d.step("o?", "a"), d.step("b", "a"))
	require.NoError(t, g.Start(context.Background()))
	g.Fail("o", errors.New("gone"))
	assert.Equal(t, lifecycle.Degraded, g.Status()[1].State)
	select {
	case <-g.Broken():
		t.Fatal("an optional step does not break the group")
	default:
	}
	g.Fail("b", errors.New("gone too"))
	<-g.Broken()
	assert.Equal(t, lifecycle.Running, g.State(), "the owner decides when to stop")
	g.Fail("b", errors.New("again"))
	g.Fail("ghost", errors.New("again"))
	require.NoError(t, g.Stop(context.Background()))
	assert.Equal(t, "+a +o +b -b -o -a", d.String())
}

func TestTookComesFromTheGivenClock(t *testing.T) {
	now := time.Unix(0, 0)
	var d diary
	s := d.step("a")
	s.Start = func(context.Context) error { now = now.Add(3 * time.Second); return nil }
	g, err := lifecycle.NewGroup(func() time.Time { return now }, s)
	require.NoError(t, err)
	require.NoError(t, g.Start(context.Background()))
	assert.Equal(t, 3*time.Second, g.Status()[0].Took)
	require.NoError(t, g.Stop(context.Background()))
	assert.Equal(t, 3*time.Second, g.Status()[0].Took, "a stop keeps it")
}

func TestACrewWaitsForItsGoroutinesAndTurnsPanicsIntoErrors(t *testing.T) {
	failures := make(chan string, 3)
	crew := lifecycle.NewCrew(context.Background(), func(name string, err error) {
		failures <- name + " " + string(fault.CodeOf(err))
	})
	ended := make(chan struct{})
	require.NoError(t, crew.Go("waits", func(ctx context.Context) error {
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}))
	require.NoError(t, crew.Go("panics", func(context.Context) error { panic("x") }))
	assert.Equal(t, "panics internal", <-failures)
	require.NoError(t, crew.Stop(context.Background()))
	<-ended
	assert.Empty(t, failures, "ending with the context is no failure")
	assert.Equal(t, fault.Unavailable, fault.CodeOf(crew.Go("late", func(context.Context) error { return nil })))
	require.NoError(t, crew.Stop(context.Background()))
}

func TestACrewsStopGivesUpWithItsContext(t *testing.T) {
	crew := lifecycle.NewCrew(context.Background(), nil)
	release := make(chan struct{})
	require.NoError(t, crew.Go("stubborn", func(context.Context) error { <-release; return nil }))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	assert.Equal(t, fault.Canceled, fault.CodeOf(crew.Stop(ctx)))
	close(release)
	require.NoError(t, crew.Stop(context.Background()))
}
