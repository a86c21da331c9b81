package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one transaction of a bulk load: other writers of the owner wait for it, and a cut one is done again.
const (
	loadRecords = 20_000
	loadBytes   = 32 << 20
)

// LoadBulk writes many records by COPY; see store.BulkLoader.
//
// They are checked while the first are on their way, which are stored only when all have passed. Most loads meet nothing that
// is held, so a part is first copied as if it were so; a key that is held breaks that off, and from then on each part is
// written with a look at what is there.
func (s *Store) LoadBulk(ctx context.Context, records []record.Record) error {
	const doing = "loading records"
	if err := s.begin(ctx, doing); err != nil {
		return err
	}
	checked := make(chan error, 1)
	go func() { checked <- s.db.kinds.CheckRecords(records) }()
	valid := sync.OnceValue(func() error { return <-checked })
	write := s.add
	for rest := records; len(rest) > 0; {
		n := store.Chunk(rest, loadRecords, loadBytes)
		err := write(ctx, rest[:n], valid)
		if invalid := valid(); invalid != nil {
			return invalid
		}
		if alreadyHeld(err) {
			write = s.merge
			continue
		}
		if err != nil {
			return s.db.fault(ctx, err, doing)
		}
		rest = rest[n:]
	}
	return valid()
}

// add stores a part of which nothing is held, by COPY. valid is asked before it is stored.
func (s *Store) add(ctx context.Context, records []record.Record, valid func() error) error {
	return s.transact(ctx, nil, func(w *writing, _ versions) error {
		return errors.Join(w.copy(ctx, w.numberAll(records)), valid())
	})
}

// alreadyHeld says whether a key, which is unique, was there before.
func alreadyHeld(err error) bool {
	var told *pgconn.PgError
	return errors.As(err, &told) && told.Code == "23505"
}

// merge stores those of a part that are newer than what is held, in their order: by COPY where nothing is.
func (s *Store) merge(ctx context.Context, records []record.Record, _ func() error) error {
	keys := make([]record.Key, len(records))
	for i, r := range records {
		keys[i] = r.Key()
	}
	return s.transact(ctx, keys, func(w *writing, held versions) error {
		var added, newer []numbered
		for _, r := range records {
			version, is := held[r.Key()]
			switch {
			case !is:
				added = append(added, w.number(r))
			case r.Version > version:
				newer = append(newer, w.number(r))
			}
		}
		if err := w.copy(ctx, added); err != nil {
			return err
		}
		return w.write(ctx, newer)
	})
}

// copy adds records by COPY. PostgreSQL refuses that for kai.records, which has row level security; in its partition the
// owner's number is not ours to give.
func (w *writing) copy(ctx context.Context, records []numbered) error {
	if len(records) == 0 {
		return nil
	}
	_, err := w.tx.CopyFrom(ctx, pgx.Identifier{"kai", "records_whole"}, loadColumns(), pgx.CopyFromSlice(len(records), func(i int) ([]any, error) {
		r, err := w.store.row(records[i])
		return r.values(), err
	}))
	return err
}

// loadColumns are the columns in the order of row.values.
func loadColumns() []string {
	return []string{"kind", "id", "seq", "version", "deleted", "body", "words", "key1", "key2", "key3"}
}

func (r row) values() []any {
	return []any{string(r.record.Kind), r.record.ID, r.seq, string(r.record.Version), r.record.Deleted, r.body, r.words, r.keys[0], r.keys[1], r.keys[2]}
}
