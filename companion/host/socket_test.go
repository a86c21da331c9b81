package host_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func TestTheSocketIsForItsOwnerOnly(t *testing.T) {
	dir := dataDir(t)
	require.NoError(t, os.Chmod(dir, 0o755)) //nolint:gosec // what is to be mended
	l, err := host.Listen(dir, quiet())
	require.NoError(t, err)
	defer func() { _ = l.Close() }()
	for path, want := range map[string]os.FileMode{dir: 0o700, l.Path(): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestOnlyASocketThatNobodyAnswersOnIsReplaced(t *testing.T) {
	dir := dataDir(t)
	stale, err := new(net.ListenConfig).Listen(t.Context(), "unix", host.SocketPath(dir))
	require.NoError(t, err)
	stale.(*net.UnixListener).SetUnlinkOnClose(false)
	require.NoError(t, stale.Close())
	l, err := host.Listen(dir, quiet())
	require.NoError(t, err, "a killed kai's socket is replaced")
	go l.Serve(t.Context(), func(context.Context, protocol.Conn) {})
	_, err = host.Listen(dir, quiet())
	assert.Equal(t, fault.Conflict, fault.CodeOf(err), "a living kai's is not")
	require.NoError(t, l.Close())
	require.NoError(t, os.WriteFile(host.SocketPath(dir), []byte("mine"), 0o600))
	_, err = host.Listen(dir, quiet())
	assert.Equal(t, fault.Conflict, fault.CodeOf(err), "and neither is a file")
	text, err := os.ReadFile(host.SocketPath(dir))
	require.NoError(t, err)
	assert.Equal(t, "mine", string(text))
}

func TestALongDataDirectoryHasItsSocketElsewhere(t *testing.T) {
	dir := filepath.Join(dataDir(t), strings.Repeat("long/", 40))
	path := host.SocketPath(dir)
	assert.LessOrEqual(t, len(path), 103)
	assert.Equal(t, path, host.SocketPath(dir))
	assert.NotEqual(t, path, host.SocketPath(dir+"er"))
	l, err := host.Listen(dir, quiet())
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, os.Remove(filepath.Dir(path)))
}

// The temporary folder is everybody's: what somebody else laid there under the name of ours is not entered.
func TestALinkInThePlaceOfTheSocketsFolderIsRefused(t *testing.T) {
	dir := filepath.Join(dataDir(t), strings.Repeat("long/", 40))
	folder, elsewhere := filepath.Dir(host.SocketPath(dir)), t.TempDir()
	require.NoError(t, os.Symlink(elsewhere, folder))
	t.Cleanup(func() { _ = os.Remove(folder) })
	_, err := host.Listen(dir, quiet())
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	inside, err := os.ReadDir(elsewhere)
	require.NoError(t, err)
	assert.Empty(t, inside)
}

func TestAPanicEndsItsConnectionAndIsLogged(t *testing.T) {
	dir := dataDir(t)
	var log bytes.Buffer
	l, err := host.Listen(dir, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	go l.Serve(t.Context(), func(context.Context, protocol.Conn) { panic("oh") })
	for range 2 {
		conn, err := host.Dial(t.Context(), l.Path())
		require.NoError(t, err)
		_, err = conn.Receive(t.Context())
		require.ErrorIs(t, err, io.EOF)
	}
	require.NoError(t, l.Close())
	assert.Contains(t, log.String(), "panicked")
}

func TestClosingEndsConnectionsAndRemovesTheSocket(t *testing.T) {
	dir := dataDir(t)
	l, err := host.Listen(dir, quiet())
	require.NoError(t, err)
	serving, served := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(served)
		l.Serve(t.Context(), func(ctx context.Context, conn protocol.Conn) { close(serving); _, _ = conn.Receive(ctx) })
	}()
	conn, err := host.Dial(t.Context(), l.Path())
	require.NoError(t, err)
	<-serving
	require.NoError(t, l.Close())
	<-served
	_, err = conn.Receive(t.Context())
	assert.ErrorIs(t, err, io.EOF)
	_, err = os.Stat(l.Path())
	assert.ErrorIs(t, err, os.ErrNotExist)
	_, err = host.Dial(t.Context(), l.Path())
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}
