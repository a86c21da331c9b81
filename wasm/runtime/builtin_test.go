package runtime_test

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/servicetest"
	"github.com/kindos/kai/wasm/runtime"
)

// withEngine gives the runtime a host that runs models inside the browser.
func withEngine(engine *servicetest.Transport) func(*runtime.Deps) {
	return func(d *runtime.Deps) { d.Engine = engine }
}

func TestAModelInsideTheBrowserIsAskedOfTheHostAndNotOfTheNetwork(t *testing.T) {
	engine := servicetest.New(map[string]servicetest.Answer{
		"POST /api/chat": {Header: map[string]string{"content-type": "application/x-ndjson"}, Body: chatAnswer},
	})
	network := servicetest.New(nil)
	change := func(d *runtime.Deps) { d.Engine, d.Fetch = engine, network }
	start(t, change, func(w *world) {
		kinds := ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{}).Kinds
		inside := kinds[len(kinds)-1]
		require.Equal(t, service.BuiltIn, inside.Kind)
		added := ask[assistant.ServiceView](w, assistant.MethodServiceAdd, assistant.PutService{Kind: inside.Kind, Name: "here", URL: inside.DefaultURL})
		sent := ask[assistant.Sent](w, assistant.MethodMessageSend, assistant.Send{Text: "hi", Service: added.ID, Model: "m"})
		synctest.Wait()
		page := ask[assistant.MessagePage](w, assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID})
		assert.Equal(t, "Hello there", page.Messages[1].Text)
		assert.Empty(t, network.Asked())
	})
}

func TestTheFirstRunDoesNotWakeTheEngine(t *testing.T) {
	engine := servicetest.New(nil)
	start(t, withEngine(engine), func(w *world) {
		found := ask[assistant.Discovered](w, assistant.MethodServiceDiscover, assistant.Empty{})
		require.NotEmpty(t, found.Services)
		for _, s := range found.Services {
			assert.NotEqual(t, service.BuiltIn, s.Kind)
		}
		assert.Empty(t, engine.Asked())
	})
}

func TestAHostWithoutAnEngineOffersNone(t *testing.T) {
	start(t, nil, func(w *world) {
		for _, k := range ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{}).Kinds {
			assert.NotEqual(t, service.BuiltIn, k.Kind)
		}
	})
}
