package library_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// letters is an embedder whose vectors count letters; it is no model, so what it finds says nothing of meaning.
type letters struct {
	model string
	asked int
	fails error
	then  func(asked int)
}

func (e *letters) Model(context.Context) (string, error) {
	if e.model == "" {
		return "", fault.New(fault.NotFound, "there is no embedding model").WithRemedy("get one")
	}
	return e.model, nil
}

func (e *letters) Embed(_ context.Context, _ string, texts []string) ([][]float32, error) {
	if e.asked++; e.then != nil {
		e.then(e.asked)
	}
	out := make([][]float32, len(texts))
	for i, text := range texts {
		out[i] = make([]float32, 26)
		for _, c := range strings.ToLower(text) {
			if 'a' <= c && c <= 'z' {
				out[i][c-'a']++
			}
		}
	}
	return out, e.fails
}

// world is a library whose work is done when a test says so.
type world struct {
	*library.Library
	t        *testing.T
	now      time.Time
	store    store.Store
	embedder *letters
	outside  *outside
	todo     []string
	refill   []string
	ids      int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, now: time.UnixMilli(1_700_000_000_000), embedder: &letters{model: "minilm"}}
	w.store = memstore.New(store.Schema())
	w.reopen()
	return w
}

// reopen is what a restart does.
func (w *world) reopen() {
	now := func() time.Time { return w.now }
	w.todo = nil
	opt := library.Options{
		Store: w.store, Clock: record.NewClock("r", now), Now: now, NewID: func() string { w.ids++; return fmt.Sprintf("d%03d", w.ids) },
		Embedder: w.embedder, Changed: func() {}, Log: logs.Discard(),
		Index:  func(_ context.Context, id string) error { w.todo = append(w.todo, id); return nil },
		Refill: func(_ context.Context, model string) error { w.refill = append(w.refill, model); return nil },
	}
	if w.outside != nil {
		opt.Vectors = func(context.Context) library.Vectors { return w.outside }
	}
	w.Library = library.New(opt)
}

func (w *world) add(in library.AddDocument) library.Document {
	w.t.Helper()
	if in.Collection == "" {
		in.Collection = "Manuals"
	}
	d, err := w.Add(w.t.Context(), in)
	require.NoError(w.t, err)
	return d
}

// work does what is to be done.
func (w *world) work() (err error) {
	for len(w.todo) > 0 {
		id := w.todo[0]
		w.todo = w.todo[1:]
		err = errors.Join(err, w.Index(w.t.Context(), id, func(int, int) {}))
	}
	return err
}

func (w *world) list() []library.Document {
	w.t.Helper()
	k, err := w.List(w.t.Context(), struct{}{})
	require.NoError(w.t, err)
	return k.Documents
}

func (w *world) find(words string, collections ...string) (texts []string, notice string) {
	w.t.Helper()
	found, err := w.Find(w.t.Context(), library.FindPassages{Words: words, Collections: collections})
	require.NoError(w.t, err)
	for _, p := range found.Passages {
		texts = append(texts, p.Text)
	}
	return texts, found.Notice
}

// long is a text of several passages, each about something of its own.
func long(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "# Part %d\n\nWord%d stands here. %s\n\n", i, i, strings.Repeat("There is more to say. ", 40))
	}
	return b.String()
}

func TestADocumentIsKeptAtOnceAndIndexedAfterThat(t *testing.T) {
	w := newWorld(t)
	d := w.add(library.AddDocument{Title: "  Lamp\nbook ", Text: long(40)})
	assert.Equal(t, library.Document{
		ID: "d001", Collection: "Manuals", Title: "Lamp book", Created: "2023-11-14T22:13:20.000Z", State: library.Indexing, Passages: 40, Model: "minilm",
	}, d)
	texts, _ := w.find("word7")
	require.NotEmpty(t, texts, "words are found before there are vectors")
	assert.Contains(t, texts[0], "Word7 stands")
	require.NoError(t, w.work())
	assert.Equal(t, []any{library.Ready, 40, 3}, []any{w.list()[0].State, w.list()[0].Done, w.embedder.asked}, "three batches")
}

func TestPassagesTellTheirPlaceAndWhatTheyRepeat(t *testing.T) {
	w := newWorld(t)
	text := strings.Repeat("One sentence of it. ", 100)
	open, err := w.Open(t.Context(), library.ByDocument{ID: w.add(library.AddDocument{Title: "A", Text: "# Head\n\n" + text}).ID})
	require.NoError(t, err)
	joined := ""
	for i, p := range open.Passages {
		assert.Equal(t, fmt.Sprintf("d001.%05d", i), p.ID)
		assert.Equal(t, "Head", p.Place)
		joined = strings.TrimSpace(joined + " " + strings.TrimSpace(p.Text[p.Again:]))
	}
	assert.Equal(t, "# Head\n\n"+strings.TrimSpace(text), joined)
	assert.Positive(t, open.Passages[1].Again)
}

