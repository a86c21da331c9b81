package library

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/knowledge"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// How many passages are found.
const (
	UsualFound    = 6
	MaxFound      = 50
	rankedDepth   = 40      // of each ranking, before they become one
	questionBytes = 2 << 10 // of a question that is looked for
)

// shelves hold the folded texts and the vectors of the documents that were searched, by document. Passages never change, so
// a shelf is good as long as its document has as many vectors of the same model.
type shelves struct {
	mu   sync.Mutex // guards held
	held map[string]*shelf
}

// shelf is a document, or several: what is known of a passage by its number.
type shelf struct {
	model string
	done  int
	ids   []string
	// documents are those with vectors, of a shelf of several
	documents []string
	texts     []string // folded
	vectors   [][]float32
}

// shelve gives the passages of collections, one document after the other, and lets go of documents that are gone.
// Vectors of another model than the given one are left out: they compare with nothing.
func (l *Library) shelve(ctx context.Context, collections []string, model string) (shelf, error) {
	docs, err := l.there(ctx)
	if err != nil {
		return shelf{}, err
	}
	l.shelves.mu.Lock()
	defer l.shelves.mu.Unlock()
	all, held := shelf{}, map[string]*shelf{}
	for _, d := range docs {
		s, wanted := l.shelves.held[d.ID], len(collections) == 0 || slices.Contains(collections, d.Collection)
		if wanted && (s == nil || s.model != d.Model || s.done != d.Done) {
			if s, err = l.read(ctx, d.Document); err != nil {
				return all, err
			}
		}
		if s != nil {
			held[d.ID] = s
		}
		if wanted {
			all.add(d.ID, s, model)
		}
	}
	l.shelves.held = held
	return all, nil
}

func (s *shelf) add(document string, more *shelf, model string) {
	s.ids, s.texts = append(s.ids, more.ids...), append(s.texts, more.texts...)
	if more.model != model {
		s.vectors = append(s.vectors, make([][]float32, len(more.ids))...)
		return
	}
	s.vectors = append(s.vectors, more.vectors...)
	if more.done > 0 {
		s.done, s.documents = s.done+more.done, append(s.documents, document)
	}
}

func (l *Library) read(ctx context.Context, d Document) (*shelf, error) {
	s := &shelf{model: d.Model, done: d.Done}
	q := store.Query{Kind: record.KindPassage, Index: "document", Equal: d.ID}
	err := l.each(ctx, q, func(r record.Record) error {
		s.ids = append(s.ids, r.ID)
		s.texts = append(s.texts, store.Fold(d.Title+" "+strings.Join(store.Fields(r.Body, []string{"place", "text"}), " ")))
		return nil
	})
	s.vectors = make([][]float32, len(s.ids))
	if err != nil || d.Done == 0 {
		return s, err
	}
	q.Kind = record.KindVector
	return s, l.each(ctx, q, func(r record.Record) error {
		var v vectors
		if err := json.Unmarshal(r.Body, &v); err != nil {
			return fault.Wrap(fault.Internal, err, "stored vectors cannot be read")
		}
		if v.Model == d.Model {
			v.into(s.vectors)
		}
		return nil
	})
}

// into puts vectors where their passages are. What does not fit there came from elsewhere, and is left out.
func (v vectors) into(places [][]float32) {
	all := knowledge.Unpack(v.V)
	if v.First < 0 || v.Count <= 0 || v.First > len(places) || v.Count > len(places)-v.First {
		return
	}
	length := len(all) / v.Count
	for i := range v.Count {
		places[v.First+i] = all[i*length : (i+1)*length]
	}
}

// Find looks for passages by their words and by their meaning, and makes one order of both.
func (l *Library) Find(ctx context.Context, in FindPassages) (FoundPassages, error) {
	out := FoundPassages{Passages: []FoundPassage{}}
	if in.Limit < 0 || in.Limit > MaxFound {
		return out, fault.New(fault.Invalid, "1 to %d passages can be asked for", MaxFound).WithField("limit")
	}
	if in.Limit == 0 {
		in.Limit = UsualFound
	}
	model, missing := l.opt.Embedder.Model(ctx)
	all, err := l.shelve(ctx, in.Collections, model)
	if err != nil {
		return out, err
	}
	words := clip(in.Words, questionBytes)
	var near knowledge.Ranking
	if missing == nil {
		near, out.Notice, missing = l.near(ctx, model, words, all)
	}
	if missing != nil {
		out.Notice = onlyWords(missing)
	}
	found := knowledge.Fuse(in.Limit, knowledge.ByWords(store.Words(words), all.texts, rankedDepth), near)
	keys := make([]record.Key, len(found))
	for i, n := range found {
		keys[i] = record.Key{Kind: record.KindPassage, ID: all.ids[n]}
	}
	out.Passages, err = l.cite(ctx, keys)
	return out, err
}

// near ranks passages by how near their vectors are to a question's. An error says why that can't be, and the notice why they
// were compared here although there is a store outside.
func (l *Library) near(ctx context.Context, model, words string, all shelf) (_ knowledge.Ranking, notice string, _ error) {
	if all.done == 0 || strings.TrimSpace(words) == "" {
		return nil, "", nil
	}
	made, err := l.opt.Embedder.Embed(ctx, model, []string{words})
	if err != nil {
		return nil, "", err
	}
	if len(made) != 1 {
		return nil, "", fault.New(fault.Malformed, "the model %.80q sent %d vectors for a question", model, len(made))
	}
	knowledge.Normalize(made[0])
	if v := l.vectors(ctx); v != nil {
		found, err := l.outside(ctx, v, model, made[0], all)
		if err == nil {
			return found, "", nil
		}
		notice = "All vectors are compared here: " + fault.Public(err).Message
	}
	return knowledge.ByVector(made[0], all.vectors, rankedDepth), notice, nil
}

// cite reads passages, with what they are cited by. One that was erased meanwhile is left out.
func (l *Library) cite(ctx context.Context, keys []record.Key) ([]FoundPassage, error) {
	out := []FoundPassage{}
	if len(keys) == 0 {
		return out, nil
	}
	records, err := l.opt.Store.Get(ctx, keys...)
	if err != nil {
		return out, fault.Wrap(fault.CodeOf(err), err, "what was found cannot be read")
	}
	for _, r := range records {
		var p Passage
		if r.Deleted || json.Unmarshal(r.Body, &p) != nil {
			continue
		}
		d, err := l.get(ctx, p.Document)
		if err != nil {
			continue
		}
		out = append(out, FoundPassage{ID: p.ID, Document: d.ID, Title: d.Title, Place: p.Place, Text: p.Text})
	}
	return out, nil
}
