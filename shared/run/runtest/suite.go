package runtest

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// Run holds a Runner to what every Runner promises. Open makes a fresh one over g and closes it when the test ends.
func Run(t *testing.T, open func(t testing.TB, g service.Gateway) run.Runner) {
	for name, test := range map[string]func(*stage){
		"deltas are numbered without gaps, the last says how it ended": numbered,
		"a late reader gets what it missed, from any number":           replayed,
		"a finished run can be read again":                             readAgain,
		"any number of readers see the same":                           manyReaders,
		"a slow reader gets deltas merged and holds nobody up":         slowReader,
		"thinking and tool calls travel too":                           allParts,
		"stop ends it for everybody, at once":                          stopped,
		"an id started twice is one run":                               startedTwice,
		"a service's fault ends it, what had come is kept":             failed,
		"what is not known is told":                                    unknown,
		"a reader that leaves does not end the run":                    readerLeaves,
		"runs are listed":                                              listed,
		"what is forgotten is gone, also one that goes on":             forgotten,
	} {
		t.Run(name, func(t *testing.T) {
			g := NewGateway()
			test(&stage{T: t, gateway: g, runner: open(t, g)})
		})
	}
}

type stage struct {
	*testing.T
	gateway *Gateway
	runner  run.Runner
}

// start begins a run and returns the chat behind it.
func (s *stage) start(id string) *Chat {
	s.Helper()
	spec := run.Spec{ID: id, Service: service.Spec{Kind: "ollama", URL: "http://localhost", Key: "k"}, Chat: service.ChatRequest{Model: "m", Messages: []service.ChatMessage{{Role: "user", Content: "hi"}}}}
	ctx, cancel := context.WithCancel(s.Context())
	check(s, s.runner.Start(ctx, spec))
	cancel() // a run outlives the call that started it
	c := <-s.gateway.Chats
	if c.Spec.Key != "k" || c.Request.Messages[0].Content != "hi" {
		s.Fatalf("asked for %+v", c)
	}
	return c
}

// reader follows a run in a goroutine of its own.
type reader struct {
	deltas chan run.Delta
	done   chan error
}

func (s *stage) follow(id string, from int64) *reader {
	r := &reader{deltas: make(chan run.Delta, 4096), done: make(chan error, 1)}
	go func() {
		r.done <- s.runner.Attach(s.Context(), id, from, func(d run.Delta) error { r.deltas <- d; return nil })
	}()
	return r
}

// all waits for the end and returns every delta.
func (r *reader) all(t testing.TB) (out []run.Delta) {
	t.Helper()
	check(t, <-r.done)
	close(r.deltas)
	for d := range r.deltas {
		out = append(out, d)
	}
	return out
}

// until waits for the delta numbered n.
func (r *reader) until(n int64) {
	for d := range r.deltas {
		if d.N >= n {
			return
		}
	}
}

func text(deltas []run.Delta) string {
	var b strings.Builder
	for _, d := range deltas {
		b.WriteString(d.Text)
	}
	return b.String()
}

func words() []string {
	return []string{"Hello", " \u4e16\u754c", "!", " It", " is", " \U0001f642", "."}
}

func numbered(s *stage) {
	c := s.start("a")
	r := s.follow("a", 0)
	for i, word := range words() {
		c.Say(word)
		d := <-r.deltas
		if d.N != int64(i+1) || d.Text != word || d.State != "" {
			s.Fatalf("delta %+v after %q", d, word)
		}
	}
	c.End(service.ChatResult{Reason: "stop", Tokens: 9, PromptTokens: 3, Took: 1e9}, nil)
	rest := r.all(s)
	if len(rest) != 1 || rest[0].N != int64(len(words())+1) || rest[0].State != run.StateDone || rest[0].Stats == nil {
		s.Fatalf("the end is %+v", rest)
	}
	if got := *rest[0].Stats; got.Tokens != 9 || got.PromptTokens != 3 || got.TokensPerSecond != 9 || got.Reason != "stop" {
		s.Fatalf("stats are %+v", got)
	}
}

func replayed(s *stage) {
	c := s.start("a")
	c.Say(words()[:4]...)
	s.follow("a", 0).until(4)
	var readers []*reader
	for from := range int64(5) {
		readers = append(readers, s.follow("a", from))
	}
	c.Say(words()[4:]...)
	c.End(service.ChatResult{Reason: "stop"}, nil)
	for from, r := range readers {
		got, last := r.all(s), int64(from)
		for _, d := range got {
			if d.N <= last {
				s.Fatalf("delta %d after %d", d.N, last)
			}
			last = d.N
		}
		if want := strings.Join(words()[from:], ""); text(got) != want || !got[len(got)-1].State.Ended() || last != int64(len(words())+1) {
			s.Fatalf("from %d: %+v, want %q", from, got, want)
		}
	}
}

