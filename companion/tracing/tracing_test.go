package tracing_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/journal"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

const id = "4bf92f3577b34da6a3ce929d0e0e4736"

func tracer(t testing.TB) *tracing.Tracer {
	t.Helper()
	tr := tracing.New(tracing.Options{Version: "1", Now: time.Now, Log: logs.Discard()})
	t.Cleanup(func() { assert.NoError(t, tr.Close(context.Background())) })
	return tr
}

// call serves a request that carries a trace.
func call(t testing.TB, tr *tracing.Tracer, method, trace string, serve protocol.HandlerFunc) error {
	t.Helper()
	_, err := tr.Calls(serve).Serve(protocol.Traced(t.Context(), trace), protocol.NewRequest(method, nil, nil))
	return err
}

func names(steps []tracing.Step) (out []string) {
	for _, s := range steps {
		out = append(out, s.Name)
	}
	return out
}

// A view asks; the answer is made by an engine, after the call, with a model server that is asked over HTTP.
func TestATraceGoesFromTheViewToTheModelServer(t *testing.T) {
	tr := tracer(t)
	var parent string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parent = r.Header.Get("Traceparent")
		_, _ = io.WriteString(w, `{"message":{"content":"hi"},"done":false}`+"\n"+`{"message":{"content":""},"done":true,"eval_count":1}`+"\n")
	}))
	defer server.Close()
	gateway := service.NewLocal(tr.Transport(transport.New("kAI/1")), connectors.Definitions(), "kai")
	engine := run.NewEngine(tr.Runs(gateway), journal.New(tr.Store(memstore.New(append(store.Schema(), journal.Schema()...))), record.NewClock("t", time.Now)), run.Options{Now: time.Now, Log: logs.Discard()})
	spec := run.Spec{ID: "r1", Service: service.Spec{Kind: "ollama", URL: server.URL}, Chat: service.ChatRequest{Model: "m", Messages: []service.ChatMessage{{Role: "user", Content: "hello"}}}}
	began := time.Now().Add(-50 * time.Millisecond).UnixMilli()
	trace := id + " popup " + itoa(began) + " message.send"
	require.NoError(t, call(t, tr, "engine.run.start", trace, func(ctx context.Context, _ *protocol.Request) (any, error) {
		return nil, engine.Start(ctx, spec)
	}))
	require.NoError(t, engine.Attach(t.Context(), "r1", 0, func(run.Delta) error { return nil }))
	require.NoError(t, engine.Close(t.Context()))

	steps := tr.Trace(id)
	got := names(steps)
	for _, want := range []string{"popup: message.send", "engine.run.start", "run", "HTTP POST", "store batch"} {
		assert.Contains(t, got, want)
	}
	assert.Equal(t, "popup: message.send", got[0])
	assert.Equal(t, began, steps[0].Start.UnixMilli())
	by := map[string]tracing.Step{}
	for _, s := range steps {
		by[s.Name] = s
	}
	assert.Empty(t, by["popup: message.send"].Parent)
	assert.Equal(t, by["popup: message.send"].ID, by["engine.run.start"].Parent)
	assert.Equal(t, by["engine.run.start"].ID, by["run"].Parent)
	assert.Equal(t, by["run"].ID, by["HTTP POST"].Parent)
	assert.Equal(t, "00-"+id+"-"+by["HTTP POST"].ID+"-01", parent)
	list := tr.Traces()
	require.Len(t, list, 1)
	assert.Equal(t, tracing.Trace{ID: id, Name: "popup: message.send", Start: list[0].Start, Took: list[0].Took, Spans: len(steps)}, list[0])
	assert.GreaterOrEqual(t, list[0].Took, 50.0)
}

func itoa(n int64) string { text, _ := json.Marshal(n); return string(text) }

