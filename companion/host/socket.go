package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net"
	"os"
	"path/filepath"
	"sync"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// maxPath is what a socket's path may have: the smallest limit among systems is 104 bytes with the closing NUL.
const maxPath = 100

// maxHosts bounds how many browsers and profiles one kai serves at a time.
const maxHosts = 64

// SocketPath is where kai listens for hosts of a data directory.
func SocketPath(dataDir string) string {
	path := filepath.Join(dataDir, "kai.sock")
	if len(path) <= maxPath {
		return path
	}
	sum := sha256.Sum256([]byte(dataDir))
	return filepath.Join(os.TempDir(), "kai-"+hex.EncodeToString(sum[:8]), "kai.sock")
}

// Listener takes hosts.
type Listener struct {
	inner net.Listener
	path  string
	slots chan struct{}
	work  sync.WaitGroup

	mu    sync.Mutex // guards conns and over
	conns map[net.Conn]struct{}
	over  bool
}

// Listen opens the socket of a data directory. The caller holds the directory's lock, so a socket that is there already
// was left by a kai that died, and is replaced.
func Listen(dataDir string) (*Listener, error) {
	path := SocketPath(dataDir)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "the folder of kai's socket cannot be made")
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fault.Wrap(fault.Unavailable, err, "a stale socket of kai cannot be removed")
	}
	inner, err := net.Listen("unix", path)
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "kai's socket cannot be opened")
	}
	if err := os.Chmod(path, 0o600); err != nil {
		_ = inner.Close()
		return nil, fault.Wrap(fault.Unavailable, err, "kai's socket cannot be made private")
	}
	return &Listener{inner: inner, path: path, slots: make(chan struct{}, maxHosts), conns: map[net.Conn]struct{}{}}, nil
}

// Path is where the socket is.
func (l *Listener) Path() string { return l.path }

// Serve hands every host's connection to serve, each in a goroutine of its own, until Close. A host of another user is
// turned away; one connection's end is its own affair.
func (l *Listener) Serve(ctx context.Context, serve func(ctx context.Context, conn protocol.Conn)) {
	for {
		conn, err := l.inner.Accept()
		if err != nil {
			return
		}
		select {
		case l.slots <- struct{}{}:
		default:
			_ = conn.Close()
			continue
		}
		if !samePerson(conn) || !l.keep(conn) {
			<-l.slots
			_ = conn.Close()
			continue
		}
		l.work.Go(func() {
			defer func() { l.drop(conn); <-l.slots }()
			serve(ctx, protocol.NewFramedConn(conn, conn, protocol.FrameLimits{Receive: protocol.MaxFromBrowser, Send: protocol.MaxToBrowser}))
		})
	}
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