func readAgain(s *stage) {
	c := s.start("a")
	live := s.follow("a", 0)
	c.Say(words()...)
	c.End(service.ChatResult{Reason: "stop"}, nil)
	live.all(s)
	for from := range int64(len(words())) {
		got := s.follow("a", from).all(s)
		if len(got) != 1 || got[0].Text != strings.Join(words()[from:], "") || got[0].State != run.StateDone || got[0].N != int64(len(words())+1) {
			s.Fatalf("from %d: %+v", from, got)
		}
	}
	if got := s.follow("a", int64(len(words())+1)).all(s); len(got) != 0 {
		s.Fatalf("after the end: %+v", got)
	}
	if got := s.follow("a", 99).all(s); len(got) != 1 || got[0].N != 100 || got[0].State != run.StateDone || got[0].Text != "" {
		s.Fatalf("a reader who is ahead learns of the end: %+v", got)
	}
	if got := s.follow("a", -5).all(s); text(got) != strings.Join(words(), "") {
		s.Fatalf("from a number below 0: %+v", got)
	}
}

func manyReaders(s *stage) {
	c := s.start("a")
	var readers []*reader
	for range 20 {
		readers = append(readers, s.follow("a", 0))
	}
	c.Say(words()...)
	c.End(service.ChatResult{}, nil)
	for _, r := range readers {
		if got := r.all(s); text(got) != strings.Join(words(), "") {
			s.Fatalf("%+v", got)
		}
	}
}

// slowReader says far more than any buffer between holds while the reader sits still.
func slowReader(s *stage) {
	c := s.start("a")
	const many = 5000
	var got []run.Delta
	held, release, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		done <- s.runner.Attach(s.Context(), "a", 0, func(d run.Delta) error {
			once.Do(func() { close(held); <-release })
			got = append(got, d)
			return nil
		})
	}()
	c.Say("0 ")
	<-held
	want := "0 "
	for i := range many {
		word := strconv.Itoa(i) + " "
		c.Say(word)
		want += word
	}
	c.End(service.ChatResult{}, nil)
	close(release)
	check(s, <-done)
	if text(got) != want || len(got) > many/10 || got[len(got)-1].N != many+2 {
		s.Fatalf("%d deltas, the last %d, same text: %v", len(got), got[len(got)-1].N, text(got) == want)
	}
}

func allParts(s *stage) {
	c := s.start("a")
	call := service.ToolCall{ID: "1", Name: "f", Arguments: `{"a":1}`}
	c.Delta(service.ChatDelta{Thinking: "hm"})
	c.Delta(service.ChatDelta{ToolCalls: []service.ToolCall{call}})
	c.Delta(service.ChatDelta{}) // says nothing and is no delta
	c.Say("ok")
	c.End(service.ChatResult{Reason: "tool_calls"}, nil)
	s.follow("a", 0).all(s)
	got := s.follow("a", 0).all(s)
	if len(got) != 1 || got[0].N != 4 || got[0].Thinking != "hm" || got[0].Text != "ok" || len(got[0].ToolCalls) != 1 || got[0].ToolCalls[0] != call {
		s.Fatalf("%+v", got)
	}
	if got := s.follow("a", 2).all(s); len(got) != 1 || got[0].Thinking != "" || len(got[0].ToolCalls) != 0 || got[0].Text != "ok" {
		s.Fatalf("%+v", got)
	}
}

func stopped(s *stage) {
	c := s.start("a")
	readers := []*reader{s.follow("a", 0), s.follow("a", 0)}
	c.Say("Hello")
	for _, r := range readers {
		r.until(1)
	}
	check(s, s.runner.Stop(s.Context(), "a"))
	for _, r := range readers {
		got := r.all(s)
		if end := got[len(got)-1]; end.State != run.StateStopped || end.Fault != nil || end.N != 2 || end.Stats == nil {
			s.Fatalf("%+v", end)
		}
	}
	<-c.Gone
	check(s, s.runner.Stop(s.Context(), "a"))
	if got := s.follow("a", 0).all(s); text(got) != "Hello" {
		s.Fatalf("what had come is lost: %+v", got)
	}
}

