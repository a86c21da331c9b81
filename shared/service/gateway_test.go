package service_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
	"github.com/kindos/kai/shared/service/servicetest"
)

// script is a whole Ollama in miniature.
func script() map[string]servicetest.Answer {
	return map[string]servicetest.Answer{
		"GET /api/version":   {Body: `{"version":"1"}`},
		"GET /api/tags":      {Body: `{"models":[{"name":"m"}]}`},
		"GET /api/ps":        {Body: `{"models":[]}`},
		"POST /api/show":     {Body: `{"capabilities":["tools"]}`},
		"POST /api/embed":    {Body: `{"embeddings":[[1,0.5]]}`},
		"DELETE /api/delete": {},
		"POST /api/generate": {Body: `{"done":true,"done_reason":"unload"}`},
		"POST /api/pull":     {Body: `{"status":"pulling manifest"}` + "\n" + `{"status":"success"}`},
		"POST /api/chat":     {Body: `{"message":{"content":"Hel"}}` + "\n" + `{"message":{"content":"lo"}}` + "\n" + `{"done":true,"done_reason":"stop","eval_count":2}`},
		"GET /v1/models":     {Body: `{"data":[]}`},
	}
}

func local(via string) (*service.Local, *servicetest.Transport) {
	t := servicetest.New(script())
	return service.NewLocal(t, connectors.Definitions(), via), t
}

var spec = service.Spec{Kind: "ollama", URL: "http://localhost:11434", Key: "sk-1"} //nolint:gochecknoglobals // read only

// remote gives the gateway at the far end of a connection to one that serves g.
func remote(t testing.TB, g service.Gateway) (*service.Remote, *protocol.Peer) {
	near, far := protocol.Pipe()
	client, server := protocol.NewPeer(near, protocol.Options{}), protocol.NewPeer(far, protocol.Options{Handler: service.Methods(g)})
	ended := make(chan struct{}, 2)
	for _, p := range []*protocol.Peer{server, client} {
		go func() { _ = p.Run(context.Background()); ended <- struct{}{} }()
	}
	t.Cleanup(func() { client.Close(); server.Close(); <-ended; <-ended })
	return service.NewRemote(client), client
}

// What names a key in the vault of kai is no key: a browser without kai sends it to nobody, and says where the key is.
func TestAKeyOfTheVaultIsSentToNobody(t *testing.T) {
	here, sent := local("runtime")
	s := spec
	s.Key = "vault:work"
	health, err := service.NewSwitch(here, func() service.Gateway { return nil }).Probe(t.Context(), s)
	require.NoError(t, err)
	assert.Equal(t, service.StateLocked, health.State)
	assert.Contains(t, health.Detail, "vault of kai")
	_, err = here.Chat(t.Context(), s, service.ChatRequest{Model: "m"}, func(service.ChatDelta) error { return nil })
	f := fault.Public(err)
	assert.Equal(t, []any{fault.Locked, "start kai"}, []any{f.Code, f.Remedy})
	assert.Empty(t, sent.Asked())
}

// TestGateways holds every gateway to the same behaviour.
func TestGateways(t *testing.T) {
	here, _ := local("runtime")
	there, _ := local("kai")
	far, _ := remote(t, there)
	for name, c := range map[string]struct {
		gateway service.Gateway
		via     string
	}{
		"local":                    {here, "runtime"},
		"remote":                   {far, "kai"},
		"switch with companion":    {service.NewSwitch(here, func() service.Gateway { return far }), "kai"},
		"switch without companion": {service.NewSwitch(here, func() service.Gateway { return nil }), "runtime"},
	} {
		t.Run(name, func(t *testing.T) { everyQuestion(t, c.gateway, c.via) })
		t.Run(name+", wrong questions", func(t *testing.T) { wrongQuestions(t, c.gateway) })
	}
}

func everyQuestion(t *testing.T, g service.Gateway, via string) {
	health, err := g.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, service.StateReady, health.State)
	assert.Equal(t, via, health.Via)
	models, err := g.Models(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, []service.Model{{Name: "m"}}, models)
	running, err := g.Running(t.Context(), spec)
	require.NoError(t, err)
	assert.Empty(t, running)
	model, err := g.Show(t.Context(), spec, "m")
	require.NoError(t, err)
	assert.Equal(t, []string{"tools"}, model.Capabilities)
	vectors, err := g.Embed(t.Context(), spec, "m", []string{"a"})
	require.NoError(t, err)
	assert.Equal(t, [][]float32{{1, 0.5}}, vectors)
	require.NoError(t, g.Unload(t.Context(), spec, "m"))
	require.NoError(t, g.Delete(t.Context(), spec, "m"))

	var steps, words []string
	require.NoError(t, g.Pull(t.Context(), spec, "m", func(p service.Progress) error { steps = append(steps, p.Status); return nil }))
	assert.Equal(t, []string{"pulling manifest", "success"}, steps)
	result, err := g.Chat(t.Context(), spec, service.ChatRequest{Model: "m"}, func(d service.ChatDelta) error { words = append(words, d.Text); return nil })
	require.NoError(t, err)
	assert.Equal(t, []string{"Hel", "lo"}, words)
	assert.Equal(t, service.ChatResult{Reason: "stop", Tokens: 2}, result)
}

