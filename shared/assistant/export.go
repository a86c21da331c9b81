package assistant

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"hash"
	"strconv"
	"unicode/utf8"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// The first members of an export. The version is raised when an older reader would misread the file.
const (
	ExportFormat  = "kai-export"
	ExportVersion = 1
)

// exportChunk is about how much text one chunk carries.
const exportChunk = 48 << 10

// export streams everything a person would want to keep as one JSON text: conversations that are not in the trash, their
// messages, folders, prompts, personas, knowledge, services without keys, settings. What can be made again (vectors) and what
// is no text (images) is not in it. It is ordered by id and has no time of its own in it: equal contents give
// equal bytes.
func (a *Assistant) export(ctx context.Context, _ Empty, emit func(ExportChunk) error) (ExportEnd, error) {
	w := &exporter{emit: emit, digest: digest.NewSHA256()}
	w.text(`{"format":"` + ExportFormat + `","version":` + strconv.Itoa(ExportVersion) + `,"conversations":[`)
	here := map[string]bool{}
	err := exportAll(ctx, a, w, record.KindConversation, func(c kept[Conversation]) (any, bool) {
		here[c.Body.ID] = c.Body.Trashed == ""
		return c.Body, here[c.Body.ID]
	})
	if err != nil {
		return w.end, err
	}
	w.text(`],"messages":[`)
	err = exportAll(ctx, a, w, record.KindMessage, func(m kept[Message]) (any, bool) {
		return a.newest(m), here[m.Body.Conversation]
	})
	if err != nil {
		return w.end, err
	}
	w.text(`],"services":[`)
	err = exportAll(ctx, a, w, record.KindService, func(s kept[Service]) (any, bool) {
		s.Body.Key = ""
		return s.Body, true
	})
	if err != nil {
		return w.end, err
	}
	for _, kind := range []record.Kind{record.KindFolder, record.KindPrompt, record.KindPersona, record.KindDocument, record.KindPassage} {
		w.text(`],"` + string(kind) + `s":[`)
		w.first = true
		err := a.eachRecord(ctx, store.Query{Kind: kind, Limit: 200}, func(r record.Record) bool {
			w.record(r.Body)
			return w.err == nil
		})
		if err = cmp.Or(err, w.err); err != nil {
			return w.end, err
		}
	}
	return a.exportSettings(ctx, w)
}

func (a *Assistant) exportSettings(ctx context.Context, w *exporter) (ExportEnd, error) {
	s, err := a.settings(ctx)
	if err != nil {
		return w.end, err
	}
	w.text(`],"settings":`)
	w.first = true
	w.record(s.Body)
	w.text("}\n")
	if err := w.flush(); err != nil {
		return w.end, err
	}
	w.end.SHA256 = hex.EncodeToString(w.digest.Sum(nil))
	return w.end, nil
}

// exportAll writes the records of a kind that pick wants, as it wants them.
func exportAll[T any](ctx context.Context, a *Assistant, w *exporter, kind record.Kind, pick func(kept[T]) (any, bool)) error {
	w.first = true
	err := each(ctx, a, store.Query{Kind: kind, Limit: 200}, func(k kept[T]) bool {
		if body, ok := pick(k); ok {
			w.record(body)
		}
		return w.err == nil
	})
	if err == nil {
		err = w.err
	}
	return err
}

// exporter gathers text and emits it in chunks, counting and hashing what it emitted. Its first error stays.
type exporter struct {
	emit   func(ExportChunk) error
	digest hash.Hash
	buffer []byte
	end    ExportEnd
	first  bool // no comma before the next record
	err    error
}

func (w *exporter) record(body any) {
	text, err := json.Marshal(body)
	if err != nil && w.err == nil {
		w.err = fault.Wrap(fault.Internal, err, "a record cannot be written as JSON")
	}
	if !w.first {
		w.text(",")
	}
	w.first = false
	w.text("\n" + string(text))
	w.end.Records++
}

func (w *exporter) text(s string) {
	w.buffer = append(w.buffer, s...)
	for len(w.buffer) >= 2*exportChunk && w.err == nil {
		n := exportChunk
		for !utf8.RuneStart(w.buffer[n]) {
			n++
		}
		w.err = w.send(w.buffer[:n])
		w.buffer = append(w.buffer[:0], w.buffer[n:]...)
	}
}

func (w *exporter) flush() error {
	if w.err == nil && len(w.buffer) > 0 {
		w.err = w.send(w.buffer)
		w.buffer = nil
	}
	return w.err
}

func (w *exporter) send(piece []byte) error {
	w.digest.Write(piece)
	w.end.Bytes += len(piece)
	return w.emit(ExportChunk{Text: string(piece)})
}
