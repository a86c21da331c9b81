package postgres

import (
	"context"
	"crypto/sha256"
	"hash"
	"io"

	"github.com/jackc/pgx/v5"

	"github.com/kindos/kai/shared/store"
)

// ReadBlob gives a part of a blob; see store.BlobStore. It has no connection between one read and the next.
func (s *Store) ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	const doing = "reading a blob"
	if err := s.begin(ctx, doing); err != nil {
		return nil, err
	}
	if err := store.CheckBlobRange(name, offset); err != nil {
		return nil, err
	}
	upload, size, err := s.blobSize(ctx, name)
	if err != nil {
		return nil, s.db.fault(ctx, err, doing)
	}
	all := s.readFrom(ctx, name, 0, size)
	if offset == 0 && length < 0 {
		all.sum = sha256.New()
		return all, nil
	}
	if known, ok := s.whole.Load(name); !ok || known != upload { // once is enough, until it is put again
		all.sum = sha256.New()
		if _, err := io.Copy(io.Discard, all); err != nil {
			return nil, err
		}
		s.whole.Store(name, upload)
	}
	end := size
	if length >= 0 && offset < size {
		end = min(size, offset+min(length, size))
	}
	return s.readFrom(ctx, name, offset, end), nil
}

// blobSize looks a blob up: which upload it is, and its bytes.
func (s *Store) blobSize(ctx context.Context, name string) (upload string, size int64, err error) {
	const find = `SELECT upload::text, size FROM kai.blobs WHERE owner = $1 AND name = $2`
	err = s.db.read(ctx, s.sealed, query{find, []any{s.no, nameBytes(name)}, func() {}, func(rows pgx.Rows) error {
		return rows.Scan(&upload, &size)
	}})
	if err == nil && upload == "" {
		err = store.NoBlob(name)
	}
	return upload, size, err
}

// blobReader reads on part by part. Whichever upload has the name: its bytes are the same.
type blobReader struct {
	ctx     context.Context //nolint:containedctx // a read has no context of its own
	store   *Store
	name    string
	at, end int64
	part    []byte    // read, and not given out yet
	sum     hash.Hash // of a blob that is read whole
}

func (s *Store) readFrom(ctx context.Context, name string, at, end int64) *blobReader {
	return &blobReader{ctx: ctx, store: s, name: name, at: at, end: end}
}

// Read reads on; at the end of a whole blob it answers fault.Malformed when the bytes are not those that were put.
func (r *blobReader) Read(p []byte) (int, error) {
	const doing = "reading a blob"
	if err := r.store.begin(r.ctx, doing); err != nil {
		return 0, err
	}
	if r.at >= r.end {
		if r.sum != nil && store.BlobName(r.sum.Sum(nil)) != r.name {
			return 0, store.SpoiltBlob(r.name)
		}
		return 0, io.EOF
	}
	if len(r.part) == 0 {
		if err := r.next(); err != nil {
			return 0, r.store.db.fault(r.ctx, err, doing)
		}
	}
	n := copy(p, r.part)
	r.part, r.at = r.part[n:], r.at+int64(n)
	return n, nil
}

// next reads the part that has the next byte.
func (r *blobReader) next() error {
	found, place := false, int64(0)
	const find = `SELECT p.place, p.bytes FROM kai.blobs b JOIN kai.blob_parts p ON p.owner = b.owner AND p.upload = b.upload
		WHERE b.owner = $1 AND b.name = $2 AND p.place <= $3 ORDER BY p.place DESC LIMIT 1`
	err := r.store.db.read(r.ctx, r.store.sealed, query{find, []any{r.store.no, nameBytes(r.name), r.at}, func() {}, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(&place, &r.part)
	}})
	if err != nil {
		return err
	}
	if !found || r.at-place >= int64(len(r.part)) {
		if _, _, err := r.store.blobSize(r.ctx, r.name); err != nil {
			return err // it was swept meanwhile
		}
		return store.SpoiltBlob(r.name)
	}
	r.part = r.part[r.at-place:]
	r.part = r.part[:min(int64(len(r.part)), r.end-r.at)]
	if r.sum != nil {
		_, _ = r.sum.Write(r.part) // a hash never fails to write
	}
	return nil
}

// Close ends the reading.
func (r *blobReader) Close() error { return nil }
