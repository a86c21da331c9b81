package blobfile

import (
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"

	"github.com/kindos/kai/shared/store"
)

// Read gives a part of a blob; see store.BlobStore.
func (f *Folder) Read(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error) {
	const doing = "reading a blob"
	if err := store.Ended(ctx, doing); err != nil {
		return nil, err
	}
	if err := store.CheckBlobRange(name, offset); err != nil {
		return nil, err
	}
	file, err := f.open(name)
	if err != nil {
		return nil, err
	}
	if offset == 0 && length < 0 {
		return &whole{file: file, content: store.While(ctx, doing, file), sum: sha256.New(), name: name, folder: f}, nil
	}
	if err := f.checkOnce(ctx, name, file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	info, err := file.Stat()
	if err != nil {
		return nil, errors.Join(f.failed(err), file.Close())
	}
	most := max(info.Size()-offset, 0)
	if length >= 0 {
		most = min(most, length)
	}
	return part{store.While(ctx, doing, io.NewSectionReader(file, offset, most)), file}, nil
}

func (f *Folder) open(name string) (*os.File, error) {
	digits, err := store.BlobDigits(name)
	if err != nil {
		return nil, err
	}
	file, err := os.Open(f.file(digits))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, store.NoBlob(name)
	case err != nil:
		return nil, f.failed(err)
	}
	return file, nil
}

// part is an open stretch of a file.
type part struct {
	io.Reader
	io.Closer
}

// whole reads a file to its end and there compares it with its name.
type whole struct {
	file    *os.File
	content io.Reader
	sum     hash.Hash
	name    string
	folder  *Folder
}

// Read reads on; at the end it answers fault.Malformed when the bytes are not those that were put.
func (w *whole) Read(p []byte) (int, error) {
	n, err := w.content.Read(p)
	_, _ = w.sum.Write(p[:n]) // a hash never fails to write
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, w.folder.failed(err)
	case store.BlobName(w.sum.Sum(nil)) != w.name:
		return n, store.SpoiltBlob(w.name)
	default:
		return n, io.EOF
	}
}

// Close closes the file.
func (w *whole) Close() error { return w.file.Close() }

// checkOnce compares a file with its name before a part of it is given out; until it is put again once is enough.
func (f *Folder) checkOnce(ctx context.Context, name string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return f.failed(err)
	}
	f.mu.Lock()
	at, known := f.checked[name]
	f.mu.Unlock()
	if known && at.Equal(info.ModTime()) {
		return nil
	}
	if err := f.fits(ctx, name, file); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.checked[name] = info.ModTime()
	return nil
}

// fits reads a file whole and compares it with its name.
func (f *Folder) fits(ctx context.Context, name string, file *os.File) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, store.While(ctx, "checking a blob", file)); err != nil {
		return f.failed(err)
	}
	if store.BlobName(sum.Sum(nil)) != name {
		return store.SpoiltBlob(name)
	}
	return nil
}

// Check reads a blob whole and answers fault.Malformed when it is damaged, fault.NotFound when it is not there.
func (f *Folder) Check(ctx context.Context, name string) error {
	file, err := f.open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.fits(ctx, name, file), file.Close())
}
