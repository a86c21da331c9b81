package host

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kindos/kai/companion/filelock"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Starter finds the running kai of a data directory, or starts one.
type Starter struct {
	Dir     string        // the data directory: socket, lock and logs are in it
	Command []string      // starts kai in the background; empty never starts one
	Within  time.Duration // how long starting may take: 15 s
	Log     *slog.Logger  // nil logs nothing
}

func (s Starter) withDefaults() Starter {
	if s.Within <= 0 {
		s.Within = 15 * time.Second
	}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	return s
}

const (
	firstWait   = 5 * time.Millisecond
	longestWait = 100 * time.Millisecond
	startLog    = "kai-start.log" // what kai said before it had a log of its own
)

// Connect dials, starting kai when nobody answers. Of several hosts at once one starts kai and the others wait for it:
// a lock that the system drops with its holder, however that ends, decides which.
func (s Starter) Connect(ctx context.Context) (protocol.Conn, error) {
	s = s.withDefaults()
	conn, err := Dial(ctx, SocketPath(s.Dir))
	if err == nil || len(s.Command) == 0 || fault.CodeOf(err) == fault.Forbidden {
		return conn, err
	}
	ctx, cancel := context.WithTimeout(ctx, s.Within)
	defer cancel()
	lock, conn, err := s.lockOrDial(ctx)
	if lock == nil {
		return conn, err
	}
	defer func() { _ = lock.Close() }() // drops the lock
	if conn, err := Dial(ctx, SocketPath(s.Dir)); err == nil {
		return conn, nil // the one before us in the queue started it
	}
	return s.start(ctx)
}

// lockOrDial waits until the lock is ours or somebody else has kai running.
func (s Starter) lockOrDial(ctx context.Context) (*os.File, protocol.Conn, error) {
	file, err := os.OpenFile(filepath.Join(s.Dir, "host.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "the data directory %s can't be used: %w", s.Dir, err)
	}
	var conn protocol.Conn
	err = backOff(ctx, func() (bool, error) {
		if taken, err := filelock.Try(file); taken || err != nil {
			return true, err
		}
		conn, _ = Dial(ctx, SocketPath(s.Dir)) // nobody there yet: the next round asks again
		return conn != nil, nil
	})
	if err != nil || conn != nil {
		_ = file.Close()
		return nil, conn, err
	}
	return file, nil, nil
}

// start runs the command and dials until it answers, ends, or takes too long.
func (s Starter) start(ctx context.Context) (protocol.Conn, error) {
	said, err := os.OpenFile(filepath.Join(s.Dir, startLog), os.O_CREATE|os.O_RDWR|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the data directory %s can't be used: %w", s.Dir, err)
	}
	defer func() { _ = said.Close() }()
	cmd := exec.Command(s.Command[0], s.Command[1:]...) //nolint:gosec,noctx // our own program; it outlives this process
	cmd.Stdout, cmd.Stderr, cmd.Dir = said, said, s.Dir
	if err := startDetached(cmd); err != nil {
		return nil, fault.New(fault.Unavailable, "kai can't be started: %w", err).WithRemedy("run kai native doctor --fix")
	}
	s.Log.Info("kai was started", "pid", cmd.Process.Pid)
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }() // ends with kai, or with this process
	var conn protocol.Conn
	err = backOff(ctx, func() (bool, error) {
		if conn, _ = Dial(ctx, SocketPath(s.Dir)); conn != nil {
			return true, nil
		}
		select {
		case err := <-exited:
			return true, s.failed(said, err)
		default:
			return false, nil
		}
	})
	return conn, err
}

// failed says why kai ended instead of serving, in its own last words.
func (s Starter) failed(said *os.File, err error) error {
	const most = 400
	text, _ := io.ReadAll(io.NewSectionReader(said, 0, most)) // without its words the fault is shorter
	words, _, _ := strings.Cut(strings.TrimSpace(string(bytes.ToValidUTF8(text, nil))), "\n")
	if words == "" && err != nil {
		words = err.Error()
	}
	return fault.New(fault.Unavailable, "kai could not start: %s", words).
		WithRemedy("run kai run in a terminal to see why, or look into %s", filepath.Join(s.Dir, startLog))
}

// backOff repeats try, more and more slowly, until it is done or ctx ends.
func backOff(ctx context.Context, try func() (done bool, err error)) error {
	for wait := firstWait; ; wait = min(2*wait, longestWait) {
		if done, err := try(); done || err != nil {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			if errors.Is(ctx.Err(), context.Canceled) {
				return fault.New(fault.Canceled, "starting kai was stopped: %w", ctx.Err())
			}
			return fault.New(fault.Timeout, "kai was not ready in time: %w", ctx.Err()).WithRemedy("run kai run in a terminal to see why")
		}
	}
}
