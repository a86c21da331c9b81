package sealed

import (
	"context"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/replica"
)

// Exchange is the way to an answering side that keeps what it cannot read. What it keeps back is not noticed; what it
// changed ends the exchange with fault.Malformed.
type Exchange struct {
	replica.Exchange
	box *Box
}

// Through seals all that goes through an exchange and opens all that comes.
func (b *Box) Through(next replica.Exchange) *Exchange { return &Exchange{next, b} }

// Push seals a page; see replica.Exchange.
func (e *Exchange) Push(ctx context.Context, in replica.Push) (replica.Pushed, error) {
	records, err := each(in.Page.Records, e.box.Seal)
	if err != nil {
		return replica.Pushed{}, err
	}
	in.Page.Records = records
	return e.Exchange.Push(ctx, in)
}

// Pull opens pages; see replica.Exchange.
func (e *Exchange) Pull(ctx context.Context, in replica.Pull, take func(replica.Page) error) error {
	return e.Exchange.Pull(ctx, in, func(page replica.Page) error {
		records, err := each(page.Records, e.box.Open)
		if err != nil {
			return err
		}
		page.Records = records
		return take(page)
	})
}

// each gives new records: those of a page may be the store's own.
func each(records []record.Record, do func(record.Record) (record.Record, error)) ([]record.Record, error) {
	out := make([]record.Record, len(records))
	for i, r := range records {
		var err error
		if out[i], err = do(r); err != nil {
			return nil, err
		}
	}
	return out, nil
}
