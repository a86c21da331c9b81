package replica

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxTries bounds how often a page is planned anew because writers here overtook it.
const maxTries = 32

// plan is what a page does to our store.
type plan struct {
	writes []store.Write // of the page
	ours   []store.Write // that come of it: news to the partner
	copies int           // in ours
}

// merge writes a page of a partner's feed and the place that it reaches, at once or not at all. It says how many texts that
// lost are kept. The caller holds l.mu and knows that the page begins where we stand.
func (r *Replica) merge(ctx context.Context, l *link, page Page) (taken plan, err error) {
	records := r.wanted(page.Records)
	if err := r.observe(records); err != nil {
		return plan{}, err
	}
	for range maxTries {
		taken, err = r.plan(ctx, l, records)
		if err != nil {
			return plan{}, err
		}
		if len(page.Records) == 0 && !r.worthKeeping(l, page.To) {
			l.taken = page.end()
			return taken, nil
		}
		if err = r.apply(ctx, l, taken, page.end()); fault.CodeOf(err) != fault.Conflict {
			return taken, err
		}
		if moved, err := r.moved(ctx, l); moved || err != nil {
			return plan{}, orOvertaken(err)
		}
	}
	return plan{}, err
}

// worthKeeping says whether a place without anything of use before it is written down: where nothing was yet, because who
// stands at the start is taken to have nothing of ours, and every so often.
func (r *Replica) worthKeeping(l *link, place uint64) bool {
	from := l.stored.Taken.Seq
	return place > 0 && from == 0 || place >= from+r.passed()
}

// wanted leaves out what is not shared here: the partner may share more.
func (r *Replica) wanted(records []record.Record) []record.Record {
	out := make([]record.Record, 0, len(records))
	for _, rec := range records {
		if r.choice.shares(rec) {
			out = append(out, rec)
		}
	}
	return out
}

// observe moves the clock past everything that comes, so that what is written here afterwards is newer. A record from too
// far in the future is refused with its page: it is taken when its time is near, or its device's clock is set right.
func (r *Replica) observe(records []record.Record) error {
	newest := record.Version("")
	for _, rec := range records {
		newest = max(newest, rec.Version)
	}
	return r.opt.Clock.Observe(newest)
}

func (r *Replica) plan(ctx context.Context, l *link, records []record.Record) (plan, error) {
	var out plan
	if len(records) == 0 {
		return out, nil // asking for nothing is a way there and back too
	}
	held, err := r.opt.Store.Get(ctx, keysOf(records)...)
	if err != nil {
		return out, err
	}
	losses := map[record.Key]loss{}
	for i, rec := range records {
		if rec.Version == held[i].Version {
			continue
		}
		lost := loss{loser: rec, winner: held[i], ours: true}
		if rec.Version > held[i].Version {
			lost = loss{loser: held[i], winner: rec}
			out.writes = append(out.writes, store.PutIf(rec, held[i].Version))
		}
		if lost.hurts() || lost.forgotten() {
			losses[rec.Key()] = lost
		}
	}
	return r.mend(ctx, l, out, records, losses)
}

// loss is a record that gives way to another.
type loss struct {
	loser, winner record.Record
	ours          bool // the winner was here already
}

func (lost loss) hurts() bool { return hurts(lost.loser, lost.winner) }

// forgotten says whether the partner may have forgotten a deletion that it knew of: it tells of something older.
func (lost loss) forgotten() bool { return lost.ours && lost.winner.Deleted }

// mend adds a copy of each text that lost to a change whose writer had not seen it, and says deletions again that the
// partner knew of and knows no more.
func (r *Replica) mend(ctx context.Context, l *link, out plan, records []record.Record, losses map[record.Key]loss) (plan, error) {
	if len(losses) == 0 {
		return out, nil
	}
	unread, err := r.unread(ctx, l, losses)
	if err != nil {
		return out, err
	}
	arriving := map[record.Key]bool{}
	for _, w := range out.writes {
		arriving[w.Record.Key()] = true
	}
	for _, rec := range records { // in their order: equal histories end in equal stores
		key := rec.Key()
		lost, is := losses[key]
		if !is {
			continue
		}
		again := lost.forgotten() && !unread[key]
		if again {
			out.ours = append(out.ours, store.PutIf(justAfter(lost.winner), lost.winner.Version))
		}
		kept, err := CopyOf(lost.loser)
		if err != nil {
			return out, err
		}
		if lost.hurts() && (unread[key] || again) && !arriving[kept.Key()] {
			out.ours = append(out.ours, store.Put(kept))
			out.copies++
		}
	}
	return out, nil
}

// apply writes a plan with the place that it reaches.
func (r *Replica) apply(ctx context.Context, l *link, p plan, to Position) error {
	next := l.stored
	next.Taken, next.Read = to, max(next.Read, l.read)
	write, err := r.linkWrite(l, &next)
	if err != nil {
		return err
	}
	batch := append(p.writes[:len(p.writes):len(p.writes)], write)
	result, err := r.opt.Store.Apply(ctx, append(batch, p.ours...)...)
	if err != nil {
		return err
	}
	l.stored, l.version, l.taken = next, write.Record.Version, to
	if len(p.writes)+len(p.ours) == 0 {
		return nil // nothing came
	}
	// What is ours stands last, outside of the part that came from the partner.
	end := result.Seq - wins(result.Won[len(batch):])
	l.came.add(end-wins(result.Won[:len(batch)]), end)
	return nil
}

func wins(won []bool) uint64 {
	n := uint64(0)
	for _, w := range won {
		if w {
			n++
		}
	}
	return n
}

// moved says whether the stored state is not the one that we know: somebody else exchanged meanwhile.
func (r *Replica) moved(ctx context.Context, l *link) (bool, error) {
	known := l.version
	found, err := r.opt.Store.Get(ctx, l.key)
	if err != nil {
		return false, err
	}
	return found[0].Version != known, nil
}

func orOvertaken(err error) error {
	if err != nil {
		return err
	}
	return overtaken(fault.New(fault.Conflict, "the place of this exchange has moved"))
}

func keysOf(records []record.Record) []record.Key {
	keys := make([]record.Key, len(records))
	for i, rec := range records {
		keys[i] = rec.Key()
	}
	return keys
}