func startedTwice(s *stage) {
	c := s.start("a")
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if err := s.runner.Start(s.Context(), run.Spec{ID: "a"}); err != nil {
				s.Error(err)
			}
		})
	}
	both.Wait()
	c.Say("one")
	c.End(service.ChatResult{}, nil)
	if got := s.follow("a", 0).all(s); text(got) != "one" {
		s.Fatalf("%+v", got)
	}
	check(s, s.runner.Start(s.Context(), run.Spec{ID: "a"})) // also after its end
	if len(s.gateway.Chats) != 0 {
		s.Fatal("asked more than once")
	}
}

func failed(s *stage) {
	c := s.start("a")
	c.Say("Hal")
	c.End(service.ChatResult{}, fault.New(fault.NotFound, "no such model").WithField("model").WithRemedy("pull it"))
	got := s.follow("a", 0).all(s)
	end := got[len(got)-1]
	if text(got) != "Hal" || end.State != run.StateFailed || end.Fault == nil || end.Fault.Code != fault.NotFound || end.Fault.Remedy != "pull it" {
		s.Fatalf("%+v", got)
	}
	c = s.start("b")
	c.End(service.ChatResult{}, errors.New("secret inner words"))
	got = s.follow("b", 0).all(s)
	if f := got[0].Fault; f == nil || f.Code != fault.Internal || strings.Contains(f.Message, "secret") {
		s.Fatalf("%+v", got)
	}
}

func unknown(s *stage) {
	never := func(run.Delta) error { s.Error("a delta of nothing"); return nil }
	if err := s.runner.Attach(s.Context(), "nope", 0, never); fault.CodeOf(err) != fault.NotFound {
		s.Error(err)
	}
	if err := s.runner.Stop(s.Context(), "nope"); fault.CodeOf(err) != fault.NotFound {
		s.Error(err)
	}
	for _, id := range []string{"", strings.Repeat("x", 1000), "two words", "\u4e16"} {
		if err := s.runner.Start(s.Context(), run.Spec{ID: id}); fault.CodeOf(err) != fault.Invalid || fault.Public(err).Field != "id" {
			s.Error(err)
		}
	}
}

func readerLeaves(s *stage) {
	c := s.start("a")
	ctx, cancel := context.WithCancel(s.Context())
	c.Say("one")
	err := s.runner.Attach(ctx, "a", 0, func(run.Delta) error { cancel(); return nil })
	if fault.CodeOf(err) != fault.Canceled {
		s.Error(err)
	}
	enough := errors.New("enough")
	if err := s.runner.Attach(s.Context(), "a", 0, func(run.Delta) error { return enough }); !errors.Is(err, enough) {
		s.Error(err)
	}
	c.Say(" two")
	c.End(service.ChatResult{}, nil)
	if got := s.follow("a", 1).all(s); text(got) != " two" {
		s.Fatalf("%+v", got)
	}
}

func listed(s *stage) {
	s.start("b")
	c := s.start("a")
	c.Say("x")
	c.End(service.ChatResult{}, nil)
	s.follow("a", 0).all(s)
	got, err := s.runner.List(s.Context())
	check(s, err)
	if len(got) != 2 || got[0] != (run.Status{ID: "a", State: run.StateDone, N: 2}) || got[1] != (run.Status{ID: "b", State: run.StateRunning}) {
		s.Fatalf("%+v", got)
	}
}

func forgotten(s *stage) {
	ended, going, other := s.start("ended"), s.start("going"), s.start("other")
	ended.Say("Hello")
	ended.End(service.ChatResult{}, nil)
	s.follow("ended", 0).all(s)
	reader := s.follow("going", 0)
	going.Say("Hello")
	reader.until(1)
	check(s, s.runner.Forget(s.Context(), "ended", "going", "never-there"))
	<-going.Gone
	if got := reader.all(s); got[len(got)-1].State != run.StateStopped {
		s.Fatalf("its reader saw %+v", got)
	}
	for _, id := range []string{"ended", "going"} {
		if err := s.runner.Attach(s.Context(), id, 0, func(run.Delta) error { return nil }); fault.CodeOf(err) != fault.NotFound {
			s.Fatalf("%s: %v", id, err)
		}
	}
	got, err := s.runner.List(s.Context())
	check(s, err)
	if len(got) != 1 || got[0].ID != "other" {
		s.Fatalf("%+v", got)
	}
	check(s, s.runner.Forget(s.Context()))
	other.End(service.ChatResult{}, nil)
}
