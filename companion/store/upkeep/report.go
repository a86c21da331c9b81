// Package upkeep looks after a store that is one file with a folder of blobs beside it: what a check tells, backups, and putting
// one back. SQLite and DuckDB share it; each says as an Engine how its own file is opened and read.
//
// Imports companion/store/blobfile, shared/store, shared/record and shared/fault.
package upkeep

import (
	"context"
	"slices"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// Progress is told how much of a long work is done; total is 0 while it is not known. It may be nil.
type Progress func(what string, done, total int64)

// Tell tells it.
func (p Progress) Tell(what string, done, total int64) {
	if p != nil {
		p(what, done, total)
	}
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

// Report is what a check found. Damage is empty when all is well; Missing names blobs that records name and that are not
// kept here, which is no damage: a text may name any.
type Report struct {
	Stats
	Damage  []string `json:"damage"`
	Missing []string `json:"missing"`
}

// Compacted is what compacting gained; sizes in bytes, of the database with its log.
type Compacted struct {
	Before    int64 `json:"before"`
	After     int64 `json:"after"`
	Blobs     int   `json:"blobs"`     // that no record named
	BlobBytes int64 `json:"blobBytes"` // of those
}

// maxDamage bounds how much of it is told.
const maxDamage = 100

// Add tells of damage, as far as there is room.
func (r *Report) Add(damage string) {
	if len(r.Damage) < maxDamage {
		r.Damage = append(r.Damage, damage)
	}
}

// CheckRecord holds a record against the contract, and notes the blobs that it names. Kinds that the schema does not list are
// kept as they are.
func (r *Report) CheckRecord(kinds store.Kinds, held record.Record, named map[string]bool) {
	if err := kinds.CheckRecord(held); err != nil && slices.Contains(kinds.All(), held.Kind) {
		r.Add(string(held.Kind) + " " + held.ID + ": " + fault.Public(err).Message)
	}
	for _, name := range store.BlobNames(held.Body) {
		named[name] = true
	}
}

// CheckBlobs compares every blob with its name, and the names with what is there.
func (r *Report) CheckBlobs(ctx context.Context, blobs *blobfile.Folder, named map[string]bool, progress Progress) error {
	done := int64(0)
	err := eachBlob(ctx, blobs, func(b store.Blob) error {
		delete(named, b.Name)
		done++
		progress.Tell("checking blobs", done, r.Blobs)
		err := blobs.Check(ctx, b.Name)
		if fault.CodeOf(err) == fault.Malformed {
			r.Add(fault.Public(err).Message)
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
