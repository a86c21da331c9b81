package blobfile

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/kindos/kai/shared/store"
)

// Of is the folder of blobs that belongs to the database at path.
func Of(path string) string { return path + "-blobs" }

// Beside is the blob power of a store that keeps its records in a file: the store embeds it.
type Beside struct {
	folder  *Folder
	records store.Store
	begin   func(ctx context.Context, doing string) error // refuses an ended context and a closed store
	writer  sync.Locker                                   // held while nobody else may write records
}

// NewBeside gives records the blobs of a folder.
func NewBeside(f *Folder, records store.Store, begin func(context.Context, string) error, writer sync.Locker) Beside {
	return Beside{folder: f, records: records, begin: begin, writer: writer}
}

// PutBlob keeps content in a file; see store.BlobStore.
func (b *Beside) PutBlob(ctx context.Context, content io.Reader) (store.Blob, error) {
	if err := b.begin(ctx, "putting a blob"); err != nil {
		return store.Blob{}, err
	}
	return b.folder.Put(ctx, content)
}

// ReadBlob gives a part of a blob; see store.BlobStore.
func (b *Beside) ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	if err := b.begin(ctx, "reading a blob"); err != nil {
		return nil, err
	}
	return b.folder.Read(ctx, name, offset, length)
}

// ListBlobs lists by name; see store.BlobStore.
func (b *Beside) ListBlobs(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	if err := b.begin(ctx, "listing blobs"); err != nil {
		return nil, err
	}
	return b.folder.List(ctx, after, limit)
}

// SweepBlobs deletes what no record names; see store.BlobStore. Records are read twice: all of them while others write,
// then what was written meanwhile while nobody can.
func (b *Beside) SweepBlobs(ctx context.Context, before time.Time) ([]store.Blob, error) {
	if err := b.begin(ctx, "sweeping blobs"); err != nil {
		return nil, err
	}
	var holds store.BlobHolds
	if err := holds.Follow(ctx, b.records); err != nil {
		return nil, err
	}
	b.writer.Lock()
	defer b.writer.Unlock()
	if err := holds.Follow(ctx, b.records); err != nil {
		return nil, err
	}
	return b.folder.Sweep(ctx, before, holds.Holds)
}
