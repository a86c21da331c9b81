package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"

	"github.com/kindos/kai/companion/sqlitefile"
	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Inspector looks at a store that another process may be using, and changes nothing in it.
type Inspector struct {
	store  *Store // for its path and its words
	db     *sql.DB
	layout int
}

// Inspect opens the file at path to look at it: fault.NotFound when there is none, and as Open for a newer one, a
// damaged one and another program's.
func Inspect(ctx context.Context, path string, schema []store.KindSpec) (*Inspector, error) {
	i := &Inspector{store: &Store{path: path, kinds: store.NewKinds(schema), blobs: blobfile.New(blobfile.Of(path))}}
	const doing = "opening the record store"
	if err := present(path); err != nil {
		return nil, err
	}
	err := i.open(ctx)
	if err == nil && i.layout == 0 {
		err = absent(path)
	}
	if err != nil {
		return nil, errors.Join(i.store.fault(ctx, err, doing), i.Close())
	}
	return i, nil
}

// open looks at the file. Where nothing may be written, not even SQLite's own files beside it, a store that was closed in
// good order can still be read.
func (i *Inspector) open(ctx context.Context) (err error) {
	path := i.store.path
	if i.db, err = sqlitefile.Look(path); err != nil {
		return err
	}
	i.layout, err = layoutOf(ctx, i.db, path)
	if fault.CodeOf(i.store.fault(ctx, err, "looking")) == fault.Unavailable && !there(logOf(path)) {
		still, openErr := sqlitefile.Pool(path, 1, url.Values{"_query_only": {"1"}, "immutable": {"1"}})
		if openErr != nil {
			return openErr
		}
		_ = i.db.Close() // it was not of use
		i.db = still
		i.layout, err = layoutOf(ctx, i.db, path)
	}
	if err == nil && there(markOf(path)) {
		err = keepLog(ctx, i.db) // kai will look for it
	}
	return err
}

func present(path string) error {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist) || err == nil && info.Size() == 0:
		return absent(path)
	case err != nil:
		return notWritable(err, path)
	}
	return nil
}

func absent(path string) error {
	return fault.New(fault.NotFound, "there is no record store at %s", path).WithRemedy("kai run makes one; or name another data folder with --data")
}

// Close lets go of the file.
func (i *Inspector) Close() error {
	if i.db == nil {
		return nil
	}
	return i.db.Close()
}

// Stats counts what is stored.
func (i *Inspector) Stats(ctx context.Context) (upkeep.Stats, error) {
	out := upkeep.Stats{Path: i.store.path, Layout: i.layout, Records: map[record.Kind]int64{}, Bytes: sizeOf(i.store.path)}
	if err := i.count(ctx, &out); err != nil {
		return out, i.store.fault(ctx, err, "counting records")
	}
	var err error
	out.Blobs, out.BlobBytes, err = i.store.blobs.Usage(ctx)
	return out, err
}

func (i *Inspector) count(ctx context.Context, out *upkeep.Stats) error {
	const facts = `SELECT (SELECT coalesce(max(seq), 0) FROM records), (SELECT count(*) FROM records WHERE deleted <> 0), freelist_count * page_size FROM pragma_freelist_count, pragma_page_size`
	if err := i.db.QueryRowContext(ctx, facts).Scan(&out.Seq, &out.Tombstones, &out.Free); err != nil {
		return err
	}
	rows, err := i.db.QueryContext(ctx, `SELECT kind, count(*) FROM records WHERE deleted = 0 GROUP BY kind`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var kind record.Kind
		var n int64
		if err := rows.Scan(&kind, &n); err != nil {
			return err
		}
		out.Records[kind] = n
	}
	return rows.Err()
}

// companions are the files beside a database while it is open, or after a kill.
func companions(path string) []string { return []string{logOf(path), path + "-shm", markOf(path)} }

// sizeOf is the size of a database with its log, in bytes; what is not there has none.
func sizeOf(path string) (n int64) {
	for _, file := range append(companions(path), path) {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Check reads the whole file, every record and every blob. Damage is told in the report; an error means that the check
// could not go on.
func (i *Inspector) Check(ctx context.Context, progress upkeep.Progress) (upkeep.Report, error) {
	r := upkeep.Report{Damage: []string{}, Missing: []string{}}
	err := i.store.fault(ctx, i.check(ctx, &r, progress), "checking the record store")
	if fault.CodeOf(err) == fault.Malformed { // so badly that SQLite reads no further
		r.Damage, err = append(r.Damage, fault.Public(err).Message), nil
	}
	return r, err
}

func (i *Inspector) check(ctx context.Context, r *upkeep.Report, progress upkeep.Progress) error {
	if err := i.checkFile(ctx, r, progress); err != nil || len(r.Damage) > 0 {
		return err // counting pages that lie would tell nonsense
	}
	var err error
	if r.Stats, err = i.Stats(ctx); err != nil {
		return err
	}
	named, err := i.checkRecords(ctx, r, progress)
	if err != nil {
		return err
	}
	return r.CheckBlobs(ctx, i.store.blobs, named, progress)
}

// checkFile lets SQLite read every page.
func (i *Inspector) checkFile(ctx context.Context, r *upkeep.Report, progress upkeep.Progress) error {
	progress.Tell("reading the file", 0, 0)
	rows, err := i.db.QueryContext(ctx, `PRAGMA integrity_check(100)`)
	if err != nil {
		return err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var found string
		if err := rows.Scan(&found); err != nil {
			return err
		}
		if found != "ok" {
			r.Damage = append(r.Damage, found)
		}
	}
	return rows.Err()
}

// checkRecords holds every record against the contract, and answers the names of blobs that they have.
func (i *Inspector) checkRecords(ctx context.Context, r *upkeep.Report, progress upkeep.Progress) (map[string]bool, error) {
	named, done, total := map[string]bool{}, int64(0), r.Total()+r.Tombstones
	rows, err := i.db.QueryContext(ctx, `SELECT `+columns+` FROM records ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err tells
	for rows.Next() {
		var held record.Record
		if err := scanRecord(rows, &held); err != nil {
			return nil, err
		}
		r.CheckRecord(i.store.kinds, held, named)
		if done++; done%1000 == 0 {
			progress.Tell("checking records", done, total)
		}
	}
	return named, rows.Err()
}
