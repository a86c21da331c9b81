package runtime_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service/servicetest"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
	"github.com/kindos/kai/wasm/runtime"
)

// world is a runtime over a store in memory and a scripted model server, and what it told its host.
type world struct {
	*runtime.Runtime
	t     *testing.T
	looks []string
	busy  []bool
	store store.Store
}

// chatAnswer is what a stock Ollama says to any question here.
const chatAnswer = `{"model":"m","message":{"role":"assistant","content":"Hello"},"done":false}
{"model":"m","message":{"role":"assistant","content":" there"},"done":true,"done_reason":"stop","eval_count":2,"eval_duration":1000000}
`

// start runs test in a bubble of time with a started runtime; change may change what it is made of.
func start(t *testing.T, change func(*runtime.Deps), test func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, store: memstore.New(store.Schema())}
		d := runtime.Deps{
			Config: config.DefaultBrowser(), Store: w.store, Version: "1.2.3", Instance: "0000000000aa", Log: logs.Discard(),
			Fetch: servicetest.New(map[string]servicetest.Answer{
				"POST /api/chat": {Header: map[string]string{"content-type": "application/x-ndjson"}, Body: chatAnswer},
			}),
			Snapshot: func(text string) { w.looks = append(w.looks, text) },
			Busy:     func(on bool) { w.busy = append(w.busy, on) },
		}
		if change != nil {
			change(&d)
		}
		w.Runtime = runtime.New(d)
		require.NoError(t, w.Start(t.Context()))
		test(w)
		require.NoError(t, w.Stop(t.Context()))
		require.NoError(t, w.Stop(t.Context()), "stopping twice is once")
	})
}

// ask calls a method as a view does.
func ask[Out any](w *world, method string, in any) Out {
	w.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	out, err := w.Serve(w.t.Context(), protocol.NewRequest(method, body, nil))
	require.NoError(w.t, err, method)
	typed, ok := out.(Out)
	require.True(w.t, ok, "%s gave %T", method, out)
	return typed
}

func TestAQuestionIsAnsweredAndTheBrowserKnowsThatItIsNeeded(t *testing.T) {
	start(t, nil, func(w *world) {
		service := ask[assistant.ServiceView](w, assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "here", URL: "http://localhost:11434"})
		sent := ask[assistant.Sent](w, assistant.MethodMessageSend, assistant.Send{Text: "hi", Service: service.ID, Model: "m"})
		synctest.Wait()
		page := ask[assistant.MessagePage](w, assistant.MethodMessageList, assistant.ListMessages{Conversation: sent.Conversation.ID})
		require.Len(w.t, page.Messages, 2)
		require.Equal(w.t, "Hello there", page.Messages[1].Text)
		require.Equal(w.t, run.StateDone, page.Messages[1].State)
		require.Equal(w.t, []bool{true, false}, w.busy)
	})
}

func TestViewsFindAFreshLookBeforeTheProgramAnswers(t *testing.T) {
	start(t, nil, func(w *world) {
		synctest.Wait()
		require.NotEmpty(w.t, w.looks, "a look is there from the start")
		ask[assistant.Settings](w, assistant.MethodSettingsSet, map[string]string{"theme": "dark"})
		time.Sleep(time.Second) // of the bubble: changes gather for a while
		synctest.Wait()
		var look assistant.Snapshot
		require.NoError(w.t, json.Unmarshal([]byte(w.looks[len(w.looks)-1]), &look))
		require.Equal(w.t, "dark", look.Settings.Theme)
		require.Equal(w.t, "browser", look.Mode)
		require.Empty(w.t, look.Runs, "an answer that is being made will have ended when the look is painted")
	})
}

func TestARefusedConfigurationIsTold(t *testing.T) {
	_, _, refused := runtime.ParseConfig(`{"ui_mode":"window"}`)
	start(t, func(d *runtime.Deps) { d.Refused = fault.Public(refused) }, func(w *world) {
		look := ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{})
		require.Contains(w.t, look.Config.Message, "ui_mode")
		require.NotEmpty(w.t, look.Config.Remedy)
	})
}

func TestAClockThatWasSetBackStillWritesNewerVersions(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"by an hour": time.Hour, "by a year": 365 * 24 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			start(t, func(d *runtime.Deps) {
				later := record.NewClock("0000000000bb", func() time.Time { return time.Now().Add(ahead) })
				_, err := d.Store.Apply(t.Context(), store.Put(record.Record{
					Kind: record.KindSetting, ID: "settings", Version: later.Next(), Body: json.RawMessage(`{"theme":"light"}`),
				}))
				require.NoError(t, err)
			}, func(w *world) {
				ask[assistant.Settings](w, assistant.MethodSettingsSet, map[string]string{"theme": "dark"})
				look := ask[assistant.Snapshot](w, assistant.MethodSnapshot, assistant.Empty{})
				require.Equal(w.t, "dark", look.Settings.Theme, "the change lost against an older one")
			})
		})
	}
}

func TestAPrivateWindowSaysThatNothingIsKept(t *testing.T) {
	durable := func(private bool) (got bool) {
		start(t, func(d *runtime.Deps) { d.Private = private; d.Store = onDisk{d.Store.(measured)} }, func(w *world) {
			got = ask[store.Usage](w, assistant.MethodStorageUsage, assistant.Empty{}).Durable
		})
		return got
	}
	require.True(t, durable(false))
	require.False(t, durable(true))
}

func TestOnlySavesOfAnAnswerInTheMakingMayReachTheDiskLater(t *testing.T) {
	write := func(kind record.Kind, body string) store.Write {
		return store.Put(record.Record{Kind: kind, ID: "x", Body: json.RawMessage(body)})
	}
	growing := write(record.KindMessage, `{"state":"running"}`)
	require.True(t, runtime.Relaxed([]store.Write{growing, growing}))
	for name, batch := range map[string][]store.Write{
		"nothing":              {},
		"a person's message":   {write(record.KindMessage, `{"role":"user"}`)},
		"an answer that ended": {write(record.KindMessage, `{"state":"done"}`)},
		"a setting":            {write(record.KindSetting, `{"state":"running"}`)},
		"some of both":         {growing, write(record.KindConversation, `{}`)},
	} {
		require.False(t, runtime.Relaxed(batch), name)
	}
}

// measured is a store that tells what it holds.
type measured interface {
	store.Store
	store.Measurer
}

// onDisk pretends that a store in memory is durable.
type onDisk struct{ measured }

func (d onDisk) Measure(ctx context.Context) (store.Usage, error) {
	usage, err := d.measured.Measure(ctx)
	usage.Durable = true
	return usage, err
}
