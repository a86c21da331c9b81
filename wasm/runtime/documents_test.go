package runtime_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service/servicetest"
	"github.com/kindos/kai/wasm/runtime"
)

// keeper is a kai that keeps one document, of the collection "kai's"; it can leave.
type keeper struct {
	added []string
	leave func()
}

func (k *keeper) dial(context.Context) (protocol.Conn, error) {
	document := library.Document{ID: "far", Collection: "kai's", Title: "far.md", State: library.Ready, Passages: 1}
	near, far := protocol.Pipe()
	peer := protocol.NewPeer(far, protocol.Options{Hello: protocol.Hello{App: "kai", Version: "9.9.9"}, Handler: protocol.Mux{
		library.MethodKnowledgeList: protocol.Answer(func(context.Context, struct{}) (library.Knowledge, error) {
			return library.Knowledge{Documents: []library.Document{document}, Model: "minilm"}, nil
		}),
		library.MethodKnowledgeAdd: protocol.Answer(func(_ context.Context, in library.AddDocument) (library.Document, error) {
			k.added = append(k.added, in.Title)
			return document, nil
		}),
		library.MethodKnowledgeSet: protocol.Answer(func(context.Context, library.SetDocument) (library.Document, error) { return document, nil }),
		library.MethodKnowledgeFind: protocol.Answer(func(context.Context, library.FindPassages) (library.FoundPassages, error) {
			return library.FoundPassages{Passages: []library.FoundPassage{{ID: "far.00000", Document: "far", Title: "far.md"}, {ID: "far.00001", Document: "far", Title: "far.md"}}}, nil
		}),
	}})
	ctx, cancel := context.WithCancel(context.Background())
	k.leave = cancel
	go func() { <-peer.Done(); cancel() }()
	go func() { _ = peer.Run(ctx) }()
	return closing{near, cancel}, nil
}

// startBefore is start with a kai that connects no sooner than connect is called.
func startBefore(t *testing.T, k *keeper, test func(w *world, connect func())) {
	t.Helper()
	var late chan struct{}
	start(t, func(d *runtime.Deps) {
		late = make(chan struct{}) // in the test's bubble of time
		d.Dial = func(ctx context.Context) (protocol.Conn, error) {
			<-late
			return k.dial(ctx)
		}
	}, func(w *world) { test(w, func() { close(late) }) })
}

// tell calls a method of knowledge and gives what a view gets.
func tell[Out any](w *world, method string, in any) (out Out, err error) {
	w.t.Helper()
	body, err := json.Marshal(in)
	require.NoError(w.t, err)
	said, err := w.Serve(w.t.Context(), protocol.NewRequest(method, body, nil))
	if err != nil {
		return out, err
	}
	text, err := json.Marshal(said)
	require.NoError(w.t, err)
	require.NoError(w.t, json.Unmarshal(text, &out))
	return out, nil
}

func titles(found library.FoundPassages) (out []string) {
	for _, p := range found.Passages {
		out = append(out, p.Title)
	}
	return out
}

func TestABrowserWithoutKaiKeepsDocumentsItself(t *testing.T) {
	start(t, nil, func(w *world) {
		synctest.Wait()
		added, err := tell[library.Document](w, library.MethodKnowledgeAdd, library.AddDocument{Collection: "c", Title: "near.md", Text: "otters sleep on their backs"})
		require.NoError(w.t, err)
		found, err := tell[library.FoundPassages](w, library.MethodKnowledgeFind, library.FindPassages{Words: "otters", Collections: []string{"c", "gone"}})
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"near.md"}, titles(found))
		require.Contains(w.t, found.Notice, "Only words are looked for")
		open, err := tell[library.OpenDocument](w, library.MethodKnowledgeOpen, library.ByDocument{ID: added.ID})
		require.NoError(w.t, err)
		require.Len(w.t, open.Passages, 1)
		_, err = tell[library.OpenDocument](w, library.MethodKnowledgeOpen, library.ByDocument{ID: "far"})
		require.Equal(w.t, fault.NotFound, fault.CodeOf(err))
	})
}

