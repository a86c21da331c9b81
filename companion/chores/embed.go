package chores

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// KindEmbed is the kind of the making of vectors of a document's passages.
const KindEmbed = "embed"

const (
	embedTries = 8
	embedTime  = 12 * time.Hour
)

// KindIngest is the kind of giving all vectors of a model to a store of vectors outside.
const KindIngest = "ingest"

// Ingest is its body.
type Ingest struct {
	Model string `json:"model"`
}

// Embed is its body.
type Embed struct {
	Document string `json:"document"`
}

// EmbedTask is the task of a document.
func EmbedTask(document string) (queue.Spec, error) {
	body, err := json.Marshal(Embed{document})
	return queue.Spec{Kind: KindEmbed, Body: body}, err
}

// Embeds makes vectors. A document keeps how far it is, so a later try goes on there.
type Embeds struct{ Library func() *library.Library }

// Kind is that of the vectors.
func (e Embeds) Kind() queue.Kind {
	return queue.Kind{Name: KindEmbed, Tries: embedTries, Pause: time.Minute, Timeout: embedTime, Do: e.do}
}

func (e Embeds) do(ctx context.Context, w *queue.Work) error {
	var body Embed
	if err := w.Decode(&body); err != nil {
		return err
	}
	err := e.Library().Index(ctx, body.Document, func(done, total int) { w.Progress("reading passages", int64(done), int64(total)) })
	if fault.CodeOf(err) == fault.NotFound && ctx.Err() == nil {
		if _, gone := e.Library().Open(ctx, library.ByDocument{ID: body.Document}); fault.CodeOf(gone) == fault.NotFound {
			return nil // it was removed: nothing is left to do
		}
	}
	return err
}

// Ingest is the kind of filling the store outside.
func (e Embeds) Ingest() queue.Kind {
	return queue.Kind{Name: KindIngest, Pause: time.Minute, Timeout: embedTime, Do: func(ctx context.Context, w *queue.Work) error {
		var body Ingest
		if err := w.Decode(&body); err != nil {
			return err
		}
		return e.Library().Refill(ctx, body.Model, func(done, total int) { w.Progress("giving vectors", int64(done), int64(total)) })
	}}
}
