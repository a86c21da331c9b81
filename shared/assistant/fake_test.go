package assistant

import (
	"context"
	"encoding/json"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/described"
	"github.com/kindos/kai/shared/service/exchange"
	"github.com/kindos/kai/shared/service/ollama"
	"github.com/kindos/kai/shared/service/openai"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/shared/tool"
)

// fakeGateway answers with its functions; a missing one answers an empty success.
type fakeGateway struct {
	service.Gateway
	probe func(ctx context.Context, s service.Spec) (service.Health, error)
	show  func(ctx context.Context, s service.Spec, model string) (service.Model, error)
	pull  func(ctx context.Context, s service.Spec, model string, report func(service.Progress) error) error

	chat        func(r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error)
	chatContext func(ctx context.Context, emit func(service.ChatDelta) error) (service.ChatResult, error) // instead

	unloaded bool
}

func (g *fakeGateway) Chat(ctx context.Context, _ service.Spec, r service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	if g.chatContext != nil {
		return g.chatContext(ctx, emit)
	}
	return g.chat(r, emit)
}

func (g *fakeGateway) Probe(ctx context.Context, s service.Spec) (service.Health, error) {
	if g.probe == nil {
		return service.Health{State: service.StateReady, Models: []service.Model{{Name: "tiny"}}, Millis: 3}, nil
	}
	return g.probe(ctx, s)
}

func (g *fakeGateway) Show(ctx context.Context, s service.Spec, model string) (service.Model, error) {
	if g.show == nil {
		return service.Model{Name: model}, nil
	}
	return g.show(ctx, s, model)
}

func (g *fakeGateway) Pull(ctx context.Context, s service.Spec, model string, report func(service.Progress) error) error {
	if g.pull == nil {
		return report(service.Progress{Status: "success"})
	}
	return g.pull(ctx, s, model, report)
}

func (g *fakeGateway) Running(context.Context, service.Spec) ([]service.Model, error) {
	if g.unloaded {
		return nil, nil
	}
	return []service.Model{{Name: "m", Memory: 5}}, nil
}

func (g *fakeGateway) Unload(context.Context, service.Spec, string) error {
	g.unloaded = true
	return nil
}

func (g *fakeGateway) Delete(context.Context, service.Spec, string) error { return nil }

// fakeRunner is an engine whose answers a test speaks. Its connection can be cut.
type fakeRunner struct {
	mu      sync.Mutex // guards everything below
	specs   map[string]run.Spec
	deltas  map[string][]run.Delta
	changed chan struct{}
	cut     bool
	gone    map[string]bool // forgotten
	old     bool            // it cannot forget
	starts  int
	stopped []string
	stop    func(id string) error // instead of ending the run
}

func newFakeRunner() *fakeRunner {
	return &fakeRunner{specs: map[string]run.Spec{}, gone: map[string]bool{}, deltas: map[string][]run.Delta{}, changed: make(chan struct{})}
}

func (r *fakeRunner) signalLocked() {
	close(r.changed)
	r.changed = make(chan struct{})
}

func (r *fakeRunner) Start(_ context.Context, s run.Spec) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cut {
		return fault.New(fault.Unavailable, "the connection is cut")
	}
	r.starts++
	r.specs[s.ID] = s
	r.signalLocked()
	return nil
}

