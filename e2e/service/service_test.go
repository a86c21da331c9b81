package service_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/run/runtest"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

// TestRealOllama runs against one server; the subtests share it.
func TestRealOllama(t *testing.T) {
	server := model.Start(t)
	line := model.NewLine(t, server)
	out := transport.New("kAI/test")
	t.Cleanup(out.Close)
	w := world{gateway: service.NewLocal(out, connectors.Definitions(), "kai"), line: line, server: server}
	for name, test := range map[string]func(*testing.T, world){
		"both kinds are ready and list the model":              probes,
		"both kinds answer the same words":                     answers,
		"thinking, tools and their results":                    toolsAndThinking,
		"limits and formats are obeyed":                        optionsAreObeyed,
		"pictures reach the server":                            pictures,
		"embeddings":                                           embeddings,
		"what is not there is named":                           missing,
		"a cut line keeps what had come":                       cutLine,
		"something else in its place":                          impostors,
		"a stopped run lets go of the model":                   stoppedRun,
		"a run is left over one connection, joined by another": rejoinedRun,
	} {
		t.Run(name, func(t *testing.T) {
			line.Open()
			test(t, w)
		})
	}
}

type world struct {
	gateway *service.Local
	line    *model.Line
	server  *model.Server
}

func (w world) ollama() service.Spec { return service.Spec{Kind: "ollama", URL: w.line.URL} }
func (w world) openai() service.Spec {
	return service.Spec{Kind: "openai", URL: w.line.URL, Key: "any"}
}

func ask(text string) service.ChatRequest {
	return service.ChatRequest{Model: model.Scripted, Messages: []service.ChatMessage{{Role: "user", Content: text}}}
}

// chat gathers an answer.
func (w world) chat(t *testing.T, s service.Spec, r service.ChatRequest) (whole service.ChatDelta, result service.ChatResult, err error) {
	result, err = w.gateway.Chat(t.Context(), s, r, func(d service.ChatDelta) error {
		whole.Text += d.Text
		whole.Thinking += d.Thinking
		whole.ToolCalls = append(whole.ToolCalls, d.ToolCalls...)
		return nil
	})
	return whole, result, err
}

func probes(t *testing.T, w world) {
	for _, s := range []service.Spec{w.ollama(), w.openai()} {
		health, err := w.gateway.Probe(t.Context(), s)
		require.NoError(t, err)
		assert.Equal(t, service.StateReady, health.State, health.Detail)
		assert.Equal(t, model.Scripted+":latest", health.Models[0].Name)
	}
	for _, seen := range w.line.Requests() {
		assert.Empty(t, seen.Origin, "a stock Ollama would refuse the extension's")
	}
	shown, err := w.gateway.Show(t.Context(), w.ollama(), model.Scripted)
	require.NoError(t, err)
	assert.Subset(t, shown.Capabilities, []string{"completion", "tools", "thinking"})
	assert.Positive(t, shown.Context)
}

func answers(t *testing.T, w world) {
	for _, trigger := range []string{"hello kai", "show me markdown", "say it in unicode", "tell me a story", "nothing it knows"} {
		for _, s := range []service.Spec{w.ollama(), w.openai()} {
			whole, result, err := w.chat(t, s, ask(trigger))
			require.NoError(t, err, trigger)
			assert.Equal(t, model.Answer(trigger), whole.Text, "%s through %s", trigger, s.Kind)
			assert.Equal(t, "stop", result.Reason)
			assert.Positive(t, result.Tokens)
		}
	}
	running, err := w.gateway.Running(t.Context(), w.ollama())
	require.NoError(t, err)
	require.NotEmpty(t, running)
	assert.Equal(t, model.Scripted+":latest", running[0].Name)
}

func toolsAndThinking(t *testing.T, w world) {
	lamp := service.Tool{Name: "set_lamp", Description: "Turns a lamp on or off", Parameters: `{"type":"object","properties":{"room":{"type":"string"},"on":{"type":"boolean"}}}`}
	yes := true
	for _, s := range []service.Spec{w.ollama(), w.openai()} {
		r := ask("turn on the lamp")
		r.Tools = []service.Tool{lamp}
		whole, result, err := w.chat(t, s, r)
		require.NoError(t, err)
		require.Len(t, whole.ToolCalls, 1)
		assert.Equal(t, "tool_calls", result.Reason)
		call := whole.ToolCalls[0]
		assert.Equal(t, "set_lamp", call.Name)
		assert.JSONEq(t, `{"room":"kitchen","on":true}`, call.Arguments)

		r.Messages = append(r.Messages, service.ChatMessage{Role: "assistant", ToolCalls: whole.ToolCalls},
			service.ChatMessage{Role: "tool", Content: "ok", ToolName: call.Name, ToolCallID: call.ID})
		whole, _, err = w.chat(t, s, r)
		require.NoError(t, err)
		assert.Equal(t, model.Answer("<|toolresult|>"), whole.Text)

		r = ask("think about it")
		r.Think = &yes
		whole, _, err = w.chat(t, s, r)
		require.NoError(t, err)
		assert.Equal(t, "First I weigh the options.", whole.Thinking)
		assert.Equal(t, "The answer is 42!", whole.Text)
	}
}

func optionsAreObeyed(t *testing.T, w world) {
	for _, s := range []service.Spec{w.ollama(), w.openai()} {
		r := ask("tell me a story")
		r.MaxTokens = 3
		whole, result, err := w.chat(t, s, r)
		require.NoError(t, err)
		assert.Equal(t, "length", result.Reason, s.Kind)
		assert.True(t, strings.HasPrefix(model.Answer("tell me a story"), whole.Text))
		assert.Equal(t, 3, result.Tokens)
	}
	r := ask("hello kai")
	r.KeepAlive, r.Context = "-1", 256
	_, _, err := w.chat(t, w.ollama(), r)
	require.NoError(t, err)
	running, err := w.gateway.Running(t.Context(), w.ollama())
	require.NoError(t, err)
	require.NotEmpty(t, running)
	assert.Equal(t, 256, running[0].Context)
}