// What a person or a model wrote, keys, and what an address holds beside its host: none of it is in a span, nor is it sent.
func TestNoSecretIsInATrace(t *testing.T) {
	var sent strings.Builder
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		sent.Write(text)
		assert.Equal(t, "/v1/traces", r.URL.Path)
		assert.Equal(t, "kept safe", r.Header.Get("X-Key"))
	}))
	defer collector.Close()
	environment := map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": collector.URL + "/", "OTEL_EXPORTER_OTLP_HEADERS": "X-Key=kept%20safe"}
	export, err := tracing.ExportFrom(func(name string) string { return environment[name] })
	require.NoError(t, err)
	tr := tracing.New(tracing.Options{Version: "1", Export: export, Now: time.Now, Log: logs.Discard()})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, `{"error":"planted-answer"}`, http.StatusInternalServerError)
	}))
	defer server.Close()
	gateway := tr.Runs(service.NewLocal(tr.Transport(transport.New("kAI/1")), connectors.Definitions(), "kai"))
	outward := tr.Transport(transport.New("kAI/1"))
	address := strings.Replace(server.URL, "http://", "http://planted-user:planted-password@", 1) + "/planted-path?k=planted-query"
	spec := service.Spec{Kind: "ollama", URL: server.URL + "/planted-base", Key: "planted-key"}
	err = call(t, tr, "Planted-Method", id+" planted-view 1 planted.Method-x", func(ctx context.Context, _ *protocol.Request) (any, error) {
		_, err := gateway.Chat(ctx, spec, service.ChatRequest{Model: "planted-model", Messages: []service.ChatMessage{{Role: "user", Content: "planted-question"}}}, func(service.ChatDelta) error { return nil })
		answer, refused := outward.Do(ctx, &service.Request{Method: http.MethodGet, URL: address, Header: map[string]string{"Authorization": "planted-token"}})
		require.NoError(t, refused)
		require.NoError(t, answer.Body.Close())
		return nil, errors.Join(err, fault.New(fault.Invalid, "planted-words").WithRemedy("planted-remedy").WithField("planted-field"))
	})
	require.Error(t, err)
	steps := tr.Trace(id)
	assert.Equal(t, []string{"an unknown method", "run", "HTTP POST", "HTTP GET"}, names(steps))
	assert.NotEmpty(t, steps[0].Fault)
	require.NoError(t, tr.Close(t.Context()))
	kept, err := json.Marshal(map[string]any{"list": tr.Traces(), "steps": steps})
	require.NoError(t, err)
	for _, text := range []string{string(kept), sent.String()} {
		assert.Contains(t, text, id)
		assert.NotContains(t, strings.ToLower(text), "planted")
	}
}

// A service elsewhere would learn which requests belong together.
func TestOnlyServicesOfThisComputerAreToldTheTrace(t *testing.T) {
	for url, told := range map[string]bool{
		"http://127.0.0.1:1/x": true, "http://localhost:1": true, "http://[::1]:1": true, "http://box.localhost": true,
		"https://api.example.com/v1": false, "http://192.168.1.4:11434": false, "http://localhost.example.com": false, "http://127.0.0.1.example.com": false, "::": false,
	} {
		var header map[string]string
		next := exchange(func(_ context.Context, r *service.Request) (*service.Response, error) {
			header = r.Header
			return nil, fault.New(fault.Unavailable, "not there")
		})
		r := &service.Request{Method: http.MethodGet, URL: url}
		_, _ = tracer(t).Transport(next).Do(protocol.Traced(t.Context(), id), r)
		assert.Equal(t, told, header["traceparent"] != "", url)
		assert.Nil(t, r.Header, "the caller's request stays as it was")
	}
}

type exchange func(context.Context, *service.Request) (*service.Response, error)

func (e exchange) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	return e(ctx, r)
}

func TestWhatHasNoTraceIsNotLookedAt(t *testing.T) {
	tr := tracer(t)
	for _, trace := range []string{"", "popup", strings.Repeat("0", 32), strings.ToUpper(id), id[1:], id + " a b c d", id + id} {
		require.NoError(t, call(t, tr, "search", trace, func(context.Context, *protocol.Request) (any, error) { return nil, nil }))
	}
	assert.Empty(t, tr.Traces())
}

