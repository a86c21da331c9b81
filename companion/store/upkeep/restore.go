package upkeep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// restoring is where a backup is prepared before it takes the store's place. While it is there and the store is not, a
// restore was cut short between the two, and Open refuses to begin an empty store.
func restoring(path string) string { return path + "-restoring" }

// CutShort tells of such a restore.
func CutShort(path string) error {
	if there(path) || !there(restoring(path)) {
		return nil
	}
	return fault.New(fault.Unavailable, "a restore of the record store %s was cut short", path).
		WithRemedy("run kai store restore again; what was there before lies beside it under a name with -before-")
}

// ReadManifest reads what a backup says of itself: fault.NotFound when there is no complete backup, fault.Unsupported when
// it is of a newer format.
func ReadManifest(folder string) (Manifest, error) {
	var m Manifest
	text, err := os.ReadFile(filepath.Join(folder, backupManifest)) //nolint:gosec // the owner's choice
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, fault.Wrap(fault.NotFound, err, "there is no complete backup in "+folder).
			WithRemedy("name a folder that kai store backup made")
	case err != nil:
		return m, fault.Wrap(fault.Unavailable, err, "the backup in "+folder+" cannot be read").WithRemedy("make sure that you may read it")
	}
	if err := json.Unmarshal(text, &m); err != nil || m.Format != backupFormat {
		return m, fault.New(fault.Malformed, "%s is not the manifest of a backup", filepath.Join(folder, backupManifest)).
			WithRemedy("use another backup")
	}
	if m.Version > backupVersion {
		return m, fault.New(fault.Unsupported, "the backup in %s was made by a newer kAI", folder).WithRemedy("update kAI")
	}
	if m.Engine == "" {
		m.Engine = "sqlite"
	}
	return m, nil
}

// Restore puts a backup in the place of the store at path, which nobody may have open. The backup is copied and the copy
// checked before anything is moved; what was there goes aside, and comes back when the new one does not open. Aside is
// where it went, "" when there was nothing.
func (e Engine) Restore(ctx context.Context, from, path string, now time.Time, progress Progress) (m Manifest, aside string, err error) {
	if m, err = ReadManifest(from); err != nil {
		return m, "", err
	}
	if m.Engine != e.Name {
		return m, "", fault.New(fault.Invalid, "the backup in %s is of %s, and the records are kept in %s", from, m.Engine, e.Name).
			WithRemedy("set storage.db to %s to restore it", m.Engine)
	}
	again := CutShort(path) != nil
	if err := e.prepareRestore(ctx, from, path, m, progress); err != nil {
		return m, "", errors.Join(err, e.giveUp(path, again))
	}
	aside, err = e.moveAside(path, now)
	if err != nil {
		return m, aside, err
	}
	if err := e.takePlace(ctx, path); err != nil {
		return m, "", errors.Join(err, mark(path), e.forget(path), e.moveBack(aside, path), e.giveUp(path, again))
	}
	return m, aside, nil
}

// giveUp deletes what was prepared. When an earlier restore was cut short its mark stays, because what was there before is
// still aside.
func (e Engine) giveUp(path string, again bool) error {
	if again {
		return errors.Join(mark(path), e.forgetRest(restoring(path)))
	}
	return e.forget(restoring(path))
}

// mark has the store at path seen as one whose restore was cut short, while it is not there.
func mark(path string) error { return os.WriteFile(restoring(path), nil, private) }

