// Package sqlite keeps records in one SQLite file, and blobs in a folder beside it: the store of a computer of one's own.
//
// Writes go through one connection, one transaction each, and are on disk when Apply returns; readers have their own
// connections and see whole transactions (WAL). Imports shared/store, shared/record, shared/fault,
// companion/{sqlitefile,store/blobfile} and the SQLite driver.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kindos/kai/companion/sqlitefile"
	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// readers is how many reads run at once. One that has had nothing to do for a while is closed, because each keeps pages of
// the file in memory: 32 MB became 14 with a history of 21,000 records. The writer stays open, and the log with it: a store
// with its mark and without its log is refused.
const (
	readers    = 4
	readerIdle = 2 * time.Second
)

// Store is a store.Store in a file, with every optional power.
type Store struct {
	blobfile.Beside

	path   string
	kinds  store.Kinds
	closed atomic.Bool

	mu     sync.Mutex // one writer at a time, waiting in this process and not in SQLite
	writer *sql.DB
	write  writeStatements

	reader *sql.DB
	blobs  *blobfile.Folder
}

// Open opens or creates the file at path, brings an older layout forward, and refuses a newer one, a damaged file and
// another program's database. Only the owner can read the file.
func Open(ctx context.Context, path string, schema []store.KindSpec) (*Store, error) {
	if err := checkSchema(schema); err != nil {
		return nil, err
	}
	if err := upkeep.CutShort(path); err != nil {
		return nil, err
	}
	if err := checkLog(path); err != nil {
		return nil, err
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, kinds: store.NewKinds(schema), blobs: blobfile.New(blobfile.Of(path))}
	s.Beside = blobfile.NewBeside(s.blobs, s, s.begin, &s.mu)
	if err := s.open(ctx, schema); err != nil {
		return nil, errors.Join(s.fault(ctx, err, "opening the record store"), s.Close())
	}
	return s, nil
}

func (s *Store) open(ctx context.Context, schema []store.KindSpec) (err error) {
	if err := inspect(ctx, s.path); err != nil {
		return err
	}
	if err := restrict(s.path); err != nil {
		return err
	}
	if s.writer, err = sqlitefile.Connect(s.path, "immediate", 1); err != nil {
		return err
	}
	if err := migrate(ctx, s.writer); err != nil {
		return err
	}
	if err := s.write.prepare(ctx, s.writer); err != nil {
		return err
	}
	if err := s.derive(ctx, schema); err != nil {
		return err
	}
	if s.reader, err = sqlitefile.Connect(s.path, "deferred", readers); err != nil {
		return err
	}
	s.reader.SetConnMaxIdleTime(readerIdle)
	return mark(s.path) // last: Close takes it away of a store that has its readers
}

// Close waits for what is under way and closes the file. A second call does nothing.
func (s *Store) Close() error {
	if s.closed.Swap(true) {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.Close(), settle(context.Background(), s.writer, s.path))
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
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
	usage := store.Usage{Backend: "sqlite", Durable: true, Records: map[record.Kind]int64{}}
	if err := s.begin(ctx, doing); err != nil {
		return store.Usage{}, err
	}
	const pages = `SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size`
	if err := s.reader.QueryRowContext(ctx, pages).Scan(&usage.Bytes); err != nil {
		return store.Usage{}, s.fault(ctx, err, doing)
	}
	_, blobs, err := s.blobs.Usage(ctx)
	if err != nil {
		return store.Usage{}, err
	}
	usage.Bytes += blobs
	err = s.each(ctx, `SELECT kind, count(*) FROM records WHERE deleted = 0 GROUP BY kind`, nil, func(rows *sql.Rows) error {
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