func (r *fakeRunner) Attach(ctx context.Context, id string, from int64, each func(run.Delta) error) error {
	for {
		r.mu.Lock()
		known := r.specs[id].ID != "" && !r.gone[id]
		cut, changed := r.cut, r.changed
		var todo []run.Delta
		for _, d := range r.deltas[id] {
			if d.N > from {
				todo = append(todo, d)
			}
		}
		r.mu.Unlock()
		if cut {
			return fault.New(fault.Unavailable, "the connection is cut")
		}
		if !known {
			return fault.New(fault.NotFound, "no such run")
		}
		for _, d := range todo {
			if err := each(d); err != nil {
				return err
			}
			if from = d.N; d.State.Ended() {
				return nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (r *fakeRunner) Stop(_ context.Context, id string) error {
	r.mu.Lock()
	cut, stop, _, known := r.cut, r.stop, 0, r.specs[id].ID != ""
	r.mu.Unlock()
	if cut {
		return fault.New(fault.Unavailable, "the connection is cut")
	}
	if !known {
		return fault.New(fault.NotFound, "no such run")
	}
	r.mu.Lock()
	r.stopped = append(r.stopped, id)
	r.mu.Unlock()
	if stop != nil {
		return stop(id)
	}
	r.end(id, run.StateStopped)
	return nil
}

func (r *fakeRunner) List(context.Context) ([]run.Status, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []run.Status
	for id := range r.specs {
		if r.gone[id] {
			continue
		}
		out = append(out, run.Status{ID: id, N: int64(len(r.deltas[id]))})
	}
	return out, nil
}

func (r *fakeRunner) Forget(_ context.Context, ids ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.cut:
		return fault.New(fault.Unavailable, "the connection is cut")
	case r.old:
		return fault.New(fault.Unsupported, "not known")
	}
	for _, id := range ids {
		r.gone[id] = true
	}
	r.signalLocked()
	return nil
}

// knows lists the runs that are kept.
func (r *fakeRunner) knows() (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id := range r.specs {
		if !r.gone[id] {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (r *fakeRunner) put(id string, d run.Delta) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if list := r.deltas[id]; len(list) > 0 && list[len(list)-1].State.Ended() {
		return
	}
	d.N = int64(len(r.deltas[id]) + 1)
	r.deltas[id] = append(r.deltas[id], d)
	r.signalLocked()
}

func (r *fakeRunner) say(id string, texts ...string) {
	for _, text := range texts {
		r.put(id, run.Delta{Text: text})
	}
}

func (r *fakeRunner) end(id string, state run.State) {
	r.put(id, run.Delta{State: state, Stats: &run.Stats{Tokens: 7, Reason: "stop"}})
}

func (r *fakeRunner) setCut(cut bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.cut = cut
	r.signalLocked()
}

func (r *fakeRunner) spec(id string) run.Spec {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.specs[id]
}

func (r *fakeRunner) stops() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.stopped...)
}

// flakyStore fails writes while fail is set, and can be slow to hand over what it read.
type flakyStore struct {
	store.Store
	read func()     // called when a list was read, before it is handed over; may be nil
	mu   sync.Mutex // guards fail
	fail error
}

func (s *flakyStore) List(ctx context.Context, q store.Query) (store.Page, error) {
	page, err := s.Store.List(ctx, q)
	if s.read != nil {
		s.read()
	}
	return page, err
}

func (s *flakyStore) setFail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = err
}

func (s *flakyStore) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	s.mu.Lock()
	err := s.fail
	s.mu.Unlock()
	if err != nil {
		return store.Result{}, err
	}
	return s.Store.Apply(ctx, batch...)
}

// world is an assistant with everything around it faked, except the store.
type world struct {
	t       testing.TB
	a       *Assistant
	store   *flakyStore
	gateway *fakeGateway
	here    *fakeRunner
	kai     *fakeRunner // nil until the companion connects
	now     func() time.Time
	clock   *record.Clock
	tool    func(ctx context.Context, c tool.Call) (string, error)
	keys    Keys

	mu   sync.Mutex // guards news and kai
	news []News
}

// newWorld starts an assistant over a fresh store, with one service ("tiny" is its model).
func newWorld(t testing.TB) *world {
	w := &world{t: t, store: &flakyStore{Store: memstore.New(store.Schema())}, gateway: &fakeGateway{}, here: newFakeRunner(), now: time.Now}
	w.clock = record.NewClock("test", func() time.Time { return w.now() })
	w.start()
	w.connect("ollama", "http://localhost:11434")
	return w
}

func (w *world) start() {
	w.a = New(Deps{
		Store: w.store, Clock: w.clock, Gateway: w.gateway, Runners: w.runners, Now: func() time.Time { return w.now() },
		Kinds: kindsForTest(), Publish: w.take, Mode: "browser", UIMode: "all", Version: "1.2.3", Instance: "one", Keys: w.keys, Tools: func(ctx context.Context, c tool.Call) (string, error) { return w.tool(ctx, c) },
	})
	require.NoError(w.t, w.a.Start(context.Background()))
	a := w.a
	w.t.Cleanup(func() { _ = a.Close(context.Background()) })
}

// restart is the end of one runtime and the start of the next: engines that lived in it are gone.
func (w *world) restart() {
	require.NoError(w.t, w.a.Close(context.Background()))
	w.here = newFakeRunner()
	w.start()
}

func kindsForTest() []service.Definition {
	return []service.Definition{
		openai.Definitions(exchange.DefaultLimits())[0],
		{Kind: "ollama", Name: "Ollama", DefaultURL: "http://localhost:11434", Get: "ollama.com", New: ollama.Definition(exchange.DefaultLimits()).New},
		described.As("n8n", ollama.Definition(exchange.DefaultLimits()).New),
		{Kind: service.BuiltIn, Name: "This browser", DefaultURL: "http://built-in.invalid", New: ollama.Definition(exchange.DefaultLimits()).New},
	}
}

func (w *world) runners() (here, companion run.Runner) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kai == nil {
		return w.here, nil
	}
	return w.here, w.kai
}

