package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// UndoWindow is how long a deleted conversation can be restored before it is erased.
const UndoWindow = time.Minute

// eraseBatch is how many records one write erases.
const eraseBatch = 1000

// trash hides a conversation; it is erased when the undo window has passed. A running answer goes on meanwhile, so
// that undo gives back everything.
func (a *Assistant) trash(ctx context.Context, in ByID) (Conversation, error) {
	c, err := a.editConversation(ctx, in.ID, func(c *Conversation) error {
		if c.Trashed == "" {
			c.Trashed = record.Time(a.deps.Now())
		}
		return a.abandonSummary(c)
	})
	if err == nil {
		a.emptyTrash()
	}
	return c, err
}

// emptyTrash has the trash looked at: there may be something new in it.
func (a *Assistant) emptyTrash() {
	select {
	case a.trashed <- struct{}{}:
	default: // the purge is about to look anyway
	}
}

func (a *Assistant) restore(ctx context.Context, in ByID) (Conversation, error) {
	return a.editConversation(ctx, in.ID, func(c *Conversation) error {
		c.Trashed = ""
		return nil
	})
}

// purgeTrash erases trashed conversations as their undo windows pass.
func (a *Assistant) purgeTrash(ctx context.Context) {
	for {
		next, err := a.purge(ctx)
		if err != nil && ctx.Err() == nil {
			a.deps.Log.Warn("emptying the trash failed", "error", err)
			next = UndoWindow
		}
		var due <-chan time.Time
		if next > 0 {
			due = time.After(next)
		}
		select {
		case <-due:
		case <-a.trashed:
		case <-ctx.Done():
			return
		}
	}
}

// purge erases what is due and says when to look again, 0 when the trash is empty.
func (a *Assistant) purge(ctx context.Context) (time.Duration, error) {
	var due []string
	next := time.Duration(0)
	q := store.Query{Kind: record.KindConversation, Limit: 500}
	err := each(ctx, a, q, func(c kept[Conversation]) bool {
		if c.Body.Trashed == "" {
			return true
		}
		if left := a.undoLeft(c.Body); left <= 0 {
			due = append(due, c.Body.ID)
		} else if next == 0 || left < next {
			next = left
		}
		return true
	})
	for _, id := range due {
		if err := a.purgeOne(ctx, id); err != nil {
			return 0, err
		}
	}
	if len(due) > 0 {
		a.spawn(a.forgetErased)
		a.sweepPictures(ctx, a.deps.Now().Add(-UndoWindow))
	}
	return next, err
}

// undoLeft is how long a trashed conversation can still be restored. When the clock was set back it is kept until the
// clock has caught up, rather than erased too soon.
func (a *Assistant) undoLeft(c Conversation) time.Duration {
	return record.UndoLeft(c.Trashed, UndoWindow, a.deps.Now())
}

// purgeOne erases a conversation with its messages and runs; the conversation goes last, so that a purge that was cut
// off is found again.
func (a *Assistant) purgeOne(ctx context.Context, id string) error {
	if err := a.lock(ctx); err != nil {
		return err
	}
	defer a.unlock()
	c, err := get[Conversation](ctx, a, record.KindConversation, id)
	if err != nil || c.Body.Trashed == "" || a.undoLeft(c.Body) > 0 {
		return nil //nolint:nilerr // gone or restored meanwhile: nothing to erase
	}
	a.abandon(func(f *follower) bool { return f.conversation() == id })
	for _, kind := range []record.Kind{record.KindMessage, record.KindRun} {
		q := store.Query{Kind: kind, Index: "conversation", Equal: id, Limit: eraseBatch}
		if err := a.eraseAll(ctx, q); err != nil {
			return err
		}
	}
	_, err = a.commit(ctx, NewsData{}, draft{record.KindConversation, id, nil, c.Version})
	return err
}

// eraseAll writes tombstones over everything that a query finds. The caller holds the lock.
func (a *Assistant) eraseAll(ctx context.Context, q store.Query) error {
	for {
		page, err := a.deps.Store.List(ctx, q)
		if err != nil || len(page.Records) == 0 {
			return err
		}
		drafts := make([]draft, len(page.Records))
		for i, r := range page.Records {
			drafts[i] = draft{r.Kind, r.ID, nil, r.Version}
		}
		if _, err := a.commit(ctx, NewsData{}, drafts...); err != nil {
			return err
		}
		if page.Next == "" {
			return nil
		}
	}
}