func TestATaskIsATraceOfItsOwn(t *testing.T) {
	tr := tracer(t)
	kind := tr.Task(queue.Kind{Name: "backup", Do: func(ctx context.Context, _ *queue.Work) error {
		_, span := tr.Start(ctx, "inside")
		span.End(nil)
		return fault.New(fault.Exhausted, "the disk is full")
	}})
	require.Error(t, kind.Do(t.Context(), queue.NewWork(queue.Task{ID: 7, Kind: "backup"}, nil)))
	list := tr.Traces()
	require.Len(t, list, 1)
	assert.Equal(t, "task backup", list[0].Name)
	assert.Equal(t, "exhausted", list[0].Fault)
	assert.Equal(t, []string{"task backup", "inside"}, names(tr.Trace(list[0].ID)))
}

// A view's clock may be of another computer: a span never begins in the future, nor further back than a call can last.
func TestAViewThatLiesAboutTheTimeIsNotBelieved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, away := range []time.Duration{time.Hour, -time.Hour, 1 << 62} {
			tr := tracer(t)
			require.NoError(t, call(t, tr, "search", id+" tab "+itoa(time.Now().Add(away).UnixMilli()), func(context.Context, *protocol.Request) (any, error) { return nil, nil }))
			assert.Zero(t, tr.Traces()[0].Took)
		}
	})
}

func TestTheMemoryIsBounded(t *testing.T) {
	tr := tracer(t)
	for range tracing.MostSpans + 500 {
		_, span := tr.Begin(t.Context(), "task x")
		span.End(nil)
	}
	assert.Len(t, tr.Traces(), tracing.MostTraces)
	newest := tr.Traces()[0]
	_, span := tr.Begin(t.Context(), "task last")
	span.End(nil)
	assert.Equal(t, "task last", tr.Traces()[0].Name)
	assert.Equal(t, newest.ID, tr.Traces()[1].ID)
}

// While somebody looks for a fault, ten times as much is kept; afterwards it is the latest again.
func TestADebugSessionKeepsMore(t *testing.T) {
	tr := tracer(t)
	tr.Keep(true)
	many := tracing.KeptSpans + 500
	for range many {
		_, span := tr.Begin(t.Context(), "task x")
		span.End(nil)
	}
	kept := tr.Traces()
	assert.Len(t, kept, tracing.KeptTraces)
	tr.Keep(false)
	assert.Equal(t, kept[:tracing.MostTraces], tr.Traces())
	assert.Empty(t, tr.Trace(kept[len(kept)-1].ID))
}

// An answer is saved as long as it is made: its trace tells of the first batches, and leaves room for others'.
func TestATraceTellsOfSomeBatchesAlone(t *testing.T) {
	tr := tracer(t)
	s := tr.Store(memstore.New(store.Schema()))
	clock := record.NewClock("t", time.Now)
	put := func(ctx context.Context, id string) {
		_, err := s.Apply(ctx, store.Put(record.Record{Kind: record.KindSetting, ID: id, Version: clock.Next(), Body: []byte(`{}`)}))
		require.NoError(t, err)
	}
	put(t.Context(), "of-nobody")
	require.NoError(t, call(t, tr, "settings.set", id+" tab 1 settings.set", func(ctx context.Context, _ *protocol.Request) (any, error) {
		for range tracing.MostBatches + 10 {
			put(ctx, "theme")
		}
		_, err := s.Apply(ctx) // asks only
		return nil, err
	}))
	steps := tr.Trace(id)
	assert.Equal(t, []string{"tab: settings.set", "settings.set", "store batch"}, names(steps)[:3])
	assert.Len(t, steps, 2+tracing.MostBatches)
	assert.Equal(t, steps[1].ID, steps[2].Parent)
	assert.Equal(t, map[string]string{"kai.records": "1"}, steps[2].More)
	assert.Len(t, tr.Traces(), 1)
}

