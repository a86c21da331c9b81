package datadir

import (
	"os"
	"time"

	"github.com/kindos/kai/companion/filelock"
	"github.com/kindos/kai/shared/fault"
)

// Lock is held by the one kai that uses a data directory, or another file of ours. The system drops it when the process
// ends, however it ends, so a stale lock can't exist; the file that is left behind means nothing.
type Lock struct {
	file *os.File
}

// How often Lock tries, since somebody may only look whether the folder is in use (see Locked), and how often Alone does.
const (
	lockTries  = 10
	aloneTries = 250
	lockPause  = 20 * time.Millisecond
)

// Lock takes the folder. Held by another kai it answers fault.Conflict and names that one.
func (d Dir) Lock() (*Lock, error) { return patiently(lockTries, d.tryLock) }

// patiently tries until it is not a conflict, or long enough.
func patiently(tries int, try func() (*Lock, error)) (*Lock, error) {
	for range tries - 1 {
		lock, err := try()
		if fault.CodeOf(err) != fault.Conflict {
			return lock, err
		}
		time.Sleep(lockPause) //nolint:forbidigo // a file lock tells nobody when it is free
	}
	return try()
}

// tryLock takes the folder if nobody has it this moment.
func (d Dir) tryLock() (*Lock, error) {
	lock, err := TryLock(d.File("kai.lock"))
	if err != nil {
		return nil, unusable(d.path, err)
	}
	if lock == nil {
		return nil, d.inUse()
	}
	return lock, nil
}

// Alone does something that no other program may do at the same time: read a file of this folder, change it, write it.
// Name is that file's. A program that keeps it for long answers fault.Conflict.
func (d Dir) Alone(name string, do func() error) error {
	lock, err := patiently(aloneTries, func() (*Lock, error) {
		lock, err := TryLock(d.File(name + ".lock"))
		if err != nil {
			return nil, unusable(d.path, err)
		}
		if lock == nil {
			return nil, fault.New(fault.Conflict, "another kai changes the same at this moment").WithRemedy("try again")
		}
		return lock, nil
	})
	if err != nil {
		return err
	}
	defer lock.Release()
	return do()
}

// TryLock takes the lock of a file, which it makes when it is missing; nil when somebody else has it this moment.
func TryLock(path string) (*Lock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) //nolint:gosec // named by our own side
	if err != nil {
		return nil, err
	}
	taken, err := filelock.Try(file)
	if err != nil || !taken {
		_ = file.Close()
		return nil, err
	}
	return &Lock{file: file}, nil
}

// Locked says whether some kai uses the folder now.
func (d Dir) Locked() bool {
	if _, err := os.Stat(d.File("kai.lock")); err != nil {
		return false
	}
	lock, err := d.tryLock()
	if err != nil {
		return fault.CodeOf(err) == fault.Conflict
	}
	lock.Release()
	return false
}

// Release gives the folder back. It may be called twice.
func (l *Lock) Release() {
	if l != nil && l.file != nil {
		_ = l.file.Close() // closing drops the lock
		l.file = nil
	}
}

// inUse names the kai that holds the folder.
func (d Dir) inUse() error {
	r, ok := d.Running()
	if !ok {
		return fault.New(fault.Conflict, "another kai uses %s", d.path).WithRemedy("stop it, or name another folder with --data DIR")
	}
	return fault.New(fault.Conflict, "kai %s (process %d, %s) uses %s already", r.Version, r.PID, r.URL, d.path).
		WithRemedy("open it with kai open, stop it, or name another folder with --data DIR")
}