func embeddings(t *testing.T, w world) {
	for _, s := range []service.Spec{w.ollama(), w.openai()} {
		vectors, err := w.gateway.Embed(t.Context(), s, model.Scripted, []string{"hello kai", "turn on the lamp", "x"})
		require.NoError(t, err)
		require.Len(t, vectors, 3)
		assert.NotEmpty(t, vectors[0])
	}
}

func missing(t *testing.T, w world) {
	for _, s := range []service.Spec{w.ollama(), w.openai()} {
		r := ask("hello kai")
		r.Model = "nope"
		_, _, err := w.chat(t, s, r)
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		assert.Contains(t, fault.Public(err).Message, "nope")
	}
	_, err := w.gateway.Show(t.Context(), w.ollama(), "nope")
	assert.Contains(t, fault.Public(err).Remedy, "pull")
	assert.Equal(t, fault.NotFound, fault.CodeOf(w.gateway.Delete(t.Context(), w.ollama(), "nope")))

	err = w.gateway.Pull(t.Context(), w.ollama(), "localhost:1/no/such", func(service.Progress) error { return nil })
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "nobody keeps models there: %v", err)
	assert.NotEmpty(t, fault.Public(err).Remedy)
}

func cutLine(t *testing.T, w world) {
	var text string
	_, err := w.gateway.Chat(t.Context(), w.ollama(), ask("count without end"), func(d service.ChatDelta) error {
		if text += d.Text; len(text) > 50 {
			w.line.Cut()
		}
		return nil
	})
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err), "%v", err)
	assert.NotEmpty(t, fault.Public(err).Remedy)
	assert.True(t, strings.HasPrefix(text, " tick tock tick tock"), text)
}

func impostors(t *testing.T, w world) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		state  service.State
		code   fault.Code
	}{
		"HTML": {func(rw http.ResponseWriter, _ *http.Request) {
			rw.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(rw, "<title>Router</title>")
		}, service.StateWrong, fault.Malformed},
		"403": {func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(403) }, service.StateForbidden, fault.Forbidden},
		"500": {func(rw http.ResponseWriter, _ *http.Request) { http.Error(rw, `{"error":"boom"}`, 500) }, service.StateError, fault.Unavailable},
		"cut inside a character": {func(rw http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(rw, "{\"message\":{\"content\":\"\xf0\x9f")
		}, service.StateWrong, fault.Unavailable},
	} {
		w.line.Replace(c.answer)
		health, err := w.gateway.Probe(t.Context(), w.ollama())
		require.NoError(t, err)
		assert.Equal(t, c.state, health.State, "%s: %s", name, health.Detail)
		_, _, err = w.chat(t, w.ollama(), ask("hello kai"))
		assert.Equal(t, c.code, fault.CodeOf(err), "%s: %v", name, err)
	}
}

func newEngine(t *testing.T, g service.Gateway) *run.Engine {
	e := run.NewEngine(g, runtest.NewJournal(), run.Options{})
	t.Cleanup(func() { assert.NoError(t, e.Close(context.Background())) })
	return e
}

func stoppedRun(t *testing.T, w world) {
	e := newEngine(t, w.gateway)
	require.NoError(t, e.Start(t.Context(), run.Spec{ID: "a", Service: w.ollama(), Chat: ask("count without end")}))
	text, state := "", run.State("")
	require.NoError(t, e.Attach(t.Context(), "a", 0, func(d run.Delta) error {
		text, state = text+d.Text, d.State
		if len(text) > 100 && !state.Ended() {
			return e.Stop(t.Context(), "a")
		}
		return nil
	}))
	assert.Equal(t, run.StateStopped, state)
	w.line.Quiet(t) // the endless answer no longer keeps the model busy

	whole, _, err := w.chat(t, w.ollama(), ask("hello kai"))
	require.NoError(t, err)
	assert.Equal(t, model.Answer("hello kai"), whole.Text)
}

// follow connects to the engine, attaches from a number, and leaves once enough text was seen.
func follow(t *testing.T, e *run.Engine, from int64, enough int) (text string, reached int64, state run.State) {
	near, far := protocol.Pipe()
	client, server := protocol.NewPeer(near, protocol.Options{}), protocol.NewPeer(far, protocol.Options{Handler: run.Methods(e)})
	ended := make(chan struct{}, 2)
	for _, p := range []*protocol.Peer{client, server} {
		go func() { _ = p.Run(context.Background()); ended <- struct{}{} }()
	}
	err := run.NewRemote(client).Attach(t.Context(), "a", from, func(d run.Delta) error {
		text, reached, state = text+d.Text, d.N, d.State
		if len(text) > enough && !state.Ended() {
			client.Close()
		}
		return nil
	})
	if err != nil {
		assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	}
	client.Close()
	server.Close()
	<-ended
	<-ended
	return text, reached, state
}

func rejoinedRun(t *testing.T, w world) {
	e := newEngine(t, w.gateway)
	w.line.Hold(5) // so that the answer is not over before the connection is
	require.NoError(t, e.Start(t.Context(), run.Spec{ID: "a", Service: w.ollama(), Chat: ask("tell me a story")}))
	first, reached, _ := follow(t, e, 0, 20)
	w.line.Open()
	rest, _, state := follow(t, e, reached, 1<<20)
	assert.Equal(t, model.Answer("tell me a story"), first+rest)
	assert.Equal(t, run.StateDone, state)
}
