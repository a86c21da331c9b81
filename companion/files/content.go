package files

import (
	"context"
	"fmt"
	"io"

	"github.com/kindos/kai/shared/store"
)

// Content reads a file from anywhere in it. Whoever opened it closes it.
type Content struct {
	ctx   context.Context //nolint:containedctx // a read has no context of its own
	blobs store.BlobStore
	name  string
	size  int64
	at    int64
	open  io.ReadCloser // reads on at at; nil after Seek
}

// Open opens a file's content. All of it is compared with its SHA-256 before the first byte is given out: what is damaged
// answers fault.Malformed here.
func (k *Keeper) Open(ctx context.Context, f File) (*Content, error) {
	blobs, err := store.Blobs(k.opt.Store)
	if err != nil {
		return nil, err
	}
	c := &Content{ctx: ctx, blobs: blobs, name: store.BlobNamed(f.SHA256), size: f.Bytes}
	return c, c.reopen()
}

// reopen reads on from at. The length is said because a blob that is read without one is compared at its end alone.
func (c *Content) reopen() (err error) {
	c.open, err = c.blobs.ReadBlob(c.ctx, c.name, c.at, c.size-c.at)
	return err
}

// Read reads on.
func (c *Content) Read(p []byte) (int, error) {
	if c.open == nil {
		if err := c.reopen(); err != nil {
			return 0, err
		}
	}
	n, err := c.open.Read(p)
	c.at += int64(n)
	return n, err
}

// Seek says where the next Read begins.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 || offset > c.size {
		return c.at, fmt.Errorf("byte %d is outside of the file", offset)
	}
	if offset == c.at {
		return c.at, nil
	}
	err := c.Close()
	c.at = offset
	return c.at, err
}

// Close lets go of the file; a Read after it begins anew.
func (c *Content) Close() error {
	if c.open == nil {
		return nil
	}
	err := c.open.Close()
	c.open = nil
	return err
}
