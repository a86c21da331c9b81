package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"sync"
	"sync/atomic"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// maxOwner bounds an owner's name in bytes.
const maxOwner = 256

// Store is a store.Store of one owner's records, with every optional power.
type Store struct {
	db      *Database
	sealed  string   // the owner's name as sessions are told it
	no      int64    // the owner's number
	news    string   // the owner's name in notifications
	whole   sync.Map // by name of a blob: the upload that was read whole and fits
	closed  atomic.Bool
	closing chan struct{}
}

// Store opens the records of an owner, 1 to 256 bytes of UTF-8 without NUL. An owner that is not known yet has none.
// Keys and words that were computed with another schema are computed again; those of a newer one are refused.
func (d *Database) Store(ctx context.Context, owner string) (*Store, error) {
	if err := checkOwner(owner); err != nil {
		return nil, err
	}
	s := &Store{db: d, sealed: seal(d.key, owner), closing: make(chan struct{})}
	now, err := json.Marshal(derived{store.SchemaVersion, d.schema})
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "describing the schema")
	}
	err = d.begun(ctx, s.sealed, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO kai.owners (name) VALUES ($1) ON CONFLICT DO NOTHING`, owner); err != nil {
			return err
		}
		var before string
		const own = `SELECT no, news::text, derived FROM kai.owners WHERE name = $1 FOR UPDATE`
		if err := tx.QueryRow(ctx, own, owner).Scan(&s.no, &s.news, &before); err != nil {
			return err
		}
		return s.derive(ctx, tx, before, string(now))
	})
	if err != nil {
		return nil, d.fault(ctx, err, "opening an owner's records")
	}
	return s, nil
}

func checkOwner(owner string) error {
	valid := owner != "" && len(owner) <= maxOwner && utf8.ValidString(owner)
	for _, c := range owner {
		valid = valid && c != 0
	}
	if !valid {
		return fault.New(fault.Invalid, "an owner's name has 1 to %d bytes of text", maxOwner).WithField("owner").
			WithRemedy("use the id of the signed-in person")
	}
	return nil
}

// seal writes an owner's name so that the database takes it from who holds the key only. The hash is taken twice, so that
// nobody can append to a name under its seal. kai.owner_name reads it.
func seal(key []byte, owner string) string {
	sum := func(text []byte) []byte {
		hash := sha256.New()
		hash.Write(key)
		hash.Write(text)
		return hash.Sum(nil)
	}
	return hex.EncodeToString(append(sum(sum([]byte(owner))), owner...))
}

// Close ends the use of this owner's records; the database stays open. A second call does nothing.
func (s *Store) Close() error {
	if !s.closed.Swap(true) {
		close(s.closing)
	}
	return nil
}

// begin is the start of every call: nothing is done for an ended context or on a closed store.
func (s *Store) begin(ctx context.Context, doing string) error {
	if err := store.Ended(ctx, doing); err != nil {
		return err
	}
	if s.closed.Load() || s.db.closed.Load() {
		return store.Closed()
	}
	return nil
}

// Measure says how much this owner has stored: the bytes of records and blobs, not of the disk, which all owners share; see
// store.Measurer.
func (s *Store) Measure(ctx context.Context) (store.Usage, error) {
	const doing = "measuring the store"
	if err := s.begin(ctx, doing); err != nil {
		return store.Usage{}, err
	}
	usage := store.Usage{Backend: "postgres", Durable: true}
	const count = `SELECT kind, count(*) FILTER (WHERE NOT deleted), sum(length(id) + length(version) + coalesce(octet_length(body), 0))::bigint
		FROM kai.records WHERE owner = $1 GROUP BY kind`
	err := s.db.read(ctx, s.sealed, query{count, []any{s.no}, func() {
		usage.Bytes, usage.Records = 0, map[record.Kind]int64{}
	}, func(rows pgx.Rows) error {
		var kind record.Kind
		var records, bytes int64
		err := rows.Scan(&kind, &records, &bytes)
		usage.Records[kind] = records
		usage.Bytes += bytes
		return err
	}}, query{`SELECT coalesce(sum(size), 0)::bigint FROM kai.blobs WHERE owner = $1`, []any{s.no}, func() {}, func(rows pgx.Rows) error {
		var bytes int64
		err := rows.Scan(&bytes)
		usage.Bytes += bytes
		return err
	}})
	if err != nil {
		return store.Usage{}, s.db.fault(ctx, err, doing)
	}
	return usage, nil
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.TextSearcher = (*Store)(nil)
	_ store.BulkLoader   = (*Store)(nil)
	_ store.Measurer     = (*Store)(nil)
	_ store.Waiter       = (*Store)(nil)
	_ store.BlobStore    = (*Store)(nil)
	_ store.Sweeper      = (*Store)(nil)
)
