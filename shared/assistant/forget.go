package assistant

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
)

// forgetBatch is how many runs are looked up and forgotten at a time.
const forgetBatch = 500

// forgetErased makes the runners erase the runs whose records were erased here. Runners keep answers of their own, so that
// they can be followed on; what a person deletes must go there too. The tombstones are the memory of it: for a companion
// that is away now, the same is done when it is back.
func (a *Assistant) forgetErased(ctx context.Context) {
	here, companion := a.runners()
	for _, r := range []run.Runner{here, companion} {
		if r == nil {
			continue
		}
		if err := a.forgetErasedIn(ctx, r); err != nil && ctx.Err() == nil {
			a.deps.Log.Info("erased answers are still kept where they were made", "error", err)
		}
	}
}

func (a *Assistant) forgetErasedIn(ctx context.Context, r run.Runner) error {
	list, err := r.List(ctx)
	if err != nil {
		return err
	}
	for len(list) > 0 {
		some := list[:min(len(list), forgetBatch)]
		list = list[len(some):]
		keys := make([]record.Key, len(some))
		for i, s := range some {
			keys[i] = record.Key{Kind: record.KindRun, ID: runOf(s.ID)}
		}
		found, err := a.deps.Store.Get(ctx, keys...)
		if err != nil {
			return err
		}
		var erased []string
		for i, rec := range found {
			if rec.Deleted {
				erased = append(erased, some[i].ID)
			}
		}
		if len(erased) == 0 {
			continue
		}
		if err := r.Forget(ctx, erased...); err != nil {
			return err
		}
	}
	return nil
}

// forget ends a run at its runner and erases it there; a runner that cannot forget stops it at least.
func (f *follower) forget(ctx context.Context, r run.Runner) error {
	id := f.record().engineID()
	err := r.Forget(ctx, id)
	if fault.CodeOf(err) == fault.Unsupported {
		return r.Stop(ctx, id)
	}
	return err
}
