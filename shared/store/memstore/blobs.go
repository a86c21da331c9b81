package memstore

import (
	"bytes"
	"context"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/kindos/kai/shared/digest"
	"github.com/kindos/kai/shared/store"
)

// blob is the content of one and when it was put.
type blob struct {
	content []byte
	put     time.Time
}

// PutBlob keeps content; see store.BlobStore.
func (s *Store) PutBlob(ctx context.Context, content io.Reader) (store.Blob, error) {
	kept, err := io.ReadAll(store.While(ctx, "putting a blob", content))
	if err != nil {
		return store.Blob{}, err
	}
	sum := digest.NewSHA256()
	_, _ = sum.Write(kept) // a hash never fails to write
	name := store.BlobName(sum.Sum(nil))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return store.Blob{}, store.Closed()
	}
	if s.blobs == nil {
		s.blobs = map[string]blob{}
	}
	s.bytes += int64(len(kept) - len(s.blobs[name].content))
	s.blobs[name] = blob{kept, time.Now()}
	return s.blobLocked(name), nil
}

func (s *Store) blobLocked(name string) store.Blob {
	b := s.blobs[name]
	return store.Blob{Name: name, Size: int64(len(b.content)), Put: b.put}
}

// ReadBlob gives a part of a blob; see store.BlobStore.
func (s *Store) ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	const doing = "reading a blob"
	if err := store.Ended(ctx, doing); err != nil {
		return nil, err
	}
	if err := store.CheckBlobRange(name, offset); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	b, ok := s.blobs[name]
	switch {
	case s.closed:
		return nil, store.Closed()
	case !ok:
		return nil, store.NoBlob(name)
	}
	part := b.content[min(offset, int64(len(b.content))):]
	if length >= 0 {
		part = part[:min(length, int64(len(part)))]
	}
	return io.NopCloser(store.While(ctx, doing, bytes.NewReader(part))), nil
}

// ListBlobs lists by name; see store.BlobStore.
func (s *Store) ListBlobs(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	if err := store.Ended(ctx, "listing blobs"); err != nil {
		return nil, err
	}
	limit, err := store.CheckBlobList(after, limit)
	if err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return nil, store.Closed()
	}
	out := []store.Blob{}
	for _, name := range slices.Sorted(maps.Keys(s.blobs)) {
		if name > after && len(out) < limit {
			out = append(out, s.blobLocked(name))
		}
	}
	return out, nil
}

// SweepBlobs deletes what no record names; see store.BlobStore.
func (s *Store) SweepBlobs(ctx context.Context, before time.Time) ([]store.Blob, error) {
	if err := store.Ended(ctx, "sweeping blobs"); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, store.Closed()
	}
	held := map[string]bool{}
	for _, t := range s.tables {
		for _, e := range t.entries {
			for _, name := range store.BlobNames(e.record.Body) {
				held[name] = true
			}
		}
	}
	swept := []store.Blob{}
	for _, name := range slices.Sorted(maps.Keys(s.blobs)) {
		if b := s.blobLocked(name); !held[name] && b.Put.Before(before) {
			swept, s.bytes = append(swept, b), s.bytes-b.Size
			delete(s.blobs, name)
		}
	}
	return swept, nil
}