func TestWhatCannotBeReadIsNamed(t *testing.T) {
	w := newWorld(t)
	for title, in := range map[string]library.AddDocument{
		"empty":        {Text: " \n"},
		"too long":     {Text: strings.Repeat("a ", library.MaxDocumentBytes/2+1)},
		"many lines":   {Text: strings.Repeat("a.\f", 10_001)},
		"a broken PDF": {Problem: "it is no PDF"},
	} {
		in.Title = title
		d := w.add(in)
		assert.Equal(t, library.Failed, d.State, title)
		require.NotNil(t, d.Fault, title)
		assert.Empty(t, w.todo)
	}
	assert.Len(t, w.list(), 4)
	_, err := w.Add(t.Context(), library.AddDocument{Collection: "x", Title: " ", Text: "a"})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestAChangedDocumentTakesThePlaceOfTheOneBefore(t *testing.T) {
	w := newWorld(t)
	first := w.add(library.AddDocument{Title: "a.txt", Source: "a.txt", Hash: "1", Text: "An old lamp."})
	require.NoError(t, w.work())
	same := w.add(library.AddDocument{Title: "a.txt", Source: "a.txt", Hash: "1", Text: "An old lamp."})
	assert.Equal(t, first.ID, same.ID, "nothing has changed")
	w.add(library.AddDocument{Title: "a.txt", Source: "a.txt", Hash: "2", Text: "A new lamp."})
	w.add(library.AddDocument{Title: "a.txt", Source: "a.txt", Hash: "1", Text: "Another lamp.", Collection: "Other"})
	require.NoError(t, w.work())
	texts, _ := w.find("lamp", "Manuals")
	assert.Equal(t, []string{"A new lamp."}, texts)
	assert.Len(t, w.list(), 2)
	for _, kind := range []record.Kind{record.KindPassage, record.KindVector, record.KindDocument} {
		page, err := w.store.List(t.Context(), store.Query{Kind: kind})
		require.NoError(t, err)
		assert.Len(t, page.Records, 2, "%s: nothing is left of the old one", kind)
	}
}

func TestADocumentThatFailedIsReadAgain(t *testing.T) {
	w := newWorld(t)
	w.add(library.AddDocument{Title: "a", Source: "a", Hash: "1", Problem: "it is locked"})
	w.add(library.AddDocument{Title: "a", Source: "a", Hash: "1", Text: "A lamp."})
	require.Len(t, w.list(), 1)
	assert.Equal(t, library.Indexing, w.list()[0].State)
}

func TestAStoppedDocumentGoesOnWhereItWas(t *testing.T) {
	w := newWorld(t)
	d := w.add(library.AddDocument{Title: "a", Text: long(40)})
	w.embedder.then = func(asked int) {
		if asked == 2 {
			_, err := w.Set(t.Context(), library.SetDocument{ID: d.ID, State: library.Stopped})
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.work())
	assert.Equal(t, []any{library.Stopped, 32}, []any{w.list()[0].State, w.list()[0].Done})
	require.NoError(t, w.Index(t.Context(), d.ID, func(int, int) {}), "who stopped it, is not overruled by a task")
	assert.Equal(t, 2, w.embedder.asked)
	_, err := w.Set(t.Context(), library.SetDocument{ID: d.ID, State: library.Indexing})
	require.NoError(t, err)
	require.NoError(t, w.work())
	assert.Equal(t, []any{library.Ready, 40, 3}, []any{w.list()[0].State, w.list()[0].Done, w.embedder.asked})
}

// The batch that is under way when a person goes on with another model is of the first one, and counts for nothing.
func TestAnotherModelBeginsAnew(t *testing.T) {
	w := newWorld(t)
	d := w.add(library.AddDocument{Title: "a", Text: long(40)})
	w.embedder.then = func(asked int) {
		if asked != 2 {
			return
		}
		w.embedder.model = "other"
		for _, state := range []library.State{library.Stopped, library.Indexing} {
			_, err := w.Set(t.Context(), library.SetDocument{ID: d.ID, State: state})
			require.NoError(t, err)
		}
	}
	require.NoError(t, w.work())
	got := w.list()[0]
	assert.Equal(t, []any{library.Ready, "other", 40}, []any{got.State, got.Model, got.Done})
	assert.Equal(t, 2+3, w.embedder.asked, "all passages were given to the other one")
}

func TestAFaultOfTheModelWaitsAndIsTriedAgain(t *testing.T) {
	w := newWorld(t)
	d := w.add(library.AddDocument{Title: "a", Text: long(20)})
	w.embedder.fails = fault.New(fault.Unavailable, "the server is away")
	require.Error(t, w.work())
	got := w.list()[0]
	assert.Equal(t, []any{library.Stopped, "the server is away"}, []any{got.State, got.Fault.Message})
	w.embedder.fails = nil
	require.NoError(t, w.Index(t.Context(), d.ID, func(int, int) {}))
	got = w.list()[0]
	assert.Equal(t, []any{library.Ready, 20}, []any{got.State, got.Done})
	assert.Nil(t, got.Fault)
}

func TestARestartGoesOn(t *testing.T) {
	w := newWorld(t)
	w.add(library.AddDocument{Title: "a", Text: long(3)})
	w.add(library.AddDocument{Title: "b", Problem: "broken"})
	w.reopen()
	require.NoError(t, w.Resume(t.Context()))
	require.NoError(t, w.work())
	assert.Equal(t, library.Ready, w.list()[0].State)
}

func TestWithoutAModelWordsServe(t *testing.T) {
	w := newWorld(t)
	w.embedder.model = ""
	d := w.add(library.AddDocument{Title: "a", Text: "The lamp is red.\fThe door is blue."})
	assert.Equal(t, library.Ready, d.State)
	texts, notice := w.find("which colour has the lamp?")
	assert.Equal(t, "The lamp is red.", texts[0])
	assert.Equal(t, "Only words are looked for: there is no embedding model; get one.", notice)
	_, err := w.Set(t.Context(), library.SetDocument{ID: d.ID, State: library.Indexing})
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	w.embedder.model = "minilm"
	_, err = w.Set(t.Context(), library.SetDocument{ID: d.ID, State: library.Indexing})
	require.NoError(t, err)
	require.NoError(t, w.work())
	assert.Equal(t, "minilm", w.list()[0].Model)
}

func TestVectorsOfAnotherModelAreLeftOut(t *testing.T) {
	w := newWorld(t)
	w.add(library.AddDocument{Title: "a", Text: "zzz zz z"})
	require.NoError(t, w.work())
	texts, _ := w.find("qz") // no word of it is there
	assert.Len(t, texts, 1, "its vector is near")
	w.embedder.model = "other"
	texts, _ = w.find("qz")
	assert.Empty(t, texts)
}

func TestARemovedDocumentIsNotFoundAndCanBeBroughtBack(t *testing.T) {
	w := newWorld(t)
	d := w.add(library.AddDocument{Title: "a", Text: "A lamp."})
	yes, no := true, false
	set := func(removed *bool) {
		_, err := w.Set(t.Context(), library.SetDocument{ID: d.ID, Removed: removed})
		require.NoError(t, err)
	}
	set(&yes)
	require.NoError(t, w.work())
	texts, _ := w.find("lamp")
	assert.Empty(t, texts)
	w.now = w.now.Add(library.UndoWindow - time.Second)
	assert.Empty(t, w.list())
	set(&no)
	require.NoError(t, w.work())
	assert.Equal(t, library.Ready, w.list()[0].State, "it is indexed now")
	set(&yes)
	w.now = w.now.Add(library.UndoWindow)
	assert.Empty(t, w.list())
	page, err := w.store.List(t.Context(), store.Query{Kind: record.KindPassage})
	require.NoError(t, err)
	assert.Empty(t, page.Records)
}

func TestMethodsAreServed(t *testing.T) {
	w := newWorld(t)
	d, err := protocol.Ask[library.Document](t.Context(), w.Methods(), library.MethodKnowledgeAdd, library.AddDocument{Collection: "a", Title: "b", Text: "A lamp."})
	require.NoError(t, err)
	found, err := protocol.Ask[library.FoundPassages](t.Context(), w.Methods(), library.MethodKnowledgeFind, library.FindPassages{Words: "lamp"})
	require.NoError(t, err)
	assert.Equal(t, []library.FoundPassage{{ID: d.ID + ".00000", Document: d.ID, Title: "b", Text: "A lamp."}}, found.Passages)
	_, err = protocol.Ask[library.FoundPassages](t.Context(), w.Methods(), library.MethodKnowledgeFind, library.FindPassages{Limit: 51})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

// FuzzStored reads vectors that another program wrote into the store.
func FuzzStored(f *testing.F) {
	f.Add(`{"document":"d001","model":"minilm","first":0,"count":1,"v":"AACAPw=="}`)
	f.Add(`{"document":"d001","model":"minilm","first":-1,"count":9223372036854775807,"v":""}`)
	f.Fuzz(func(t *testing.T, body string) {
		if !json.Valid([]byte(body)) || !strings.HasPrefix(strings.TrimSpace(body), "{") {
			return
		}
		w := newWorld(t)
		w.add(library.AddDocument{Title: "a", Text: "A lamp."})
		require.NoError(t, w.work())
		version := record.Version("7fffffffffff-0000-x")
		_, err := w.store.Apply(t.Context(), store.Put(record.Record{Kind: record.KindVector, ID: "d001.00000", Version: version, Body: json.RawMessage(body)}))
		if err != nil {
			return
		}
		_, _ = w.Find(t.Context(), library.FindPassages{Words: "lamp"})
	})
}
