package library

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/knowledge"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// How a text is cut: a passage is what the smaller embedding models read at once, 256 tokens.
const (
	passageBytes = 1000
	overlapBytes = 150
	maxPassages  = store.MaxBatch - 1 // of a document: they are written at once, with its record
	maxLabel     = 300                // bytes of a name
	maxSource    = 2 << 10
)

// List lists the documents, and erases those that were removed long enough ago.
func (l *Library) List(ctx context.Context, _ struct{}) (Knowledge, error) {
	out := Knowledge{Documents: []Document{}}
	all, err := l.all(ctx)
	for _, k := range all {
		if k.Trashed == "" {
			out.Documents = append(out.Documents, k.Document)
		} else if err == nil && record.UndoLeft(k.Trashed, UndoWindow, l.opt.Now()) <= 0 {
			err = l.purge(ctx, k.ID)
		}
	}
	model, missing := l.opt.Embedder.Model(ctx)
	if out.Model = model; missing != nil {
		out.Notice = onlyWords(missing)
	}
	return out, err
}

// Has says whether there is such a document, one that was removed and can be brought back among them.
func (l *Library) Has(ctx context.Context, such func(Document) bool) bool {
	all, err := l.all(ctx)
	return err == nil && slices.ContainsFunc(all, func(k kept) bool { return such(k.Document) })
}

func onlyWords(why error) string {
	return "Only words are looked for: " + fault.Public(why).Words() + "."
}

// purge erases a document unless it was brought back meanwhile.
func (l *Library) purge(ctx context.Context, id string) error {
	if err := l.lock(ctx); err != nil {
		return err
	}
	defer l.unlock()
	k, err := l.get(ctx, id)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		return nil
	case err != nil || k.Trashed == "":
		return err
	}
	return l.erase(ctx, k)
}

// Add cuts a text into passages and keeps them at once; what cannot be read is kept as failed. Their vectors are made after
// that.
func (l *Library) Add(ctx context.Context, in AddDocument) (Document, error) {
	d := Document{
		ID: l.opt.NewID(), Collection: label(in.Collection), Title: label(in.Title), Source: clip(in.Source, maxSource), Hash: label(in.Hash),
		Created: record.Time(l.opt.Now()), State: Indexing,
	}
	if d.Collection == "" || d.Title == "" {
		return d, fault.New(fault.Invalid, "a document has a title, and stands in a collection").WithField("title").WithRemedy("name both")
	}
	if model, err := l.opt.Embedder.Model(ctx); err == nil {
		d.Model = model
	}
	passages := cut(&d, in)
	if err := l.lock(ctx); err != nil {
		return d, err
	}
	defer l.unlock()
	old, same, err := l.before(ctx, d)
	if err != nil || same != nil {
		return d, orSame(&d, same, err)
	}
	if err := l.write(ctx, d, passages); err != nil {
		return d, err
	}
	for _, k := range old {
		if err := l.erase(ctx, k); err != nil {
			return d, err
		}
	}
	return d, l.begin(ctx, d)
}

func orSame(d, same *Document, err error) error {
	if same != nil {
		*d = *same
	}
	return err
}

// before finds what a document takes the place of; same is set when nothing has changed since.
func (l *Library) before(ctx context.Context, d Document) (old []kept, same *Document, err error) {
	all, err := l.there(ctx)
	for _, k := range all {
		if d.Source == "" || k.Collection != d.Collection || k.Source != d.Source {
			continue
		}
		if d.Hash != "" && k.Hash == d.Hash && k.State != Failed && d.State != Failed {
			same := k.Document
			return nil, &same, err
		}
		old = append(old, k)
	}
	return old, nil, err
}

func (l *Library) write(ctx context.Context, d Document, passages []Passage) error {
	var writes []store.Write
	for _, p := range passages {
		w, err := l.put(record.KindPassage, p.ID, p, "")
		if err != nil {
			return err
		}
		writes = append(writes, w)
	}
	w, err := l.put(record.KindDocument, d.ID, d, "")
	if err != nil {
		return err
	}
	return l.apply(ctx, append(writes, w)...)
}

// label makes one line of a name.
func label(text string) string { return clip(strings.Join(strings.Fields(text), " "), maxLabel) }

func clip(text string, n int) string {
	return strings.ToValidUTF8(text[:min(len(text), n)], "")
}

// cut makes the passages of a document, or says in it why there are none.
func cut(d *Document, in AddDocument) (out []Passage) {
	text := strings.ToValidUTF8(in.Text, "�")
	if in.Problem != "" {
		d.fail(in.Problem, "")
		return nil
	}
	if len(text) > MaxDocumentBytes {
		d.fail(fmt.Sprintf("it has more than %d MB of text", MaxDocumentBytes>>20), "add it in parts")
		return nil
	}
	parts, end := knowledge.Split(text, passageBytes, overlapBytes), 0
	switch {
	case len(parts) == 0:
		d.fail("there is no text in it", "if it is pictures of text, have an OCR program read them first")
	case len(parts) > maxPassages:
		d.fail(fmt.Sprintf("it has more than %d passages", maxPassages), "add it in parts")
	default:
		d.Passages = len(parts)
		for i, p := range parts {
			out = append(out, Passage{ID: passageID(d.ID, i), Document: d.ID, Place: label(p.Place), Text: text[p.Start:p.End], Again: max(end-p.Start, 0)})
			end = p.End
		}
		if d.Model == "" {
			d.State = Ready
		}
	}
	return out
}

func (d *Document) fail(why, remedy string) {
	d.State, d.Model, d.Fault = Failed, "", fault.New(fault.Malformed, "%s", clip(why, maxSource))
	if remedy != "" {
		d.Fault = d.Fault.WithRemedy("%s", remedy)
	}
}

func passageID(document string, i int) string { return fmt.Sprintf("%s.%05d", document, i) }

// Set stops or goes on with a document, removes it, or brings it back.
func (l *Library) Set(ctx context.Context, in SetDocument) (Document, error) {
	var model string
	var err error
	if in.State == Indexing { // nobody is asked when many are removed
		model, err = l.opt.Embedder.Model(ctx)
	}
	if err != nil {
		return Document{}, err
	}
	d, err := l.edit(ctx, in.ID, func(d *Document) {
		switch {
		case in.Removed != nil && *in.Removed:
			d.Trashed = record.Time(l.opt.Now())
		case in.Removed != nil:
			d.Trashed = ""
		case in.State == Stopped && d.State == Indexing:
			d.State = Stopped
		case in.State == Indexing && d.Passages > 0:
			if d.Model != model {
				d.Model, d.Done = model, 0
			}
			d.State, d.Fault = Indexing, nil
		}
	})
	if err != nil {
		return d, err
	}
	return d, l.begin(ctx, d)
}

// Open gives a document with its passages.
func (l *Library) Open(ctx context.Context, in ByDocument) (OpenDocument, error) {
	out := OpenDocument{Passages: []Passage{}}
	k, err := l.get(ctx, in.ID)
	if err != nil {
		return out, err
	}
	out.Document = k.Document
	err = l.each(ctx, store.Query{Kind: record.KindPassage, Index: "document", Equal: in.ID}, func(r record.Record) error {
		var p Passage
		err := json.Unmarshal(r.Body, &p)
		out.Passages = append(out.Passages, p)
		return err
	})
	return out, err
}
