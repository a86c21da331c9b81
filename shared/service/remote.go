package service

import (
	"context"
	"encoding/json"

	"github.com/kindos/kai/shared/fault"
)

// MethodPrefix begins every method by which a companion is asked to talk to services.
const MethodPrefix = "engine.service."

// The methods, with request and reply type; a stream's chunk type stands after "~".
const (
	methodProbe   = MethodPrefix + "probe"   // ask -> Health
	methodModels  = MethodPrefix + "models"  // ask -> models
	methodShow    = MethodPrefix + "show"    // ask -> Model
	methodRunning = MethodPrefix + "running" // ask -> models
	methodPull    = MethodPrefix + "pull"    // ask ~ Progress -> nothing
	methodUnload  = MethodPrefix + "unload"  // ask -> nothing
	methodDelete  = MethodPrefix + "delete"  // ask -> nothing
	methodEmbed   = MethodPrefix + "embed"   // ask -> vectors
	methodChat    = MethodPrefix + "chat"    // ask ~ ChatDelta -> ChatResult
)

// ask is the body of every request.
type ask struct {
	Service Spec         `json:"service"`
	Model   string       `json:"model,omitempty"`
	Texts   []string     `json:"texts,omitempty"`
	Chat    *ChatRequest `json:"chat,omitempty"`
}

type models struct {
	Models []Model `json:"models"`
}

type vectors struct {
	Vectors [][]float32 `json:"vectors"`
}

// Caller is what Remote needs of a connection; *protocol.Peer is one.
type Caller interface {
	Call(ctx context.Context, method string, in, out any) error
	Stream(ctx context.Context, method string, in any, each func(json.RawMessage) error, out any) error
}

// Remote is a Gateway that has a companion ask the services. It answers fault.Unavailable when the connection is lost.
type Remote struct{ peer Caller }

// NewRemote makes a gateway over a connection to a companion.
func NewRemote(peer Caller) *Remote { return &Remote{peer: peer} }

// Probe finds out what state the service is in, as the companion sees it.
func (r *Remote) Probe(ctx context.Context, s Spec) (out Health, err error) {
	err = r.peer.Call(ctx, methodProbe, ask{Service: s}, &out)
	return out, err
}

// Models lists the models of the service.
func (r *Remote) Models(ctx context.Context, s Spec) ([]Model, error) {
	var out models
	err := r.peer.Call(ctx, methodModels, ask{Service: s}, &out)
	return out.Models, err
}

// Show tells what one model can do.
func (r *Remote) Show(ctx context.Context, s Spec, model string) (out Model, err error) {
	err = r.peer.Call(ctx, methodShow, ask{Service: s, Model: model}, &out)
	return out, err
}

// Running lists the models that are loaded now.
func (r *Remote) Running(ctx context.Context, s Spec) ([]Model, error) {
	var out models
	err := r.peer.Call(ctx, methodRunning, ask{Service: s}, &out)
	return out.Models, err
}

// Pull downloads a model.
func (r *Remote) Pull(ctx context.Context, s Spec, model string, report func(Progress) error) error {
	return r.peer.Stream(ctx, methodPull, ask{Service: s, Model: model}, decoding(report), nil)
}

// Unload takes a model out of the service's memory.
func (r *Remote) Unload(ctx context.Context, s Spec, model string) error {
	return r.peer.Call(ctx, methodUnload, ask{Service: s, Model: model}, nil)
}

// Delete removes a model from the service.
func (r *Remote) Delete(ctx context.Context, s Spec, model string) error {
	return r.peer.Call(ctx, methodDelete, ask{Service: s, Model: model}, nil)
}

// Embed turns texts into vectors.
func (r *Remote) Embed(ctx context.Context, s Spec, model string, texts []string) ([][]float32, error) {
	var out vectors
	err := r.peer.Call(ctx, methodEmbed, ask{Service: s, Model: model, Texts: texts}, &out)
	return out.Vectors, err
}

// Chat streams an answer that the companion asks for. It ends with the connection; a run does not.
func (r *Remote) Chat(ctx context.Context, s Spec, c ChatRequest, emit func(ChatDelta) error) (out ChatResult, err error) {
	err = r.peer.Stream(ctx, methodChat, ask{Service: s, Chat: &c}, decoding(emit), &out)
	return out, err
}

// decoding hands each chunk of a stream on as a value.
func decoding[T any](each func(T) error) func(json.RawMessage) error {
	return func(raw json.RawMessage) error {
		var v T
		if err := json.Unmarshal(raw, &v); err != nil {
			return fault.New(fault.Malformed, "the companion sent a chunk that does not fit: %w", err)
		}
		return each(v)
	}
}

// ended says whether the connection is known to have ended.
func (r *Remote) ended() bool {
	peer, ok := r.peer.(interface{ Done() <-chan struct{} })
	if !ok {
		return false
	}
	select {
	case <-peer.Done():
		return true
	default:
		return false
	}
}
