package assistant

import (
	"context"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
)

// deleteAll erases everything: conversations, knowledge, prompts, services with their keys, settings. Running answers are stopped. While sync is
// on it stays on, so that what is deleted here is deleted on the other devices too.
func (a *Assistant) deleteAll(ctx context.Context, _ Empty) (Empty, error) {
	if err := a.lock(ctx); err != nil {
		return Empty{}, err
	}
	defer a.unlock()
	a.abandon(func(*follower) bool { return true })
	a.mu.Lock()
	for _, w := range a.summaries {
		w.stop()
	}
	a.mu.Unlock()
	a.forgetSummary("")
	for _, kind := range []record.Kind{
		record.KindMessage, record.KindRun, record.KindConversation, record.KindConflict, record.KindFolder, record.KindPrompt, record.KindPersona,
		record.KindImage, record.KindVector, record.KindPassage, record.KindDocument, record.KindService, record.KindSetting,
	} {
		if err := a.eraseKind(ctx, kind); err != nil {
			return Empty{}, fault.Wrap(fault.CodeOf(err), err, "not everything could be deleted").
				WithRemedy("try again; what is left is still there")
		}
	}
	if a.Syncs() {
		next := Settings{Theme: "system", Sync: true}
		if _, err := a.commit(ctx, NewsData{}, draft{record.KindSetting, settingsID, next, a.versionOf(ctx, record.KindSetting, settingsID)}); err != nil {
			return Empty{}, err
		}
	}
	a.corpus.reset()
	a.mu.Lock()
	a.health = map[string]service.Health{}
	a.mu.Unlock()
	a.sweepPictures(ctx, a.deps.Now().Add(time.Second)) // nothing comes while the lock is held
	a.publish(ctx, NewsData{Reset: true})
	a.spawn(a.forgetErased)
	return Empty{}, nil
}

// eraseKind writes tombstones in silence: one piece of news follows for all. The caller holds the lock.
func (a *Assistant) eraseKind(ctx context.Context, kind record.Kind) error {
	q := store.Query{Kind: kind, Limit: eraseBatch}
	for {
		page, err := a.deps.Store.List(ctx, q)
		if err != nil {
			return err
		}
		writes := make([]store.Write, len(page.Records))
		for i, r := range page.Records {
			gone := record.Record{Kind: kind, ID: r.ID, Version: a.versionAfter(r.Version), Deleted: true}
			writes[i] = store.Put(gone)
		}
		if len(writes) > 0 {
			if _, err := a.deps.Store.Apply(ctx, writes...); err != nil {
				a.writeFailed(ctx, err)
				return err
			}
		}
		if q.After = page.Next; q.After == "" {
			return nil
		}
	}
}
