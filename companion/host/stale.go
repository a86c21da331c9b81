package host

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/kindos/kai/shared/fault"
)

// privateFolder makes the folder if need be and refuses one that is another user's.
func privateFolder(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return err
	}
	return onlyOurs(dir, info)
}

// clearStale removes a socket that nobody listens on. Anything else under that name is somebody's, and stays.
func clearStale(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "kai's socket cannot be looked at")
	}
	if !isSocket(info) {
		return fault.New(fault.Conflict, "%s is in the way and is not a socket", path).WithRemedy("move it elsewhere")
	}
	if conn, err := Dial(context.Background(), path); err == nil || fault.CodeOf(err) == fault.Forbidden {
		if conn != nil {
			_ = conn.Close()
		}
		return fault.New(fault.Conflict, "another kai answers at %s", path).WithRemedy("stop it with kai stop, or name another folder with --data DIR")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "a stale socket of kai cannot be removed")
	}
	return nil
}