// What the program of a browser did by itself stands in the trace with the rest. What it says is believed as far as a view is.
func TestABrowserTellsOfItsSteps(t *testing.T) {
	tr := tracer(t)
	now := time.Now()
	tell := func(s protocol.Step) {
		text, err := json.Marshal(s)
		require.NoError(t, err)
		tr.Step(text)
	}
	at := now.Add(-time.Second).UnixMilli()
	trace := id + " popup " + itoa(at-20) + " message.send"
	tell(protocol.Step{Trace: trace, Name: "message.send", At: at, Took: 30_000, Fault: "not_found"})
	tell(protocol.Step{Trace: trace, Name: protocol.StepBatch, At: at + 5, Took: 2500})
	for name, s := range map[string]protocol.Step{
		"no trace":                {Trace: "planted", Name: "message.send", At: at},
		"no method":               {Trace: trace, Name: "planted words", At: at},
		"in the time to come":     {Trace: trace, Name: "message.send", At: now.Add(time.Hour).UnixMilli()},
		"long ago":                {Trace: trace, Name: "message.send", At: 1},
		"longer than a call is":   {Trace: trace, Name: "message.send", At: at, Took: time.Hour.Microseconds()},
		"over before it began":    {Trace: trace, Name: "message.send", At: at, Took: -1},
		"longer than time itself": {Trace: trace, Name: "message.send", At: at, Took: 1 << 62},
	} {
		tell(s)
		require.Len(t, tr.Trace(id), 3, name)
	}
	tr.Step([]byte("{"))
	steps := tr.Trace(id)
	assert.Equal(t, []string{"popup: message.send", "browser: message.send", "browser: store batch"}, names(steps))
	assert.Equal(t, []float64{20, 30, 2.5}, []float64{steps[0].Took, steps[1].Took, steps[2].Took})
	assert.Equal(t, []string{"", "not_found", ""}, []string{steps[0].Fault, steps[1].Fault, steps[2].Fault})
	assert.Equal(t, steps[0].ID, steps[1].Parent)
	tell(protocol.Step{Trace: trace, Name: "message.send", At: at, Fault: "planted words"})
	for _, s := range tr.Trace(id) {
		assert.NotContains(t, s.Fault, "planted")
	}
}

func TestWhereTracesAreSent(t *testing.T) {
	for name, c := range map[string]struct {
		environment map[string]string
		on          bool
		wrong       string
	}{
		"nothing set":          {nil, false, ""},
		"the base":             {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"}, true, ""},
		"the whole address":    {map[string]string{"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://x.example/otlp"}, true, ""},
		"no address":           {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "localhost:4318"}, false, "write it like"},
		"an address of a file": {map[string]string{"OTEL_EXPORTER_OTLP_ENDPOINT": "file:///etc/passwd"}, false, "OTEL_EXPORTER_OTLP_ENDPOINT"},
	} {
		export, err := tracing.ExportFrom(func(key string) string { return c.environment[key] })
		assert.Equal(t, c.on, export.On(), name)
		if c.wrong == "" {
			require.NoError(t, err, name)
			continue
		}
		text := err.Error() + fault.Public(err).Remedy
		require.Contains(t, text, c.wrong, name)
	}
}

func FuzzOrigin(f *testing.F) {
	for _, seed := range []string{id, id + " popup 1795729194375 message.send", id + " span 00f067aa0ba902b7", id + " tab", "", " "} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		tr := tracer(t)
		require.NoError(t, call(t, tr, "search", text, func(context.Context, *protocol.Request) (any, error) { return nil, nil }))
		for _, one := range tr.Traces() {
			assert.Equal(t, text[:32], one.ID)
			assert.NotEmpty(t, tr.Trace(one.ID))
			assert.GreaterOrEqual(t, one.Took, 0.0)
		}
	})
}

func BenchmarkCall(b *testing.B) {
	for name, trace := range map[string]string{"untraced": "", "traced": id + " popup 1795729194375 search"} {
		b.Run(name, func(b *testing.B) {
			tr := tracer(b)
			h := tr.Calls(protocol.HandlerFunc(func(context.Context, *protocol.Request) (any, error) { return nil, nil }))
			ctx, r := protocol.Traced(b.Context(), trace), protocol.NewRequest("search", nil, nil)
			b.ReportAllocs()
			for b.Loop() {
				_, _ = h.Serve(ctx, r)
			}
		})
	}
}
