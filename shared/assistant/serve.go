package assistant

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// call is one request, freed from the connection that it came over.
type call struct {
	method string
	body   json.RawMessage
	emit   func(ctx context.Context, chunk any) error
}

// method is a row of the table of methods. A lasting one goes on when the view that asked is closed: somebody who
// presses send and closes the popup has sent.
type method struct {
	serve   func(ctx context.Context, c call) (any, error)
	lasting bool
}

// table lists what answers each method.
func (a *Assistant) table() map[string]method {
	return map[string]method{
		MethodSnapshot:              asks(a.snapshot),
		MethodWatch:                 streams(a.watch),
		MethodConversationList:      asks(a.listConversations),
		MethodConversationGet:       asks(a.getConversation),
		MethodConversationRename:    changes(a.rename),
		MethodConversationPrivate:   changes(a.setPrivate),
		MethodConversationBranch:    changes(a.chooseBranch),
		MethodConversationSummarise: streams(a.summarise),
		MethodConversationTune:      {a.tune, true},
		MethodConversationDelete:    changes(a.trash),
		MethodConversationRestore:   changes(a.restore),
		MethodLibrary:               {a.library, true},
		MethodMessageList:           asks(a.listMessages),
		MethodMessageSend:           changes(a.send),
		MethodSearch:                asks(a.search),
		MethodRunAttach:             streams(a.attach),
		MethodRunStop:               changes(a.stop),
		MethodRunRetry:              changes(a.retry),
		MethodToolDecide:            {a.decideTool, true},
		MethodServiceDiscover:       asks(a.discover),
		MethodServiceTest:           asks(a.testService),
		MethodServiceAdd:            changes(a.addService),
		MethodServiceUpdate:         changes(a.updateService),
		MethodServiceRemove:         changes(a.removeService),
		MethodServiceProbe:          asks(a.probeService),
		MethodModelShow:             asks(a.showModel),
		MethodModelPull:             streams(a.pullModel),
		MethodModelPulls:            asks(a.listPulls),
		MethodPullCancel:            asks(a.cancelPull),
		MethodModelDelete:           changes(a.deleteModel),
		MethodModelRunning:          asks(a.runningModels),
		MethodModelUnload:           changes(a.unloadModel),
		MethodSettingsSet:           changes(a.setSettings),
		MethodStorageUsage:          asks(a.storageUsage),
		MethodDataExport:            streams(a.export),
		MethodDataImport:            {a.importRecords, true},
		MethodDataDeleteAll:         changes(a.deleteAll),
		MethodCompanionRetry:        asks(a.retryCompanion),
	}
}

// Serve answers one request of a view; it is a protocol.Handler.
func (a *Assistant) Serve(ctx context.Context, r *protocol.Request) (any, error) {
	if strings.HasPrefix(r.Method, BlobPrefix) {
		return a.deps.Blobs(ctx, r.Method, r.Body)
	}
	return a.serve(ctx, call{method: r.Method, body: r.Body, emit: r.Emit})
}

func (a *Assistant) serve(ctx context.Context, c call) (any, error) {
	m, ok := a.methods[c.method]
	if !ok {
		return nil, fault.New(fault.NotFound, "there is no method %.80q", c.method).
			WithRemedy("reload this page; it may be older or newer than kAI")
	}
	life, err := a.life()
	if err != nil {
		return nil, err
	}
	if m.lasting {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(life, cancel)()
	out, err := m.serve(ctx, c)
	if err != nil {
		a.deps.Log.Debug("a request failed", "method", c.method, "error", err)
		return nil, asFault(err)
	}
	return out, nil
}

// asFault gives every error a code.
func asFault(err error) error {
	var f *fault.Fault
	if errors.As(err, &f) {
		return err
	}
	return fault.Wrap(fault.CodeOf(err), err, fault.Public(err).Message)
}

func (c call) decode(in any) error {
	return (&protocol.Request{Method: c.method, Body: c.body}).Decode(in)
}

// asks is a method that answers without changing records; it ends when the asking view does.
func asks[In, Out any](serve func(context.Context, In) (Out, error)) method {
	return method{serve: func(ctx context.Context, c call) (any, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		return serve(ctx, in)
	}}
}

// changes is a method that changes records; it is carried through even when the asking view is closed meanwhile.
func changes[In, Out any](serve func(context.Context, In) (Out, error)) method {
	m := asks(serve)
	m.lasting = true
	return m
}

// streams is a method that emits chunks before its reply.
func streams[In, Chunk, Out any](serve func(context.Context, In, func(Chunk) error) (Out, error)) method {
	return method{serve: func(ctx context.Context, c call) (any, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		return serve(ctx, in, func(chunk Chunk) error { return c.emit(ctx, chunk) })
	}}
}
