package postgres

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// partBytes is how much of a blob goes into a row, and is in memory at a time.
const partBytes = 1 << 20

// PutBlob keeps content in parts, in one transaction; see store.BlobStore. It has a connection of the pool until content ends.
func (s *Store) PutBlob(ctx context.Context, content io.Reader) (store.Blob, error) {
	const doing = "putting a blob"
	if err := s.begin(ctx, doing); err != nil {
		return store.Blob{}, err
	}
	u := &upload{id: record.NewID(time.Now()), sum: sha256.New(), content: store.While(ctx, doing, content)}
	err := s.db.begun(ctx, s.sealed, func(tx pgx.Tx) error {
		if err := s.sendParts(ctx, tx, u); err != nil {
			return err
		}
		return s.locked(ctx, tx, nil, func(w *writing, _ versions) error { return w.finish(ctx, u) })
	})
	switch {
	case u.failed != nil:
		return store.Blob{}, u.failed
	case err != nil:
		return store.Blob{}, s.db.fault(ctx, err, doing)
	}
	return u.blob(), nil
}

// upload is a blob on its way in.
type upload struct {
	id      string
	content io.Reader
	failed  error // of the content
	sum     hash.Hash
	size    int64
	put     time.Time
}

func (u *upload) blob() store.Blob {
	return store.Blob{Name: store.BlobName(u.sum.Sum(nil)), Size: u.size, Put: u.put}
}

// sendParts stores all that content gives. Content that breaks off with io.ErrUnexpectedEOF, as a request's body does, has failed.
func (s *Store) sendParts(ctx context.Context, tx pgx.Tx, u *upload) error {
	var part bytes.Buffer
	for more := true; more; {
		part.Reset()
		n, err := part.ReadFrom(io.LimitReader(u.content, partBytes))
		if err != nil {
			u.failed = err
			return err
		}
		if more = n == partBytes; n == 0 {
			return nil
		}
		_, _ = u.sum.Write(part.Bytes()) // a hash never fails to write
		const add = `INSERT INTO kai.blob_parts (owner, upload, place, bytes) VALUES ($1, $2, $3, $4)`
		if _, err := tx.Exec(ctx, add, s.no, u.id, u.size, part.Bytes()); err != nil {
			return err
		}
		u.size += n
	}
	return nil
}

// finish gives an upload its name. A blob that is there already is replaced: that also mends a damaged one, and makes it
// young.
func (w *writing) finish(ctx context.Context, u *upload) error {
	u.put = time.Now().Truncate(time.Microsecond) // as PostgreSQL keeps it
	batch, owner, name := &pgx.Batch{}, w.store.no, u.sum.Sum(nil)
	batch.Queue(`DELETE FROM kai.blob_parts p USING kai.blobs b WHERE b.owner = $1 AND b.name = $2 AND p.owner = b.owner AND p.upload = b.upload`, owner, name)
	batch.Queue(`INSERT INTO kai.blobs (owner, name, upload, size, put) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (owner, name) DO UPDATE SET upload = excluded.upload, size = excluded.size, put = excluded.put`, owner, name, u.id, u.size, u.put)
	return w.tx.SendBatch(ctx, batch).Close()
}

// ListBlobs lists by name; see store.BlobStore.
func (s *Store) ListBlobs(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	const doing = "listing blobs"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	limit, err := store.CheckBlobList(after, limit)
	if err != nil {
		return nil, err
	}
	var out []store.Blob
	const list = `SELECT name, size, put FROM kai.blobs WHERE owner = $1 AND name > $2 ORDER BY name LIMIT $3`
	err = s.db.read(ctx, s.sealed, query{list, []any{s.no, nameBytes(after), limit}, func() {
		out = []store.Blob{}
	}, func(rows pgx.Rows) error {
		blob, err := scanBlob(rows)
		out = append(out, blob)
		return err
	}})
	if err != nil {
		return nil, s.db.fault(ctx, err, doing)
	}
	return out, nil
}

// nameBytes is a checked name as it is stored; no name is before all.
func nameBytes(name string) []byte {
	if name == "" {
		return []byte{}
	}
	digits, _ := store.BlobDigits(name)
	sum, _ := hex.DecodeString(digits)
	return sum
}

func scanBlob(rows pgx.Rows) (store.Blob, error) {
	var name []byte
	var blob store.Blob
	err := rows.Scan(&name, &blob.Size, &blob.Put)
	blob.Name = store.BlobName(name)
	return blob, err
}

// SweepBlobs deletes what no record names; see store.BlobStore. Records are read twice: all of them while others write, then
// what was written meanwhile while nobody can.
func (s *Store) SweepBlobs(ctx context.Context, before time.Time) ([]store.Blob, error) {
	const doing = "sweeping blobs"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	var holds store.BlobHolds
	if err := holds.Follow(ctx, s); err != nil {
		return nil, err
	}
	swept := []store.Blob{}
	err := s.transact(ctx, nil, func(w *writing, _ versions) error {
		if err := holds.Follow(ctx, lockedStore{s, w.tx}); err != nil {
			return err
		}
		old, err := w.blobsBefore(ctx, before)
		if err != nil {
			return err
		}
		for _, blob := range old {
			if !holds.Holds(blob.Name) {
				swept = append(swept, blob)
			}
		}
		return w.removeBlobs(ctx, swept)
	})
	if err != nil {
		return nil, s.db.fault(ctx, err, doing)
	}
	return swept, nil
}

// lockedStore reads changes in the transaction that has the owner's lock.
type lockedStore struct {
	*Store
	tx pgx.Tx
}

// Changes reads a slice of the feed.
func (l lockedStore) Changes(ctx context.Context, since uint64, limit int) (feed store.Feed, err error) {
	q := l.feedQuery(&feed, since, limit)
	rows, err := l.tx.Query(ctx, q.text, q.args...)
	if err != nil {
		return feed, err
	}
	return feed, q.each(rows)
}

// blobsBefore lists what was last put before a time.
func (w *writing) blobsBefore(ctx context.Context, before time.Time) ([]store.Blob, error) {
	rows, err := w.tx.Query(ctx, `SELECT name, size, put FROM kai.blobs WHERE owner = $1 AND put < $2 ORDER BY name`, w.store.no, before)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (store.Blob, error) { return scanBlob(rows) })
}

func (w *writing) removeBlobs(ctx context.Context, blobs []store.Blob) error {
	names := make([][]byte, len(blobs))
	for i, blob := range blobs {
		names[i] = nameBytes(blob.Name)
	}
	const remove = `WITH gone AS (DELETE FROM kai.blobs WHERE owner = $1 AND name = ANY ($2) RETURNING upload)
		DELETE FROM kai.blob_parts p USING gone WHERE p.owner = $1 AND p.upload = gone.upload`
	_, err := w.tx.Exec(ctx, remove, w.store.no, names)
	return err
}
