package idb

import (
	"bytes"
	"context"
	"hash"
	"io"
	"strconv"
	"time"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/store"
)

// partBytes is how much of a blob is one value of the database, and is in memory at a time.
const partBytes = 1 << 20

// partOp is the operation whose data is not text.
const partOp = "blobPart"

const (
	puttingBlob = "putting a blob"
	readingBlob = "reading a blob"
)

// PutBlob keeps content part by part; see store.BlobStore.
func (s *Store) PutBlob(ctx context.Context, content io.Reader) (store.Blob, error) {
	s.mu.Lock()
	s.uploads++
	upload := decimal(s.epoch) + "." + decimal(s.uploads)
	s.mu.Unlock()
	blob, err := s.take(ctx, upload, content)
	if err != nil {
		_, _ = s.call(context.WithoutCancel(ctx), puttingBlob, "blobDrop", upload, nil) // else a sweep finds it
	}
	return blob, err
}

func (s *Store) take(ctx context.Context, upload string, content io.Reader) (blob store.Blob, err error) {
	sum := digest.NewSHA256()
	var part bytes.Buffer
	for more := true; more; {
		part.Reset()
		n, err := part.ReadFrom(io.LimitReader(content, partBytes))
		if err != nil {
			return blob, err
		}
		_, _ = sum.Write(part.Bytes()) // a hash never fails to write
		if _, err := s.call(ctx, puttingBlob, partOp, upload+" "+decimal(blob.Size), part.Bytes()); err != nil {
			return blob, err
		}
		blob.Size += n
		more = n == partBytes
	}
	blob.Name, blob.Put = store.BlobName(sum.Sum(nil)), time.UnixMilli(time.Now().UnixMilli())
	head := blob.Name + " " + upload + " " + decimal(blob.Size) + " " + decimal(blob.Put.UnixMilli())
	_, err = s.call(ctx, puttingBlob, "blobKeep", head, nil)
	return blob, err
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// ReadBlob gives a part of a blob; see store.BlobStore.
func (s *Store) ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := store.CheckBlobRange(name, offset); err != nil {
		return nil, err
	}
	ans, err := s.call(ctx, readingBlob, "blobFind", name, nil)
	if err != nil {
		return nil, err
	}
	f := flat{text: ans.head}
	f.open()
	if !f.more() {
		return nil, store.NoBlob(name)
	}
	r := blobReader{ctx: ctx, store: s, name: name, upload: f.str(), end: f.number()}
	whole := r
	whole.sum = digest.NewSHA256()
	if offset == 0 && length < 0 {
		return &whole, f.err
	}
	if _, err := io.Copy(io.Discard, &whole); err != nil {
		return nil, err
	}
	r.at = min(offset, r.end)
	if length >= 0 {
		r.end = r.at + min(length, r.end-r.at)
	}
	return &r, f.err
}

// blobReader reads on part by part.
type blobReader struct {
	ctx          context.Context //nolint:containedctx // a read has no context of its own
	store        *Store
	name, upload string
	at, end      int64
	part         []byte    // read, and not given out yet
	sum          hash.Hash // of a blob that is read whole
}

// Read reads on; at the end of a whole blob it answers fault.Malformed when the bytes are not those that were put.
func (r *blobReader) Read(p []byte) (int, error) {
	if err := store.Ended(r.ctx, readingBlob); err != nil {
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
			return 0, err
		}
	}
	n := copy(p, r.part)
	r.part, r.at = r.part[n:], r.at+int64(n)
	return n, nil
}

// next reads the part that has the next byte. One that is not there was swept meanwhile, or is damaged.
func (r *blobReader) next() error {
	place := r.at / partBytes * partBytes
	ans, err := r.store.call(r.ctx, readingBlob, "blobRead", r.upload+" "+decimal(place), nil)
	if err != nil {
		return err
	}
	from := r.at - place
	if from >= int64(len(ans.data)) {
		return store.SpoiltBlob(r.name)
	}
	r.part = ans.data[from:min(int64(len(ans.data)), from+r.end-r.at)]
	if r.sum != nil {
		_, _ = r.sum.Write(r.part) // a hash never fails to write
	}
	return nil
}

// Close ends the reading.
func (r *blobReader) Close() error { return nil }

// ListBlobs lists by name; see store.BlobStore.
func (s *Store) ListBlobs(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	limit, err := store.CheckBlobList(after, limit)
	if err != nil {
		return nil, err
	}
	return s.blobs(ctx, "blobList", after+" "+decimal(int64(limit)))
}

// blobs reads an answer of blobs.
func (s *Store) blobs(ctx context.Context, op, head string) ([]store.Blob, error) {
	ans, err := s.call(ctx, "listing blobs", op, head, nil)
	if err != nil {
		return nil, err
	}
	f := flat{text: ans.head}
	f.open()
	out := []store.Blob{}
	for f.more() {
		out = append(out, store.Blob{Name: f.str(), Size: f.number(), Put: time.UnixMilli(f.number())})
	}
	return out, f.err
}

// SweepBlobs deletes what no record names; see store.BlobStore. The records are read beside the database, not here.
func (s *Store) SweepBlobs(ctx context.Context, before time.Time) ([]store.Blob, error) {
	return s.blobs(ctx, "blobSweep", decimal(before.UnixMilli()))
}
