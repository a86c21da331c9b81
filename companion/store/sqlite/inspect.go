package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"slices"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Progress is told how much of a long work is done; total is 0 while it is not known. It may be nil.
type Progress func(what string, done, total int64)

func (p Progress) tell(what string, done, total int64) {
	if p != nil {
		p(what, done, total)
	}
}

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
	if i.db, err = look(path); err != nil {
		return err
	}
	i.layout, err = layoutOf(ctx, i.db, path)
	if fault.CodeOf(i.store.fault(ctx, err, "looking")) == fault.Unavailable && !there(logOf(path)) {
		still, openErr := pool(path, 1, url.Values{"_query_only": {"1"}, "immutable": {"1"}})
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

// Stats is what a store holds. Sizes are in bytes: Bytes of the file and its log, Free of pages that Compact gives back.
type Stats struct {
	Path       string                `json:"path"`
	Layout     int                   `json:"layout"`
	Records    map[record.Kind]int64 `json:"records"`
	Tombstones int64                 `json:"tombstones"`
	Seq        uint64                `json:"seq"`
	Bytes      int64                 `json:"bytes"`
	Free       int64                 `json:"free"`
	Blobs      int64                 `json:"blobs"`
	BlobBytes  int64                 `json:"blobBytes"`
}

// Total counts the records that are not deleted.
func (s Stats) Total() (n int64) {
	for _, records := range s.Records {
		n += records
	}
	return n
}

// Stats counts what is stored.
func (i *Inspector) Stats(ctx context.Context) (Stats, error) {
	out := Stats{Path: i.store.path, Layout: i.layout, Records: map[record.Kind]int64{}, Bytes: sizeOf(i.store.path)}
	if err := i.count(ctx, &out); err != nil {
		return out, i.store.fault(ctx, err, "counting records")
	}
	var err error
	out.Blobs, out.BlobBytes, err = i.store.blobs.Usage(ctx)
	return out, err
}

func (i *Inspector) count(ctx context.Context, out *Stats) error {
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

// Report is what a check found. Damage is empty when all is well; Missing names blobs that records name and that are not
// kept here, which is no damage: a text may name any.
type Report struct {
	Stats
	Damage  []string `json:"damage"`
	Missing []string `json:"missing"`
}

// maxDamage bounds how much of it is told.
const maxDamage = 100

// Check reads the whole file, every record and every blob. Damage is told in the report; an error means that the check
// could not go on.
func (i *Inspector) Check(ctx context.Context, progress Progress) (Report, error) {
	r := Report{Damage: []string{}, Missing: []string{}}
	err := i.store.fault(ctx, i.check(ctx, &r, progress), "checking the record store")
	if fault.CodeOf(err) == fault.Malformed { // so badly that SQLite reads no further
		r.Damage, err = append(r.Damage, fault.Public(err).Message), nil
	}
	return r, err
}

func (i *Inspector) check(ctx context.Context, r *Report, progress Progress) error {
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
	return i.checkBlobs(ctx, r, named, progress)
}

// checkFile lets SQLite read every page.
func (i *Inspector) checkFile(ctx context.Context, r *Report, progress Progress) error {
	progress.tell("reading the file", 0, 0)
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
func (i *Inspector) checkRecords(ctx context.Context, r *Report, progress Progress) (map[string]bool, error) {
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
		if err := i.store.kinds.CheckRecord(held); err != nil && slices.Contains(i.store.kinds.All(), held.Kind) && len(r.Damage) < maxDamage {
			r.Damage = append(r.Damage, string(held.Kind)+" "+held.ID+": "+fault.Public(err).Message)
		}
		for _, name := range store.BlobNames(held.Body) {
			named[name] = true
		}
		if done++; done%1000 == 0 {
			progress.tell("checking records", done, total)
		}
	}
	return named, rows.Err()
}

// checkBlobs compares every blob with its name, and the names with what is there.
func (i *Inspector) checkBlobs(ctx context.Context, r *Report, named map[string]bool, progress Progress) error {
	done := int64(0)
	err := eachBlob(ctx, i.store.blobs, func(b store.Blob) error {
		delete(named, b.Name)
		done++
		progress.tell("checking blobs", done, r.Blobs)
		err := i.store.blobs.Check(ctx, b.Name)
		if fault.CodeOf(err) == fault.Malformed {
			r.Damage = append(r.Damage, fault.Public(err).Message)
			return nil
		}
		return err
	})
	for name := range named {
		r.Missing = append(r.Missing, name)
	}
	slices.Sort(r.Missing)
	return err
}

// eachBlob visits every blob of a folder.
func eachBlob(ctx context.Context, blobs *blobfile.Folder, visit func(store.Blob) error) error {
	for after := ""; ; {
		page, err := blobs.List(ctx, after, store.MaxPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, b := range page {
			if err := visit(b); err != nil {
				return err
			}
			after = b.Name
		}
	}
}
