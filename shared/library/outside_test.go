package library_test

import (
	"context"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// outside is a store of vectors that finds the passages in the order in which they came.
type outside struct {
	ids   []string
	of    map[string]string // document of a passage
	away  bool
	asked int
}

func (o *outside) fault() error {
	if o.away {
		return fault.New(fault.Unavailable, "nobody answers")
	}
	return nil
}

func (o *outside) Put(_ context.Context, _, document string, passages []string, vectors [][]float32) error {
	if o.away {
		return o.fault()
	}
	for i, id := range passages {
		if len(vectors[i]) != 26 {
			return fault.New(fault.Invalid, "a vector is cut")
		}
		o.ids, o.of[id] = append(o.ids, id), document
	}
	return nil
}

func (o *outside) Remove(_ context.Context, _, document string) error {
	if !o.away {
		o.ids = slices.DeleteFunc(o.ids, func(id string) bool { return o.of[id] == document })
	}
	return o.fault()
}

func (o *outside) Count(context.Context, string) (int, error) { return len(o.ids), o.fault() }

func (o *outside) Nearest(_ context.Context, _ string, _ []float32, documents []string, n int) (found []string, _ error) {
	o.asked++
	for _, id := range o.ids {
		if slices.Contains(documents, o.of[id]) {
			found = append(found, id)
		}
	}
	return found[:min(n, len(found))], o.fault()
}

func (o *outside) Clear(context.Context, string) error {
	o.ids = nil
	return o.fault()
}

func TestVectorsAreLookedForOutside(t *testing.T) {
	w := newWorld(t)
	o := &outside{of: map[string]string{}}
	w.outside = o
	w.reopen()
	w.add(library.AddDocument{Title: "a", Text: "zzz.", Collection: "One"})
	w.add(library.AddDocument{Title: "b", Text: "qqq.", Collection: "Two"})
	require.NoError(t, w.work())
	require.Len(t, o.ids, 2)
	texts, notice := w.find("qz")
	assert.Equal(t, []any{[]string{"zzz.", "qqq."}, "", 1}, []any{texts, notice, o.asked})
	texts, _ = w.find("qz", "Two")
	assert.Equal(t, []string{"qqq."}, texts)

	o.away = true
	texts, notice = w.find("qz")
	assert.Len(t, texts, 2, "the library has them too")
	assert.Equal(t, "All vectors are compared here: nobody answers", notice)
	w.add(library.AddDocument{Title: "c", Text: "xxx.", Collection: "Two"})
	require.NoError(t, w.work(), "who is away stops no indexing")

	o.away = false
	_, notice = w.find("qz")
	assert.Equal(t, "All vectors are compared here: the vectors outside are being brought up", notice)
	require.Equal(t, []string{"minilm"}, w.refill)
	require.NoError(t, w.Refill(t.Context(), "minilm", func(int, int) {}))
	assert.Len(t, o.ids, 3)
	_, notice = w.find("qz")
	assert.Empty(t, notice)
}

func TestAnErasedDocumentIsGoneOutsideToo(t *testing.T) {
	w := newWorld(t)
	o := &outside{of: map[string]string{}}
	w.outside = o
	w.reopen()
	w.add(library.AddDocument{Title: "a", Source: "a", Hash: "1", Text: "zzz."})
	require.NoError(t, w.work())
	w.add(library.AddDocument{Title: "a", Source: "a", Hash: "2", Text: "qqq."})
	require.NoError(t, w.work())
	assert.Equal(t, []string{"d002.00000"}, o.ids)
	require.NoError(t, w.ClearOutside(t.Context()))
	assert.Empty(t, o.ids, "before everything is deleted")
}
