//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Built says whether DuckDB is in this program.
const Built = true

// readers is how many reads run at once.
const readers = 4

// Store is a store.Store in a file, with every optional power.
type Store struct {
	blobfile.Beside

	path   string
	kinds  store.Kinds
	closed atomic.Bool
	head   atomic.Uint64 // the last number given out
	blobs  *blobfile.Folder

	backing sync.Mutex // one backup at a time

	mu     sync.Mutex // one writer at a time: of two at once DuckDB would refuse one
	lock   *os.File
	db     *sql.DB
	writer *sql.Conn
}

// Open opens or creates the file at path, brings an older layout forward, and refuses a newer one, a damaged file, another
// program's database and one that is open already, here or elsewhere. Only the owner can read the file.
func Open(ctx context.Context, path string, schema []store.KindSpec) (store.Store, error) {
	s, err := open(ctx, path, schema)
	if err != nil {
		return nil, err // not a nil *Store in a store.Store
	}
	return s, nil
}

func open(ctx context.Context, path string, schema []store.KindSpec) (*Store, error) {
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	if err := upkeep.CutShort(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, kinds: store.NewKinds(schema), blobs: blobfile.New(blobfile.Of(path))}
	s.Beside = blobfile.NewBeside(s.blobs, s, s.begin, &s.mu)
	if err := s.start(ctx, schema); err != nil {
		return nil, errors.Join(s.fault(ctx, err, "opening the record store"), s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context, schema []store.KindSpec) (err error) {
	if err := store.Ended(ctx, "opening the record store"); err != nil {
		return err
	}
	if s.lock, err = take(s.path); err != nil {
		return err
	}
	if err := s.inspect(ctx); err != nil {
		return err
	}
	if s.db, err = connect(s.path, readers+1, fmt.Sprintf(", ROW_GROUP_SIZE %d", rowGroup)); err != nil {
		return err
	}
	if s.writer, err = s.db.Conn(ctx); err != nil {
		return err
	}
	if err := s.restrict(); err != nil {
		return err
	}
	if err := s.migrate(ctx); err != nil {
		return err
	}
	var head uint64
	if err := s.writer.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM records`).Scan(&head); err != nil {
		return err
	}
	s.head.Store(head)
	return s.derive(ctx, schema)
}

// Close waits for what is under way and closes the file. A second call does nothing.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if s.db != nil {
		errs = append(errs, s.db.Close()) // folds the log into the file
	}
	if s.lock != nil { // last: closing any handle of a file drops DuckDB's own lock on it
		errs = append(errs, s.lock.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return s.fault(context.Background(), err, "closing the record store")
	}
	return nil
}

// begin is the start of every call: nothing is done for an ended context or on a closed store.
func (s *Store) begin(ctx context.Context, doing string) error {
	if err := store.Ended(ctx, doing); err != nil {
		return err
	}
	if s.closed.Load() {
		return store.Closed()
	}
	return nil
}

// Measure says how much is stored; see store.Measurer.
func (s *Store) Measure(ctx context.Context) (store.Usage, error) {
	const doing = "measuring the store"
	usage := store.Usage{Backend: "duckdb", Durable: true, Records: map[record.Kind]int64{}}
	if err := s.begin(ctx, doing); err != nil {
		return store.Usage{}, err
	}
	for _, path := range []string{s.path, s.path + logSuffix} {
		if info, err := os.Stat(path); err == nil { // the log is not always there
			usage.Bytes += info.Size()
		}
	}
	_, blobs, err := s.blobs.Usage(ctx)
	if err != nil {
		return store.Usage{}, err
	}
	usage.Bytes += blobs
	err = s.each(ctx, `SELECT kind, count(*) FROM records WHERE NOT deleted GROUP BY kind`, nil, func(rows *sql.Rows) error {
		var kind record.Kind
		var n int64
		err := rows.Scan(&kind, &n)
		usage.Records[kind] = n
		return err
	})
	if err != nil {
		return store.Usage{}, s.fault(ctx, err, doing)
	}
	return usage, nil
}

var (
	_ store.Store        = (*Store)(nil)
	_ store.TextSearcher = (*Store)(nil)
	_ store.BulkLoader   = (*Store)(nil)
	_ store.Measurer     = (*Store)(nil)
	_ store.BlobStore    = (*Store)(nil)
	_ store.Sweeper      = (*Store)(nil)
)
