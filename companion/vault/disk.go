package vault

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

// lockPause is how often a busy vault is tried again.
const lockPause = 10 * time.Millisecond

// hold takes a vault that is there; see take.
func hold(ctx context.Context, path string) (release func(), err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path)
	}
	return take(ctx, path)
}

// take keeps other processes away from the vault until release is called. It waits as long as ctx lives.
func take(ctx context.Context, path string) (release func(), err error) {
	tick := time.NewTicker(lockPause)
	defer tick.Stop()
	for {
		lock, err := datadir.TryLock(path + ".lock")
		if err != nil {
			return nil, unusable(path, err)
		}
		if lock != nil {
			return lock.Release, nil
		}
		select { // a file lock tells nobody when it is free
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// read reads a file of bounded size.
func read(path string) ([]byte, error) {
	file, err := os.Open(path) //nolint:gosec // the person's own file
	if errors.Is(err, fs.ErrNotExist) {
		return nil, missing(path)
	}
	if err != nil {
		return nil, unusable(path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, unusable(path, err)
	}
	if len(text) > maxFile {
		return nil, damaged("it is larger than 64 MiB")
	}
	return text, nil
}

// load reads and parses a vault.
func load(path string) (*document, error) {
	text, err := read(path)
	if err != nil {
		return nil, err
	}
	return parse(text)
}

// replace writes a file in one step, for this user only, and to the disk: a reader, and the next start after a power cut,
// sees the old or the new text, never half of it. The old one goes only when check has passed what the disk gives back.
// Only the holder of the vault writes, so what an ended process left under the passing name is in nobody's way.
func replace(path string, text []byte, check func([]byte) error) error {
	passing := path + ".new"
	err := put(passing, text)
	if err == nil {
		err = check(text)
	}
	if err == nil {
		err = os.Rename(passing, path)
	}
	if err != nil {
		return unusable(path, errors.Join(err, os.Remove(passing)))
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return unusable(path, err)
	}
	return nil
}

// put writes a file to the disk and reads it again.
func put(path string, text []byte) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // named by our own side
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	again, err := os.ReadFile(path) //nolint:gosec // just written
	if err == nil && !bytes.Equal(again, text) {
		err = errors.New("the disk gives back something else than was written")
	}
	return err
}

// syncFolder makes new names in a folder survive a power cut. Windows has no such thing.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path) //nolint:gosec // the folder of the vault
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// missing says that there is no vault.
func missing(path string) error {
	return fault.New(fault.NotFound, "there is no vault %s", path).WithRemedy("make one with kai vault init")
}

// unusable says that a file can't be read or written.
func unusable(path string, err error) error {
	return fault.New(fault.Unavailable, "the vault %s can't be used: %w", path, err).WithRemedy("see that the folder exists, is writable for you, and has room")
}
