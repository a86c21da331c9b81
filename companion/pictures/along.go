package pictures

import (
	"context"
	"log/slog"
	"sync"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
	"github.com/kindos/kai/shared/store"
)

// Place is one side of an exchange: how its methods blob.* are called.
type Place interface {
	Call(ctx context.Context, method string, in, out any) error
}

// Along is an exchange between us, who answer, and a device whose records we read and write: before a page goes over, the
// pictures that its records name are brought to where it goes. One that can't be had holds no record up.
type Along struct {
	replica.Exchange
	here, there *shelf
	log         *slog.Logger
}

// Take makes the exchange that answers for here one that takes pictures along.
func Take(next replica.Exchange, here, there Place, log *slog.Logger) *Along {
	return &Along{Exchange: next, here: &shelf{Place: here}, there: &shelf{Place: there}, log: log}
}

// Push brings the pictures of a page from there; see replica.Exchange.
func (a *Along) Push(ctx context.Context, in replica.Push) (replica.Pushed, error) {
	a.bring(ctx, in.Page.Records, a.there, a.here)
	return a.Exchange.Push(ctx, in)
}

// Pull brings the pictures of each page there; see replica.Exchange.
func (a *Along) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	return a.Exchange.Pull(ctx, in, func(page replica.Page) error {
		a.bring(ctx, page.Records, a.here, a.there)
		return take(page)
	})
}

func (a *Along) bring(ctx context.Context, records []record.Record, from, to *shelf) {
	for _, r := range records {
		for _, name := range store.BlobNames(r.Body) {
			if err := to.bring(ctx, name, from); err != nil && ctx.Err() == nil {
				a.log.Info("a picture did not come along", "record", r.ID, "error", err)
			}
		}
	}
}

// shelf is what one side has.
type shelf struct {
	Place

	mu   sync.Mutex // guards all below
	have map[string]bool
}

// bring copies a picture that is not here.
func (s *shelf) bring(ctx context.Context, name string, from *shelf) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.learn(ctx); err != nil || s.have[name] {
		return err
	}
	var picture assistant.Content
	if err := from.Call(ctx, assistant.MethodBlobGet, assistant.ByID{ID: name}, &picture); err != nil {
		return err
	}
	var kept assistant.ByID
	if err := s.Call(ctx, assistant.MethodBlobPut, picture, &kept); err != nil {
		return err
	}
	s.have[name] = true
	return nil
}

// learn asks once what is here.
func (s *shelf) learn(ctx context.Context) error {
	if s.have != nil {
		return nil
	}
	have := map[string]bool{}
	for in := (assistant.ListBlobs{Limit: store.DefaultPage}); ; {
		var page []store.Blob
		if err := s.Call(ctx, assistant.BlobList, in, &page); err != nil {
			return err
		}
		for _, b := range page {
			have[b.Name], in.After = true, b.Name
		}
		if len(page) < in.Limit {
			s.have = have
			return nil
		}
	}
}
