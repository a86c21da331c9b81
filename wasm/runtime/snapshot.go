package runtime

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
)

// snapshotAfter is how long changes gather before the snapshot is written.
const snapshotAfter = 500 * time.Millisecond

// snapshotWriter keeps what views paint before the program answers.
type snapshotWriter struct {
	from  protocol.Handler
	keep  func(text string)
	after func(time.Duration) <-chan time.Time
	dirty chan struct{}
	log   *logs.Logger
}

func newSnapshotWriter(from protocol.Handler, keep func(string), after func(time.Duration) <-chan time.Time, log *logs.Logger) *snapshotWriter {
	return &snapshotWriter{from: from, keep: keep, after: after, dirty: make(chan struct{}, 1), log: log}
}

// note marks the snapshot as old when the news shows in it. Messages do not.
func (w *snapshotWriter) note(n assistant.News) {
	shows := n.Data.Reset || n.Data.Storage != nil || n.Data.Companion != nil || len(n.Data.Health) > 0
	for _, change := range n.Data.Changes {
		shows = shows || change.Kind != record.KindMessage && change.Kind != record.KindRun
	}
	if !shows {
		return
	}
	select {
	case w.dirty <- struct{}{}:
	default:
	}
}

// run writes the snapshot now, and again a while after each change, until ctx ends.
func (w *snapshotWriter) run(ctx context.Context) {
	for {
		if err := w.write(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("the first look of views was not refreshed", "err", err)
		}
		select {
		case <-w.dirty:
		case <-ctx.Done():
			return
		}
		select {
		case <-w.after(snapshotAfter):
		case <-ctx.Done():
			return
		}
	}
}

func (w *snapshotWriter) write(ctx context.Context) error {
	out, err := w.from.Serve(ctx, protocol.NewRequest(assistant.MethodSnapshot, nil, nil))
	if err != nil {
		return err
	}
	if s, ok := out.(assistant.Snapshot); ok {
		s.Runs = []assistant.RunRecord{} // they will have ended, or are told by the program
		out = s
	}
	text, err := json.Marshal(out)
	if err != nil {
		return err
	}
	w.keep(string(text))
	return nil
}

// busy tells the browser while answers are being made or models downloaded.
type busy struct {
	tell func(on bool)

	mu   sync.Mutex // guards runs
	runs map[string]bool
}

func (b *busy) note(n assistant.News) {
	if n.Data.Run != nil {
		b.set(n.Data.Run.ID, !n.Data.Run.State.Ended())
	}
	if p := n.Data.Pull; p != nil {
		b.set(p.Service+" "+p.Model, !p.Ended)
	}
}

// set says whether something that takes long goes on: an answer, the download of a model, or the reading of a document.
func (b *busy) set(id string, on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.runs) > 0
	if on {
		b.runs[id] = true
	} else {
		delete(b.runs, id)
	}
	if now := len(b.runs) > 0; now != before {
		b.tell(now)
	}
}