func TestDocumentsOfBothPlacesAreThereWhenKaiIs(t *testing.T) {
	k := &keeper{}
	startBefore(t, k, func(w *world, connect func()) {
		near := library.AddDocument{Collection: "c", Title: "near.md", Source: "near.md", Text: "otters sleep on their backs", Hash: "1"}
		added, err := tell[library.Document](w, library.MethodKnowledgeAdd, near)
		require.NoError(w.t, err)
		connect()
		synctest.Wait()

		all, err := tell[library.Knowledge](w, library.MethodKnowledgeList, struct{}{})
		require.NoError(w.t, err)
		require.Equal(w.t, "far.md", all.Documents[0].Title)
		require.Equal(w.t, "near.md", all.Here.Documents[0].Title)
		found, err := tell[library.FoundPassages](w, library.MethodKnowledgeFind, library.FindPassages{Words: "otters"})
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"far.md", "near.md", "far.md"}, titles(found), "the best of both come first")

		_, err = tell[library.Document](w, library.MethodKnowledgeAdd, library.AddDocument{Collection: "c", Title: "new.md", Source: "new.md", Text: "x"})
		require.NoError(w.t, err)
		near.Text, near.Hash = "otters eat urchins", "2"
		again, err := tell[library.Document](w, library.MethodKnowledgeAdd, near)
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"new.md"}, k.added, "a file that changed is read where it is")
		require.NotEqual(w.t, added.ID, again.ID)
		yes := true
		for id, title := range map[string]string{again.ID: "near.md", "far": "far.md"} {
			set, err := tell[library.Document](w, library.MethodKnowledgeSet, library.SetDocument{ID: id, Removed: &yes})
			require.NoError(w.t, err)
			require.Equal(w.t, title, set.Title)
		}
	})
}

func TestDocumentsOfAKaiThatLeftAreMissedAndNotForgotten(t *testing.T) {
	k := &keeper{}
	startBefore(t, k, func(w *world, connect func()) {
		_, err := tell[library.Document](w, library.MethodKnowledgeAdd, library.AddDocument{Collection: "c", Title: "near.md", Text: "otters sleep"})
		require.NoError(w.t, err)
		connect()
		synctest.Wait()
		k.leave()
		synctest.Wait()
		all, err := tell[library.Knowledge](w, library.MethodKnowledgeList, struct{}{})
		require.NoError(w.t, err)
		require.Equal(w.t, "near.md", all.Documents[0].Title)
		found, err := tell[library.FoundPassages](w, library.MethodKnowledgeFind, library.FindPassages{Words: "otters", Collections: []string{"c"}})
		require.NoError(w.t, err)
		require.Equal(w.t, []string{"near.md"}, titles(found))
		require.Contains(w.t, found.Notice, "The documents of kai were not looked through")
		_, err = tell[library.FoundPassages](w, library.MethodKnowledgeFind, library.FindPassages{Words: "otters", Collections: []string{"kai's"}})
		require.Equal(w.t, fault.Unavailable, fault.CodeOf(err), "an answer without what was asked for would look like one with it")
		_, err = tell[library.OpenDocument](w, library.MethodKnowledgeOpen, library.ByDocument{ID: "far"})
		require.Equal(w.t, fault.Unavailable, fault.CodeOf(err))
	})
}

func TestReadingADocumentGoesOnInTheNextLife(t *testing.T) {
	answers := map[string]servicetest.Answer{}
	start(t, func(d *runtime.Deps) {
		d.Fetch = servicetest.New(answers)
		l := library.New(library.Options{Store: d.Store, Clock: record.NewClock("0000000000cc", time.Now), Now: time.Now, NewID: func() string { return "d1" }, Embedder: model{}, Index: func(context.Context, string) error { return nil }, Changed: func() {}, Log: d.Log})
		_, err := l.Add(context.WithoutCancel(t.Context()), library.AddDocument{Collection: "c", Title: "a", Text: "b"}) // killed before it was read
		require.NoError(t, err)
	}, func(w *world) {
		synctest.Wait()
		all, err := tell[library.Knowledge](w, library.MethodKnowledgeList, struct{}{})
		require.NoError(w.t, err)
		require.Equal(w.t, library.Stopped, all.Documents[0].State, "there is no model: the person hears of it")
		require.Contains(w.t, all.Documents[0].Fault.Message, "minilm")
		require.Equal(w.t, []bool{true, false}, w.busy, "the browser was asked to stay")
	})
}

// model is an Embedder that is there only to be named.
type model struct{}

func (model) Model(context.Context) (string, error)                        { return "minilm", nil }
func (model) Embed(context.Context, string, []string) ([][]float32, error) { return nil, nil }