func (w *world) setKai(r *fakeRunner) {
	w.mu.Lock()
	w.kai = r
	w.mu.Unlock()
	state := CompanionAbsent
	if r != nil {
		state = CompanionConnected
	}
	w.a.CompanionChanged(context.Background(), CompanionState{State: state})
}

func (w *world) take(n News) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.news = append(w.news, n)
}

func (w *world) allNews() []News {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]News(nil), w.news...)
}

// try asks as a view does: through JSON, both ways.
func try[Out any](w *world, method string, in any) (Out, error) {
	return tryEmit[Out](w, method, in, nil)
}

func tryEmit[Out any](w *world, method string, in any, emit func(context.Context, any) error) (Out, error) {
	var out Out
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	reply, err := w.a.serve(WithView(context.Background(), "popup"), call{method, body, emit})
	if err != nil {
		return out, err
	}
	text, err := json.Marshal(reply)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(text, &out))
	return out, nil
}

// ask is try for what must succeed.
func ask[Out any](w *world, method string, in any) Out {
	w.t.Helper()
	out, err := try[Out](w, method, in)
	require.NoError(w.t, err, method)
	return out
}

func (w *world) connect(kind, url string) ServiceView {
	return ask[ServiceView](w, MethodServiceAdd, PutService{Kind: kind, URL: url})
}

func (w *world) send(text string) Sent { return ask[Sent](w, MethodMessageSend, Send{Text: text}) }

// answered sends and lets the model answer.
func (w *world) answered(in Send, answer string) Sent {
	sent := ask[Sent](w, MethodMessageSend, in)
	w.here.say(sent.Run, answer)
	w.here.end(sent.Run, run.StateDone)
	synctest.Wait()
	return sent
}

func (w *world) messages(conversation string) []Message {
	return ask[MessagePage](w, MethodMessageList, ListMessages{Conversation: conversation}).Messages
}

// stored reads a message past the assistant.
func (w *world) stored(id string) Message {
	records, err := w.store.Get(context.Background(), record.Key{Kind: record.KindMessage, ID: id})
	require.NoError(w.t, err)
	var m Message
	if len(records[0].Body) > 0 {
		require.NoError(w.t, json.Unmarshal(records[0].Body, &m))
	}
	return m
}

// timeless runs a test in a bubble where time is the test's: waiting takes none.
func timeless(t *testing.T, test func(t *testing.T, w *world)) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		synctest.Wait() // the first probe is done
		test(t, w)
	})
}

type ctxIgnored = context.Context

func newClockForTest(w *world) *record.Clock {
	return record.NewClock("later", func() time.Time { return w.now() })
}
