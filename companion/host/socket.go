package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// maxPath is what a socket's path may have: the smallest limit among systems is 104 bytes with the closing NUL.
const maxPath = 100

// maxHosts bounds how many browsers and profiles one kai serves at a time.
const maxHosts = 64

// acceptPause is how long a listener rests when the system cannot give it a connection: out of files, usually; it passes.
const acceptPause = 100 * time.Millisecond

// SocketPath is where kai listens for hosts of a data directory: in it, or, where that path is too long for the system, in
// a private folder among this user's temporary files.
func SocketPath(dataDir string) string {
	path := filepath.Join(dataDir, "kai.sock")
	if len(path) <= maxPath {
		return path
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join(shortBase(), "kai-"+hex.EncodeToString(sum[:8]), "kai.sock")
}

func shortBase() string {
	if dir := os.TempDir(); len(dir) <= maxPath/2 {
		return dir
	}
	return filepath.FromSlash("/tmp")
}

// Listener takes hosts.
type Listener struct {
	inner net.Listener
	path  string
	log   *slog.Logger
	slots chan struct{}
	work  sync.WaitGroup

	mu    sync.Mutex // guards conns and over
	conns map[net.Conn]struct{}
	over  bool
}

// Listen opens the socket of a data directory, in a folder that only this user can enter. The caller holds the
// directory's lock, so a socket that nobody answers on was left by a kai that died, and is replaced.
func Listen(dataDir string, log *slog.Logger) (*Listener, error) {
	path := SocketPath(dataDir)
	if err := privateFolder(filepath.Dir(path)); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the folder of kai's socket cannot be used: "+filepath.Dir(path)).
			WithRemedy("make the folder yours alone, or name another with --data DIR")
	}
	if err := clearStale(path); err != nil {
		return nil, err
	}
	inner, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "kai's socket cannot be opened")
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = inner.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "kai's socket cannot be made private")
	}
	return &Listener{inner: inner, path: path, log: log, slots: make(chan struct{}, maxHosts), conns: map[net.Conn]struct{}{}}, nil
}

// Path is where the socket is.
func (l *Listener) Path() string { return l.path }

// Serve hands every host's connection to serve, each in a goroutine of its own, until Close. A host of another user is
// turned away; whatever happens to one connection, a panic too, is its own affair.
func (l *Listener) Serve(ctx context.Context, serve func(ctx context.Context, conn protocol.Conn)) {
	for {
		conn, err := l.inner.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			l.log.Warn("a host cannot be taken", "error", err)
			if !pause(ctx) {
				return
			}
		default:
			l.take(ctx, conn, serve)
		}
	}
}

func pause(ctx context.Context) bool {
	select {
	case <-time.After(acceptPause):
		return true
	case <-ctx.Done():
		return false
	}
}

func (l *Listener) take(ctx context.Context, conn net.Conn, serve func(ctx context.Context, conn protocol.Conn)) {
	if err := l.admit(conn); err != nil {
		l.log.Warn("a host was turned away", "error", err)
		_ = conn.Close()
		return
	}
	l.work.Go(func() {
		defer func() { l.drop(conn); <-l.slots }()
		defer func() {
			if v := recover(); v != nil {
				l.log.Error("a host's connection panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			}
		}()
		serve(ctx, newConn(conn, protocol.MaxToBrowser))
	})
}

func (l *Listener) admit(conn net.Conn) error {
	if err := samePerson(conn); err != nil {
		return err
	}
	select {
	case l.slots <- struct{}{}:
	default:
		return fmt.Errorf("%d hosts are connected; that is the limit", maxHosts)
	}
	if !l.keep(conn) {
		<-l.slots
		return net.ErrClosed
	}
	return nil
}

func (l *Listener) keep(conn net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.over {
		l.conns[conn] = struct{}{}
	}
	return !l.over
}

func (l *Listener) drop(conn net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.conns, conn)
	_ = conn.Close()
}

// Close ends every connection, waits for them and removes the socket.
func (l *Listener) Close() error {
	err := l.inner.Close()
	l.mu.Lock()
	l.over = true
	for conn := range l.conns {
		_ = conn.Close()
	}
	l.mu.Unlock()
	l.work.Wait()
	return err
}