func wrongQuestions(t *testing.T, g service.Gateway) {
	_, err := g.Probe(t.Context(), service.Spec{Kind: "nope", URL: "http://localhost"})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	assert.Equal(t, "kind", fault.Public(err).Field)
	_, err = g.Models(t.Context(), service.Spec{Kind: "ollama", URL: "file:///"})
	assert.Equal(t, "url", fault.Public(err).Field)
	plain := service.Spec{Kind: "openai", URL: "http://localhost:11434"}
	assert.Equal(t, fault.Unsupported, fault.CodeOf(g.Delete(t.Context(), plain, "m")))
	assert.Equal(t, fault.Unsupported, fault.CodeOf(g.Unload(t.Context(), plain, "m")))
	_, err = g.Chat(t.Context(), spec, service.ChatRequest{}, nil)
	assert.Equal(t, "model", fault.Public(err).Field)
	enough := errors.New("enough")
	_, err = g.Chat(t.Context(), spec, service.ChatRequest{Model: "m"}, func(service.ChatDelta) error { return enough })
	assert.ErrorIs(t, err, enough)
}

func TestUndecodableBodiesAreRefused(t *testing.T) {
	g, asked := local("kai")
	mux := service.Methods(g)
	for method := range mux {
		_, err := mux.Serve(t.Context(), protocol.NewRequest(method, json.RawMessage(`{"service":7}`), nil))
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), method)
		assert.True(t, strings.HasPrefix(method, service.MethodPrefix), method)
	}
	_, err := mux.Serve(t.Context(), protocol.NewRequest(service.MethodPrefix+"chat", json.RawMessage(`{}`), nil))
	assert.Equal(t, "chat", fault.Public(err).Field)
	assert.Empty(t, asked.Asked())
}

// dying is a companion whose connection ends while it is being asked.
type dying struct {
	service.Gateway
	die  func()
	says string
}

func (d dying) Probe(ctx context.Context, _ service.Spec) (service.Health, error) {
	d.die()
	<-ctx.Done()
	return service.Health{}, ctx.Err()
}

func (d dying) Chat(ctx context.Context, _ service.Spec, _ service.ChatRequest, emit func(service.ChatDelta) error) (service.ChatResult, error) {
	if d.says != "" {
		_ = emit(service.ChatDelta{Text: d.says})
	} else {
		d.die()
	}
	<-ctx.Done()
	return service.ChatResult{}, ctx.Err()
}

// switched is a switch whose companion is g, and the way to end the connection to it.
func switched(t *testing.T, g *dying) (*service.Switch, *servicetest.Transport) {
	here, asked := local("runtime")
	far, peer := remote(t, g)
	g.die = peer.Close
	return service.NewSwitch(here, func() service.Gateway { return far }), asked
}

func TestSwitchFallsBackWhenTheCompanionIsLost(t *testing.T) {
	g, _ := switched(t, &dying{})
	health, err := g.Probe(t.Context(), spec)
	require.NoError(t, err)
	assert.Equal(t, "runtime", health.Via)

	g, _ = switched(t, &dying{})
	var text string
	_, err = g.Chat(t.Context(), spec, service.ChatRequest{Model: "m"}, func(d service.ChatDelta) error { text += d.Text; return nil })
	require.NoError(t, err)
	assert.Equal(t, "Hello", text)
}

func TestSwitchDoesNotBeginAnAnswerTwice(t *testing.T) {
	companion := &dying{says: "Hel"}
	g, asked := switched(t, companion)
	var text string
	_, err := g.Chat(t.Context(), spec, service.ChatRequest{Model: "m"}, func(d service.ChatDelta) error {
		text += d.Text
		companion.die()
		return nil
	})
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Equal(t, "Hel", text)
	assert.Empty(t, asked.Asked())
}

// answering is a companion that is there and says why it can't.
type answering struct {
	service.Gateway
	err error
}

func (a answering) Models(context.Context, service.Spec) ([]service.Model, error) { return nil, a.err }

func TestSwitchBelievesACompanionThatIsThere(t *testing.T) {
	here, asked := local("runtime")
	far, _ := remote(t, answering{err: fault.New(fault.Unavailable, "Ollama does not answer")})
	_, err := service.NewSwitch(here, func() service.Gateway { return far }).Models(t.Context(), spec)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	assert.Empty(t, asked.Asked())
}

func TestSwitchAsksForAModelInsideTheBrowserItself(t *testing.T) {
	here, asked := local("runtime")
	far, _ := remote(t, answering{err: fault.New(fault.Internal, "the companion was asked")})
	inside := spec
	inside.Kind = service.BuiltIn
	_, err := service.NewSwitch(here, func() service.Gateway { return far }).Models(t.Context(), inside)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "this gateway knows no such kind; a browser's does")
	assert.Empty(t, asked.Asked())
}

func TestSwitchStopsWithItsCaller(t *testing.T) {
	here, asked := local("runtime")
	ctx, cancel := context.WithCancel(t.Context())
	far, _ := remote(t, &dying{die: cancel})
	_, err := service.NewSwitch(here, func() service.Gateway { return far }).Probe(ctx, spec)
	assert.Equal(t, fault.Canceled, fault.CodeOf(err))
	assert.Empty(t, asked.Asked())
}

func TestASecretIsNotPrinted(t *testing.T) {
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("asking", "spec", spec, "key", spec.Key)
	for _, text := range []string{fmt.Sprint(spec), fmt.Sprintf("%+v %#v %s %q", spec, spec, spec.Key, spec.Key), log.String()} {
		assert.NotContains(t, text, "sk-1")
		assert.Contains(t, text, "***")
	}
	assert.Empty(t, service.Secret("").Masked())
	wire, err := json.Marshal(spec)
	require.NoError(t, err)
	assert.Contains(t, string(wire), "sk-1", "it has to reach the companion")
}
