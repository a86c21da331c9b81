package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Bounds of one statement: PostgreSQL takes messages up to 1 GB, and the server holds one in memory.
const (
	statementRecords = 2000
	statementBytes   = 16 << 20
)

// writing is one transaction of an owner, who has no other at that time, with the last number given out.
type writing struct {
	store *Store
	tx    pgx.Tx
	seq   uint64
}

// transact runs do in a write transaction of its own; see locked.
func (s *Store) transact(ctx context.Context, keys []record.Key, do func(*writing, versions) error) error {
	return s.db.begun(ctx, s.sealed, func(tx pgx.Tx) error { return s.locked(ctx, tx, keys, do) })
}

// locked runs do as the owner's one writer. The versions of keys are read after the lock is held, so that they hold to the
// end of the transaction.
func (s *Store) locked(ctx context.Context, tx pgx.Tx, keys []record.Key, do func(*writing, versions) error) error {
	w := &writing{store: s, tx: tx}
	held, err := w.lock(ctx, keys)
	if err != nil {
		return err
	}
	before := w.seq
	if err := do(w, held); err != nil || w.seq == before {
		return err
	}
	batch := &pgx.Batch{}
	batch.Queue(`UPDATE kai.owners SET seq = $2 WHERE no = $1`, s.no, w.seq)
	batch.Queue(`SELECT pg_notify($1, $2)`, channel, s.news) // told with the commit
	return tx.SendBatch(ctx, batch).Close()
}

// versions are those of stored records.
type versions map[record.Key]record.Version

// lock makes this the owner's one writer and reads the stored versions of keys.
func (w *writing) lock(ctx context.Context, keys []record.Key) (versions, error) {
	kinds, ids := split(keys)
	batch := &pgx.Batch{}
	batch.Queue(`SELECT seq FROM kai.owners WHERE no = $1 FOR UPDATE`, w.store.no).QueryRow(func(row pgx.Row) error {
		return row.Scan(&w.seq)
	})
	held := versions{}
	batch.Queue(`SELECT r.kind, r.id, r.version FROM unnest($2::text[], $3::text[]) k (kind, id)
		JOIN kai.records r ON r.owner = $1 AND r.kind = k.kind AND r.id = k.id`, w.store.no, kinds, ids).Query(func(rows pgx.Rows) error {
		for rows.Next() {
			var key record.Key
			var version record.Version
			if err := rows.Scan(&key.Kind, &key.ID, &version); err != nil {
				return err
			}
			held[key] = version
		}
		return rows.Err()
	})
	return held, w.tx.SendBatch(ctx, batch).Close()
}

// Apply writes a batch; see store.Store.
func (s *Store) Apply(ctx context.Context, batch ...store.Write) (store.Result, error) {
	const doing = "writing records"
	if err := s.begin(ctx, doing); err != nil {
		return store.Result{}, err
	}
	if err := s.db.kinds.CheckBatch(batch); err != nil {
		return store.Result{}, err
	}
	keys := make([]record.Key, len(batch))
	for i, w := range batch {
		keys[i] = w.Record.Key()
	}
	res := store.Result{Won: make([]bool, len(batch))}
	err := s.transact(ctx, keys, func(w *writing, held versions) error {
		winners, err := decide(batch, held, res.Won)
		if err != nil {
			return err
		}
		for len(winners) > 0 && err == nil {
			n := store.Chunk(winners, statementRecords, statementBytes)
			err = w.write(ctx, w.numberAll(winners[:n]))
			winners = winners[n:]
		}
		res.Seq = w.seq
		return err
	})
	if err != nil {
		return store.Result{}, s.db.fault(ctx, err, doing)
	}
	return res, nil
}

// decide checks the conditions of a batch and picks the records that are newer than what is held.
func decide(batch []store.Write, held versions, won []bool) ([]record.Record, error) {
	winners := make([]record.Record, 0, len(batch))
	for i, w := range batch {
		have := held[w.Record.Key()]
		if w.If != nil && have != *w.If {
			return nil, store.Conflict(w.Record.Key(), have)
		}
		if won[i] = w.Record.Version > have; won[i] {
			winners = append(winners, w.Record)
		}
	}
	return winners, nil
}

// numbered is a record with its number in the feed.
type numbered struct {
	record record.Record
	seq    uint64
}

func (w *writing) number(r record.Record) numbered {
	w.seq++
	return numbered{r, w.seq}
}

func (w *writing) numberAll(records []record.Record) []numbered {
	out := make([]numbered, len(records))
	for i, r := range records {
		out[i] = w.number(r)
	}
	return out
}

// write stores records that are known to be newer than what is held, in one statement.
func (w *writing) write(ctx context.Context, records []numbered) error {
	if len(records) == 0 {
		return nil
	}
	c := newCols(len(records))
	for _, r := range records {
		row, err := w.store.row(r)
		if err != nil {
			return err
		}
		c.add(row)
	}
	const put = `INSERT INTO kai.records (owner, kind, id, seq, version, deleted, body, words, key1, key2, key3)
		SELECT $1, n.* FROM unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::bool[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) n
		ON CONFLICT (owner, kind, id) DO UPDATE SET seq = excluded.seq, version = excluded.version, deleted = excluded.deleted,
			body = excluded.body, words = excluded.words, key1 = excluded.key1, key2 = excluded.key2, key3 = excluded.key3`
	_, err := w.tx.Exec(ctx, put, w.store.no, c.kinds, c.ids, c.seqs, c.versions, c.deleted, c.bodies, c.words, c.keys[0], c.keys[1], c.keys[2])
	return err
}

// row is a record with what is derived from it; nil is NULL.
type row struct {
	numbered

	body  []byte
	words *string
	keys  [keyColumns]*string
}

// row derives what a record is found by.
func (s *Store) row(n numbered) (row, error) {
	r := n.record
	spec, err := s.db.kinds.Spec(r.Kind)
	if err != nil {
		return row{}, err
	}
	out := row{numbered: n}
	if !r.Deleted {
		out.body = r.Body
	}
	out.keys, out.words = foundBy(spec, r)
	return out, nil
}

// foundBy gives the key columns of a record, where nil is not in the index, and its folded words, each after a blank; nil where it
// has none.
func foundBy(spec store.KindSpec, r record.Record) (keys [keyColumns]*string, words *string) {
	found, folded := store.Derive(spec, r)
	for i, key := range found {
		if key != "" {
			keys[i] = &key
		}
	}
	if folded != "" {
		words = &folded
	}
	return keys, words
}

// cols are rows by column, as one statement takes them.
type cols struct {
	kinds, ids, versions []string
	seqs                 []uint64
	deleted              []bool
	bodies               [][]byte
	words                []*string
	keys                 [keyColumns][]*string
}

func newCols(n int) *cols {
	c := &cols{
		kinds: make([]string, 0, n), ids: make([]string, 0, n), versions: make([]string, 0, n), seqs: make([]uint64, 0, n),
		deleted: make([]bool, 0, n), bodies: make([][]byte, 0, n), words: make([]*string, 0, n),
	}
	for i := range c.keys {
		c.keys[i] = make([]*string, 0, n)
	}
	return c
}

func (c *cols) add(r row) {
	c.kinds, c.ids = append(c.kinds, string(r.record.Kind)), append(c.ids, r.record.ID)
	c.versions, c.seqs = append(c.versions, string(r.record.Version)), append(c.seqs, r.seq)
	c.deleted = append(c.deleted, r.record.Deleted)
	c.bodies, c.words = append(c.bodies, r.body), append(c.words, r.words)
	for i, key := range r.keys {
		c.keys[i] = append(c.keys[i], key)
	}
}
