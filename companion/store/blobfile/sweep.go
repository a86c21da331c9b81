package blobfile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/kindos/kai/shared/store"
)

// List lists blobs by name; see store.BlobStore.
func (f *Folder) List(ctx context.Context, after string, limit int) ([]store.Blob, error) {
	if err := store.Ended(ctx, "listing blobs"); err != nil {
		return nil, err
	}
	limit, err := store.CheckBlobList(after, limit)
	if err != nil {
		return nil, err
	}
	out := []store.Blob{}
	err = f.each(ctx, after, func(b store.Blob, _ string) (bool, error) {
		out = append(out, b)
		return len(out) < limit, nil
	})
	return out, err
}

// Usage counts the blobs and their bytes.
func (f *Folder) Usage(ctx context.Context) (blobs, bytes int64, err error) {
	err = f.each(ctx, "", func(b store.Blob, _ string) (bool, error) {
		blobs, bytes = blobs+1, bytes+b.Size
		return true, nil
	})
	return blobs, bytes, err
}

// Sweep deletes the blobs that held denies and that were last put before a time, and says which. Files that never got a
// name go with them.
func (f *Folder) Sweep(ctx context.Context, before time.Time, held func(name string) bool) ([]store.Blob, error) {
	swept := []store.Blob{}
	err := f.each(ctx, "", func(b store.Blob, path string) (bool, error) {
		if held(b.Name) || !b.Put.Before(before) {
			return true, nil
		}
		gone, err := f.remove(path, before)
		if gone {
			swept = append(swept, b)
		}
		return true, err
	})
	if err != nil {
		return swept, err
	}
	return swept, f.clearUnfinished(before)
}

// remove deletes a file unless it was put again since it was looked at.
func (f *Folder) remove(path string, before time.Time) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	info, err := os.Stat(path)
	if err != nil || !info.ModTime().Before(before) {
		return false, err
	}
	err = os.Remove(path)
	return err == nil, err
}

func (f *Folder) clearUnfinished(before time.Time) error {
	folder := filepath.Join(f.path, unfinished)
	entries, err := entriesOf(folder)
	for _, entry := range entries {
		info, infoErr := entry.Info()
		if infoErr == nil && info.ModTime().Before(before) {
			err = errors.Join(err, os.Remove(filepath.Join(folder, entry.Name())))
		}
	}
	return f.failed(err)
}

// each visits the blobs after a name, in order, until visit says false.
func (f *Folder) each(ctx context.Context, after string, visit func(store.Blob, string) (bool, error)) error {
	digits := ""
	if after != "" {
		digits, _ = store.BlobDigits(after) // it was checked
	}
	_, err := f.walk(ctx, "", digits, visit)
	return f.failed(err)
}

// walk visits the blobs whose digits begin with those of a folder.
func (f *Folder) walk(ctx context.Context, begin, after string, visit func(store.Blob, string) (bool, error)) (more bool, err error) {
	if err := store.Ended(ctx, "reading the blobs"); err != nil {
		return false, err
	}
	path := filepath.Join(f.path, begin[:min(2, len(begin))], begin[min(2, len(begin)):])
	entries, err := entriesOf(path)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		more = true
		switch inner := begin + entry.Name(); {
		case len(begin) == 4 && entry.Name() > after:
			more, err = f.visit(entry, filepath.Join(path, entry.Name()), visit)
		case len(begin) < 4 && len(entry.Name()) == 2 && inner >= after[:min(len(inner), len(after))]:
			more, err = f.walk(ctx, inner, after, visit)
		}
		if err != nil || !more {
			return false, err
		}
	}
	return true, nil
}

// visit hands over a file that has the name of a blob.
func (f *Folder) visit(entry fs.DirEntry, path string, visit func(store.Blob, string) (bool, error)) (more bool, err error) {
	name := store.BlobNamed(entry.Name())
	if _, err := store.BlobDigits(name); err != nil {
		return true, nil //nolint:nilerr // somebody else's file
	}
	info, err := entry.Info()
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil // swept meanwhile
	}
	if err != nil {
		return false, err
	}
	return visit(store.Blob{Name: name, Size: info.Size(), Put: info.ModTime()}, path)
}

// entriesOf lists a folder in order; one that is not there is empty.
func entriesOf(path string) ([]fs.DirEntry, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return entries, err
}
