package assistant

import (
	"context"
	"slices"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// maxNewsChanges is how many records of one batch are told one by one; views look at everything again after more.
const maxNewsChanges = 100

// Replicated is the store as exchanges with other replicas read and write it: what they write comes between no reading and
// writing of ours, is news to the views, and is found by the search. Of a conversation that stays here they read nothing, and
// what they write of it is not taken.
func (a *Assistant) Replicated() store.Store { return &replicated{a.deps.Store, a} }

type replicated struct {
	store.Store
	a *Assistant
}

// Apply writes a batch; see store.Store. The clock moves past it first: what is written here afterwards is newer.
func (r *replicated) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	if err := r.a.lock(ctx); err != nil {
		return store.Result{}, err
	}
	defer r.a.unlock()
	for _, w := range batch {
		if w.Record.Kind == record.KindReplica {
			continue // counted, not stamped
		}
		if err := r.a.deps.Clock.Observe(w.Record.Version); err != nil {
			return store.Result{}, err
		}
	}
	if err := r.a.private.load(ctx, r.a); err != nil {
		return store.Result{}, err
	}
	foreign, err := r.a.private.foreign(ctx, r.Store, batch)
	if err != nil {
		return store.Result{}, err
	}
	result, err := r.apply(ctx, batch, foreign)
	if err == nil {
		r.a.arrived(ctx, batch, result.Won)
	}
	return result, err
}

// apply writes what is not marked as foreign; that wins nothing.
func (r *replicated) apply(ctx context.Context, batch []store.Write, foreign []bool) (store.Result, error) {
	if !slices.Contains(foreign, true) {
		return r.Store.Apply(ctx, batch...)
	}
	ours := make([]store.Write, 0, len(batch))
	for i, w := range batch {
		if !foreign[i] {
			ours = append(ours, w)
		}
	}
	result, err := r.Store.Apply(ctx, ours...)
	if err != nil {
		return result, err
	}
	won := make([]bool, len(batch))
	for i, n := 0, 0; i < len(batch); i++ {
		if !foreign[i] {
			won[i] = result.Won[n]
			n++
		}
	}
	result.Won = won
	return result, nil
}

// Changes reads a piece of the feed; see store.Store. Nobody writes meanwhile: a conversation that is just being shared again
// would be passed over for ever.
func (r *replicated) Changes(ctx context.Context, since uint64, limit int) (store.Feed, error) {
	if err := r.a.lock(ctx); err != nil {
		return store.Feed{}, err
	}
	defer r.a.unlock()
	if err := r.a.private.load(ctx, r.a); err != nil {
		return store.Feed{}, err
	}
	feed, err := r.Store.Changes(ctx, since, limit)
	feed.Records = slices.DeleteFunc(feed.Records, r.a.private.holds)
	return feed, err
}

// Sweep forgets deletions, where the store can; see store.Sweeper.
func (r *replicated) Sweep(ctx context.Context, tombstones ...record.Record) error {
	sweeper, ok := r.Store.(store.Sweeper)
	if !ok {
		return fault.New(fault.Unsupported, "this store keeps every deletion")
	}
	return sweeper.Sweep(ctx, tombstones...)
}

// arrived tells of what another replica wrote here. The caller holds the lock.
func (a *Assistant) arrived(ctx context.Context, batch []store.Write, won []bool) {
	var news NewsData
	for i, w := range batch {
		kind := w.Record.Kind
		if !won[i] || !seen(kind) {
			continue
		}
		a.corpus.noteRecord(w.Record)
		if w.Record.Deleted { // an answer that is being made must not bring it back
			a.abandon(func(f *follower) bool { return f.record().Message == w.Record.ID || f.conversation() == w.Record.ID })
		}
		change := Change{w.Record}
		if len(change.Body) > MaxNewsBody {
			change.Body = nil
		}
		news.Changes = append(news.Changes, change)
	}
	if len(news.Changes) > maxNewsChanges {
		news = NewsData{Reset: true}
	}
	if news.Reset || len(news.Changes) > 0 {
		a.publish(ctx, news)
	}
}

// seen says whether views show records of a kind as they are.
func seen(kind record.Kind) bool {
	switch kind {
	case record.KindConversation, record.KindMessage, record.KindFolder, record.KindPrompt, record.KindPersona:
		return true
	}
	return false
}

// noteRecord takes a record that was written from elsewhere.
func (c *corpus) noteRecord(r record.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded && c.loading == nil {
		return
	}
	if c.overtake != nil {
		c.overtake[r.ID] = true
	}
	switch {
	case r.Kind == record.KindMessage && store.IndexKey(r.Body, "state") != string(run.StateRunning):
		c.putLocked(docOf(r), r.Deleted)
	case r.Kind == record.KindConversation && r.Deleted:
		delete(c.titles, r.ID)
	case r.Kind == record.KindConversation:
		fields := store.Fields(r.Body, []string{"title", "updated", "trashed"})
		c.titles[r.ID] = titleOf(Conversation{Title: fields[0], Updated: fields[1], Trashed: fields[2]})
	}
}
