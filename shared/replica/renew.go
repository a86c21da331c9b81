package replica

import (
	"context"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// renew gives up what the other side deleted and has forgotten deleting, when we were away too long to have been told. It
// is done before anything is exchanged; then everything is read from the start.
func (d *dialing) renew(ctx context.Context) error {
	l := d.link
	if l.taken.Seq >= d.open.Floor || l.stored.Floor == d.open.Floor {
		return nil
	}
	known := append(spans{{0, d.open.Taken.Seq}}, l.came...) // what it took from us, and what we have from it
	for _, part := range known {
		if err := d.compare(ctx, part); err != nil {
			return err
		}
	}
	next := l.stored
	next.Taken, next.Floor = Position{}, d.open.Floor
	l.taken = Position{}
	return d.r.save(ctx, l, next)
}

// compare gives up what the other side has no more of a part of our feed.
func (d *dialing) compare(ctx context.Context, part span) error {
	for at := part[0]; at < part[1]; {
		feed, err := d.r.read(ctx, at, part[1]-at, sweepBatch, PageBytes)
		if err != nil {
			return err
		}
		if err := d.giveUp(ctx, feed.Records); err != nil {
			return err
		}
		if at = feed.Seq; !feed.More {
			return nil
		}
	}
	return nil
}

// giveUp deletes those of some records that the other side once had and has no trace of now, or only an older text that
// somebody brought back who had never known of the deletion. One that was written here since is news to the other side and
// stays.
func (d *dialing) giveUp(ctx context.Context, records []record.Record) error {
	var ask Missing
	ours := map[record.Key]record.Record{}
	for _, rec := range records {
		if !rec.Deleted && d.r.choice.shares(rec) {
			ask.Keys, ask.Versions = append(ask.Keys, rec.Key()), append(ask.Versions, rec.Version)
			ours[rec.Key()] = rec
		}
	}
	if len(ask.Keys) == 0 {
		return nil
	}
	ask.Session = d.open.Session
	absent, err := d.ex.Missing(ctx, ask)
	if err != nil {
		return err
	}
	for _, key := range absent.Keys {
		if rec, asked := ours[key]; asked {
			if err := d.erase(ctx, rec); err != nil {
				return err
			}
		}
	}
	return nil
}

// erase deletes a record as of just after it was written: a change of it elsewhere, which has not seen the deletion, is
// newer, and so it would have been than the deletion that is forgotten.
func (d *dialing) erase(ctx context.Context, old record.Record) error {
	_, err := d.r.opt.Store.Apply(ctx, store.PutIf(justAfter(old), old.Version))
	if fault.CodeOf(err) == fault.Conflict {
		return nil
	}
	d.report.Dropped++
	return err
}

// justAfter is the deletion that comes before every other version which is after old.
func justAfter(old record.Record) record.Record {
	return record.Record{Kind: old.Kind, ID: old.ID, Version: old.Version + "~", Deleted: true}
}
