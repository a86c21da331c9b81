package postgres

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// derivePage is how many records are computed again at a time.
const derivePage = 500

// keyColumns is how many indexes a kind may declare; more need a migration.
const keyColumns = 3

func checkSchema(schema []store.KindSpec) error {
	for _, spec := range schema {
		if len(spec.Indexes) > keyColumns {
			return fault.New(fault.Unsupported, "%s declares %d indexes, PostgreSQL keeps %d", spec.Kind, len(spec.Indexes), keyColumns)
		}
	}
	return nil
}

// derived says what an owner's keys and words were computed with.
type derived struct {
	Version int              `json:"version"`
	Kinds   []store.KindSpec `json:"kinds"`
}

// derive makes sure that an owner's keys and words fit the schema.
func (s *Store) derive(ctx context.Context, tx pgx.Tx, before, now string) error {
	if before == now {
		return nil
	}
	var held derived
	if json.Unmarshal([]byte(before), &held) == nil && held.Version > store.SchemaVersion {
		return fault.New(fault.Unsupported, "the record store %s was written by a newer kAI", s.db.place).
			WithRemedy("update kAI, or choose another database")
	}
	for since, more := int64(0), true; more; {
		var err error
		if since, more, err = s.derivePage(ctx, tx, since); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `UPDATE kai.owners SET derived = $2 WHERE no = $1`, s.no, now)
	return err
}

// derivePage computes some records' keys and words and says where to go on.
func (s *Store) derivePage(ctx context.Context, tx pgx.Tx, since int64) (last int64, more bool, err error) {
	rows, err := tx.Query(ctx, `SELECT r.seq, `+columns+` FROM kai.records r WHERE r.owner = $1 AND r.seq > $2 ORDER BY r.seq LIMIT $3`, s.no, since, derivePage)
	if err != nil {
		return 0, false, err
	}
	updates := &pgx.Batch{}
	last = since
	for rows.Next() {
		var r record.Record
		if err := scanRecord(rows, &r, &last); err != nil {
			rows.Close()
			return 0, false, err
		}
		more = true
		spec, err := s.db.kinds.Spec(r.Kind)
		if err != nil {
			continue // a kind that this schema no longer lists is kept and not shown
		}
		keys, words := foundBy(spec, r)
		updates.Queue(`UPDATE kai.records SET words = $3, key1 = $4, key2 = $5, key3 = $6 WHERE owner = $1 AND seq = $2`, s.no, last, words, keys[0], keys[1], keys[2])
	}
	if err := rows.Err(); err != nil || updates.Len() == 0 {
		return last, more, err
	}
	return last, more, tx.SendBatch(ctx, updates).Close()
}
