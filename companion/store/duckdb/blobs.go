//go:build duckdb && cgo

package duckdb

import (
	"context"
	"io"
	"time"

	"github.com/kindos/kai/shared/store"
)

// BlobsOf is the folder of blobs that belongs to the database at path.
func BlobsOf(path string) string { return path + "-blobs" }

// PutBlob keeps content in a file; see store.BlobStore.
func (s *Store) PutBlob(ctx context.Context, content io.Reader) (store.Blob, error) {
	if err := s.begin(ctx, "putting a blob"); err != nil {
		return store.Blob{}, err
	}
	return s.blobs.Put(ctx, content)
}

// ReadBlob gives a part of a blob; see store.BlobStore.
func (s *Store) ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := s.begin(ctx, "reading a blob"); err != nil {
		return nil, err
	}
	return s.blobs.Read(ctx, name, offset, length)
}

// ListBlobs lists by name; see store.BlobStore.
func (s *Store) ListBlobs(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	if err := s.begin(ctx, "listing blobs"); err != nil {
		return nil, err
	}
	return s.blobs.List(ctx, after, limit)
}

// SweepBlobs deletes what no record names; see store.BlobStore. Records are read twice: all of them while others write,
// then what was written meanwhile while nobody can.
func (s *Store) SweepBlobs(ctx context.Context, before time.Time) ([]store.Blob, error) {
	if err := s.begin(ctx, "sweeping blobs"); err != nil {
		return nil, err
	}
	var holds store.BlobHolds
	if err := holds.Follow(ctx, s); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := holds.Follow(ctx, s); err != nil {
		return nil, err
	}
	return s.blobs.Sweep(ctx, before, holds.Holds)
}
