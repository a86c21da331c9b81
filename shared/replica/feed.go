package replica

import (
	"context"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// firstRead is how many records are read before anything is known of their size; a record may have 16 MB.
const firstRead = 8

// page reads the next piece of our feed for a partner: what is shared and did not come from it. The caller holds l.mu.
func (r *Replica) page(ctx context.Context, l *link, since uint64) (Page, error) {
	p := Page{From: since, To: since, More: true}
	size, ask := 0, firstRead
	for p.More && len(p.Records) < r.opt.Page && size < PageBytes {
		at, room := l.came.skip(p.To)
		feed, err := r.read(ctx, at, room, min(ask, r.opt.Page-len(p.Records)), PageBytes-size)
		if err != nil {
			return Page{}, err
		}
		for _, rec := range feed.Records {
			size += len(rec.Body)
			if r.choice.shares(rec) {
				p.Records = append(p.Records, rec)
			}
		}
		p.To, p.More = feed.Seq, feed.More
		ask = min(8*ask, r.opt.Page)
	}
	p.Era = l.eras.At(p.To).Era
	return p, nil
}

// read reads at most n changes and about bytes of bodies after at, and none beyond at+room (0: no bound). What is read
// has at least one record, or ends the part.
func (r *Replica) read(ctx context.Context, at, room uint64, n, bytes int) (store.Feed, error) {
	for {
		feed, err := r.opt.Store.Changes(ctx, at, n)
		if err != nil {
			return feed, err
		}
		fits := fitting(feed.Records, bytes)
		switch {
		case fits < len(feed.Records):
			n = fits
		case room == 0 || feed.Seq <= at+room:
			return feed, nil
		case n == 1:
			return store.Feed{Seq: at + room, More: true}, nil // the next change is the partner's own
		default:
			n = (min(n, len(feed.Records)) + 1) / 2
			if len(feed.Records) == 1 {
				n = 1
			}
		}
	}
}

// fitting says how many records have about so many bytes: at least one.
func fitting(records []record.Record, bytes int) int {
	size := 0
	for i, rec := range records {
		if size += len(rec.Body); size > bytes && i > 0 {
			return i
		}
	}
	return len(records)
}

// unread finds those of some keys whose newest state the partner has neither taken nor sent. The caller holds l.mu.
func (r *Replica) unread(ctx context.Context, l *link, keys map[record.Key]loss) (map[record.Key]bool, error) {
	found := map[record.Key]bool{}
	p := Page{To: l.read, More: true}
	for p.More && len(found) < len(keys) {
		var err error
		if p, err = r.page(ctx, l, p.To); err != nil {
			return nil, err
		}
		for _, rec := range p.Records {
			if _, asked := keys[rec.Key()]; asked {
				found[rec.Key()] = true
			}
		}
	}
	return found, nil
}
