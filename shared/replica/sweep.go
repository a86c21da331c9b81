package replica

import (
	"context"
	"encoding/json"
	"math"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica/life"
	"github.com/kindos/kai/shared/store"
)

// sweepBatch is how many changes are looked through at a time.
const sweepBatch = 500

// Sweep forgets deletions older than TombstoneLife that every partner knows of, and says how many it looked at. Partners
// that dial count while they have come within TombstoneLife; those that we dial always count. It is for replicas with one way
// between any two, such as browsers around one kai: over a second way a record may come back from where nobody knew that it
// was deleted. fault.Unsupported when the store keeps every deletion for ever.
func (r *Replica) Sweep(ctx context.Context) (int, error) {
	sweeper, ok := r.opt.Store.(store.Sweeper)
	if !ok {
		return 0, fault.New(fault.Unsupported, "this store keeps every deletion")
	}
	known, err := r.knownToAll(ctx)
	if err != nil {
		return 0, err
	}
	swept, oldest := 0, r.opt.Now().Add(-TombstoneLife).UnixMilli()
	for at := uint64(0); at < known; {
		feed, err := r.read(ctx, at, known-at, sweepBatch, PageBytes)
		if err != nil {
			return swept, err
		}
		old := oldTombstones(feed.Records, oldest)
		if err := r.forget(ctx, sweeper, old, feed.Seq); err != nil {
			return swept, err
		}
		swept += len(old)
		if at = feed.Seq; !feed.More {
			break
		}
	}
	return swept, nil
}

// forget raises the floor before anything below it goes, so that a crash in between only makes a partner read anew. Sessions
// that were opened above a lower floor end.
func (r *Replica) forget(ctx context.Context, sweeper store.Sweeper, old []record.Record, floor uint64) error {
	if len(old) == 0 {
		return nil
	}
	if _, err := r.editSelf(ctx, func(s *life.Self) { s.Floor = max(s.Floor, floor) }); err != nil {
		return err
	}
	r.mu.Lock()
	clear(r.sessions)
	r.mu.Unlock()
	return sweeper.Sweep(ctx, old...)
}

func oldTombstones(records []record.Record, oldest int64) []record.Record {
	var out []record.Record
	for _, rec := range records {
		if rec.Deleted && rec.Kind != record.KindReplica && rec.Version.Wall() < oldest {
			out = append(out, rec)
		}
	}
	return out
}

// knownToAll is the place up to which every partner that counts has taken our feed; without partners it is the end.
func (r *Replica) knownToAll(ctx context.Context) (uint64, error) {
	me, err := r.self(ctx)
	if err != nil {
		return 0, err
	}
	head, err := r.opt.Store.Apply(ctx)
	if err != nil {
		return 0, err
	}
	known := head.Seq
	for _, direction := range []string{dialed, answered} {
		least, err := r.knownTo(ctx, direction, me.ID)
		if err != nil {
			return 0, err
		}
		known = min(known, least)
	}
	return known, nil
}

func (r *Replica) knownTo(ctx context.Context, direction, me string) (uint64, error) {
	known, alive := uint64(math.MaxUint64), r.opt.Now().Add(-TombstoneLife).UnixMilli()
	prefix := direction + me + "/"
	for q := (store.Query{Kind: record.KindReplica, From: prefix, To: prefix + "~"}); ; {
		page, err := r.opt.Store.List(ctx, q)
		if err != nil {
			return 0, err
		}
		for _, rec := range page.Records {
			var s state
			if err := json.Unmarshal(rec.Body, &s); err != nil {
				return 0, life.Unreadable(err)
			}
			if direction == dialed || s.Seen >= alive {
				known = min(known, s.Read)
			}
		}
		if q.After = page.Next; q.After == "" {
			return known, nil
		}
	}
}
