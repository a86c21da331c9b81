//go:build duckdb && cgo

package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// inspector is a store whose file is open to be read only. Nobody else may have it open: DuckDB lets in one process.
type inspector struct{ *Store }

// Inspect opens the file at path to look at it: fault.NotFound when there is none, fault.Unavailable while another process has
// it open, and as Open for a newer one, a damaged one and another program's.
func Inspect(ctx context.Context, path string, schema []store.KindSpec) (upkeep.Keeper, error) {
	if info, err := os.Stat(path); os.IsNotExist(err) || err == nil && info.Size() == 0 {
		return nil, fault.New(fault.NotFound, "there is no record store at %s", path).
			WithRemedy("kai run makes one; or name another data folder with --data")
	}
	i := inspector{&Store{path: path, kinds: store.NewKinds(schema), blobs: blobfile.New(blobfile.Of(path))}}
	if err := i.look(ctx); err != nil {
		return nil, errors.Join(i.fault(ctx, err, "opening the record store"), i.Close())
	}
	return i, nil
}

func (i inspector) look(ctx context.Context) (err error) {
	if i.lock, err = take(i.path); err != nil {
		return err
	}
	if err := i.inspect(ctx); err != nil {
		return err
	}
	if i.db, err = connect(i.path, readers, `, READ_ONLY`); err != nil {
		return err
	}
	var head uint64
	err = i.db.QueryRowContext(ctx, `SELECT coalesce(max(seq), 0) FROM records`).Scan(&head)
	i.head.Store(head)
	return err
}

// Stats counts what is stored.
func (i inspector) Stats(ctx context.Context) (upkeep.Stats, error) {
	out := upkeep.Stats{Path: i.path, Records: map[record.Kind]int64{}, Seq: i.head.Load(), Bytes: sizeOf(i.path)}
	if err := i.count(ctx, &out); err != nil {
		return out, i.fault(ctx, err, "counting records")
	}
	var err error
	out.Blobs, out.BlobBytes, err = i.blobs.Usage(ctx)
	return out, err
}

func (i inspector) count(ctx context.Context, out *upkeep.Stats) error {
	layout, err := fact(ctx, i.db, factLayout)
	if err != nil {
		return err
	}
	if out.Layout, err = strconv.Atoi(layout); err != nil {
		return damaged(err, i.path)
	}
	const free = `SELECT free_blocks * block_size, (SELECT count(*) FROM records WHERE deleted) FROM pragma_database_size() WHERE database_name = 'kai'`
	if err := i.db.QueryRowContext(ctx, free).Scan(&out.Free, &out.Tombstones); err != nil {
		return err
	}
	return i.each(ctx, `SELECT kind, count(*) FROM records WHERE NOT deleted GROUP BY kind`, nil, func(rows *sql.Rows) error {
		var kind record.Kind
		var n int64
		err := rows.Scan(&kind, &n)
		out.Records[kind] = n
		return err
	})
}

// sizeOf is the size of a database with its log, in bytes; what is not there has none.
func sizeOf(path string) (n int64) {
	for _, file := range []string{path, path + logSuffix} {
		if info, err := os.Stat(file); err == nil {
			n += info.Size()
		}
	}
	return n
}

// Check reads the whole file, every record and every blob; see upkeep.Keeper.
func (i inspector) Check(ctx context.Context, progress upkeep.Progress) (upkeep.Report, error) {
	r := upkeep.Report{Damage: []string{}, Missing: []string{}}
	err := i.check(ctx, &r, progress)
	if err != nil {
		err = i.fault(ctx, err, "checking the record store")
	}
	if fault.CodeOf(err) == fault.Malformed { // so badly that DuckDB reads no further
		r.Add(fault.Public(err).Message)
		err = nil
	}
	return r, err
}

func (i inspector) check(ctx context.Context, r *upkeep.Report, progress upkeep.Progress) error {
	progress.Tell("reading the file", 0, 0)
	if _, err := sumOf(ctx, i.db); err != nil {
		return err
	}
	if err := i.checkKeys(ctx, r); err != nil {
		return err
	}
	var err error
	if r.Stats, err = i.Stats(ctx); err != nil {
		return err
	}
	named, done, total := map[string]bool{}, int64(0), r.Total()+r.Tombstones
	for since, more := uint64(0), true; more; {
		feed, err := i.Changes(ctx, since, 1000)
		if err != nil {
			return err
		}
		for _, held := range feed.Records {
			r.CheckRecord(i.kinds, held, named)
		}
		since, more, done = feed.Seq, feed.More, done+int64(len(feed.Records))
		progress.Tell("checking records", done, total)
	}
	return r.CheckBlobs(ctx, i.blobs, named, progress)
}

// sumOf reads every column of every record, which DuckDB compares with its own sums, and gives one over all of them.
func sumOf(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (sum string, err error) {
	const all = `SELECT count(*) || ' ' || coalesce(bit_xor(hash(seq, kind, id, version, deleted, body, key1, key2, key3, words)), 0) FROM records`
	err = db.QueryRowContext(ctx, all).Scan(&sum)
	return sum, err
}

// checkKeys looks for what no index forbids here: a record or a number that is there twice.
func (i inspector) checkKeys(ctx context.Context, r *upkeep.Report) error {
	const twice = `SELECT count(*) - count(DISTINCT (kind, id)), count(*) - count(DISTINCT seq) FROM records`
	var records, numbers int64
	if err := i.db.QueryRowContext(ctx, twice).Scan(&records, &numbers); err != nil {
		return err
	}
	if records+numbers > 0 {
		r.Add(fmt.Sprintf("%d records are there twice, %d have the number of another", records, numbers))
	}
	return nil
}