// prepareRestore copies the backup beside the store and checks the copy against the manifest.
func (e Engine) prepareRestore(ctx context.Context, from, path string, m Manifest, progress Progress) error {
	source, copied := filepath.Join(from, e.File), restoring(path)
	if err := e.forgetRest(copied); err != nil { // of an earlier try, whose copy is the mark of it until ours is over it
		return diskFailed(err, copied)
	}
	progress.Tell("copying records", 0, 0)
	if err := copyFile(ctx, source, copied); err != nil {
		return diskFailed(err, copied)
	}
	sum, err := hashFile(ctx, copied)
	if err != nil {
		return diskFailed(err, copied)
	}
	if sum != m.SHA256 {
		return fault.New(fault.Malformed, "the backup in %s is damaged", from).WithRemedy("use another backup; nothing was changed")
	}
	if err := copyBlobs(ctx, blobfile.New(blobfile.Of(source)), blobfile.New(blobfile.Of(copied)), &Manifest{}, progress); err != nil {
		return err
	}
	report, err := e.checkCopy(ctx, copied, progress)
	if err != nil {
		return err
	}
	if got, want := report.Total()+report.Blobs, m.Total()+m.Blobs; got != want || report.Tombstones != m.Tombstones {
		return fault.New(fault.Malformed, "the backup in %s has %d records and blobs, its manifest says %d", from, got, want).
			WithRemedy("use another backup; nothing was changed")
	}
	return nil
}

// files are all that belongs to the store at path.
func (e Engine) files(path string) []string {
	return append([]string{path, blobfile.Of(path)}, e.Companions(path)...)
}

// forget deletes a store.
func (e Engine) forget(path string) (err error) {
	for _, file := range e.files(path) {
		err = errors.Join(err, os.RemoveAll(file))
	}
	return err
}

// forgetRest deletes all of a store but its database.
func (e Engine) forgetRest(path string) (err error) {
	for _, file := range e.files(path)[1:] {
		err = errors.Join(err, os.RemoveAll(file))
	}
	return err
}

// moveAside renames what is there; the database first, so that a store is never seen without its log.
func (e Engine) moveAside(path string, now time.Time) (aside string, err error) {
	aside = e.asideOf(path, now)
	if !slices.ContainsFunc(e.files(path), there) {
		return "", nil
	}
	if err := e.move(path, aside); err != nil {
		return "", errors.Join(diskFailed(err, path), e.moveBack(aside, path))
	}
	return aside, nil
}

// asideOf is a name that nothing has: two restores may come within a second.
func (e Engine) asideOf(path string, now time.Time) string {
	name := path + "-before-" + now.UTC().Format("20060102-150405")
	for n, free := 2, name; ; n++ {
		if !slices.ContainsFunc(e.files(free), there) {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// move renames a store with all that belongs to it.
func (e Engine) move(from, to string) error {
	if there(to) {
		return &fs.PathError{Op: "rename", Path: to, Err: fs.ErrExist}
	}
	names := e.files(to)
	for n, file := range e.files(from) {
		if err := os.Rename(file, names[n]); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return blobfile.SyncFolder(filepath.Dir(to))
}

// moveBack undoes moveAside; the database last, so that a restore that is cut short here is still seen as one.
func (e Engine) moveBack(aside, path string) (err error) {
	if aside == "" {
		return nil
	}
	names := e.files(path)
	for n, file := range e.files(aside) {
		if n == 0 {
			continue
		}
		if moved := os.Rename(file, names[n]); !errors.Is(moved, fs.ErrNotExist) {
			err = errors.Join(err, moved)
		}
	}
	if moved := os.Rename(aside, path); !errors.Is(moved, fs.ErrNotExist) {
		err = errors.Join(err, moved)
	}
	return err
}

// takePlace gives the prepared store its name and opens it once, as kai will.
func (e Engine) takePlace(ctx context.Context, path string) error {
	next := restoring(path)
	if err := os.Rename(blobfile.Of(next), blobfile.Of(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return diskFailed(err, path)
	}
	err := os.Rename(next, path)
	if err == nil {
		err = blobfile.SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		return diskFailed(err, path)
	}
	return e.Open(ctx, path)
}

// copyFile copies a file to the disk, over what is there.
func copyFile(ctx context.Context, from, to string) error {
	source, err := os.Open(from) //nolint:gosec // the owner's choice
	if err != nil {
		return err
	}
	defer source.Close()                                                        //nolint:errcheck // it was only read
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, private) //nolint:gosec // beside the store
	if err != nil {
		return err
	}
	_, err = target.ReadFrom(store.While(ctx, "copying the backup", source))
	return errors.Join(err, target.Sync(), target.Close())
}
