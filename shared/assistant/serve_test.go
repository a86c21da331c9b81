package assistant

import (
	"bytes"
	"context"
	"encoding/json"
	"sort"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/run"
)

func TestEveryMethodIsServed(t *testing.T) {
	a := New(Deps{})
	for _, name := range []string{
		MethodSnapshot, MethodWatch, MethodConversationList, MethodConversationGet, MethodConversationRename, MethodConversationPrivate, MethodConversationBranch, MethodConversationTune,
		MethodConversationDelete, MethodConversationRestore, MethodMessageList, MethodMessageSend, MethodSearch,
		MethodRunAttach, MethodRunStop, MethodRunRetry, MethodServiceDiscover, MethodServiceTest, MethodServiceAdd,
		MethodServiceUpdate, MethodServiceRemove, MethodServiceProbe, MethodModelShow, MethodModelPull, MethodModelPulls, MethodPullCancel, MethodModelDelete,
		MethodConversationSummarise, MethodModelRunning, MethodModelUnload,
		MethodSettingsSet, MethodStorageUsage, MethodDataExport, MethodDataImport, MethodDataDeleteAll, MethodCompanionRetry, MethodLibrary,
		MethodToolDecide,
	} {
		assert.Contains(t, a.methods, name)
	}
	assert.Len(t, a.methods, 38)
}

func TestOutsideItsLifeItServesNothing(t *testing.T) {
	a := New(Deps{})
	_, err := a.serve(t.Context(), call{method: MethodSnapshot})
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	require.NoError(t, a.Close(t.Context()))
	timeless(t, func(t *testing.T, w *world) {
		assert.Equal(t, fault.Conflict, fault.CodeOf(w.a.Start(t.Context())))
		_, err := try[Empty](w, "no.such", Empty{})
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	})
}

func TestAClosedPopupHasSentAllTheSame(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := w.a.serve(gone, call{method: MethodMessageSend, body: []byte(`{"text":"x"}`)})
		require.NoError(t, err)
		assert.Equal(t, []string{"x"}, w.titles())
		_, err = w.a.serve(gone, call{method: MethodSearch, body: []byte(`{"words":"x"}`)})
		assert.Equal(t, fault.Canceled, fault.CodeOf(err), "an answer that nobody reads is not made")
	})
}

func TestAViewOverTheProtocol(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		near, far := protocol.Pipe()
		view := protocol.NewPeer(near, protocol.Options{Hello: protocol.Hello{App: "kai-view"}})
		server := protocol.NewPeer(far, protocol.Options{Hello: protocol.Hello{App: "kai-runtime"}, Handler: w.a})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = server.Run(ctx) }()
		go func() { _ = view.Run(ctx) }()
		var sent Sent
		require.NoError(t, view.Call(ctx, MethodMessageSend, Send{Text: "x"}, &sent))
		var text bytes.Buffer
		done := make(chan error)
		go func() {
			done <- view.Stream(ctx, MethodRunAttach, Attach{Run: sent.Run}, func(raw json.RawMessage) error {
				var d run.Delta
				err := json.Unmarshal(raw, &d)
				text.WriteString(d.Text)
				return err
			}, nil)
		}()
		for range 200 { // more than the initial credit
			w.here.say(sent.Run, "t")
			time.Sleep(time.Millisecond)
		}
		w.here.end(sent.Run, run.StateDone)
		require.NoError(t, <-done)
		assert.Equal(t, 200, text.Len())
		err := view.Call(ctx, MethodConversationGet, ByID{"none"}, nil)
		assert.Equal(t, fault.NotFound, fault.CodeOf(err))
		cancel()
		<-view.Done()
		<-server.Done()
	})
}

// FuzzRequests sends any body to any method: there is an answer or a fault with a code and words, never a panic.
func FuzzRequests(f *testing.F) {
	for _, body := range []string{
		``, `{}`, `null`, `[]`, `7`, `{"id":"\u0000"}`, `{"text":"x","attachments":[{"type":"page","text":"y"}]}`,
		`{"id":"x","title":"y"}`, `{"words":"x","limit":3}`, `{"run":"x","from":9223372036854775807}`, `{"theme":"dark"}`,
		`{"kind":"ollama","url":"http://x","key":"k"}`, `{"conversation":"x","limit":-1,"before":"!"}`, `{"service":"x","model":"y"}`,
		`{"text":"\ud800"}`, `{"text":"x","conversation":{}}`, `{"attachments":[null]}`, "\xff\xfe",
	} {
		for i := range 27 {
			f.Add(uint8(i), []byte(body))
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		w := newWorld(t)
		names := make([]string, 0, len(w.a.methods))
		for name := range w.a.methods {
			names = append(names, name)
		}
		sort.Strings(names)
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond) // watching ends with its view
		defer cancel()
		for i := range 2 { // the second finds what the first has left
			out, err := w.a.serve(ctx, call{names[(int(which)+i)%len(names)], body, func(context.Context, any) error { return nil }})
			if err == nil {
				_, err := json.Marshal(out)
				require.NoError(t, err)
				continue
			}
			var fl *fault.Fault
			require.ErrorAs(t, err, &fl)
			require.NotEmpty(t, fl.Code)
			require.NotEmpty(t, fl.Message)
		}
	})
}
