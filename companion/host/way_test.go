package host_test

import (
	"context"
	"log/slog"
	"net"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/protocol"
)

// listening is a kai that says hello with a range of versions.
func listening(t *testing.T, dir string, hello protocol.Hello) {
	t.Helper()
	l, err := host.Listen(dir, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.Serve(context.Background(), func(ctx context.Context, conn protocol.Conn) {
			_ = protocol.NewPeer(conn, protocol.Options{Hello: hello}).Run(ctx) // each connection's end is its own affair
		})
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
}

func TestTheWayToKaiIsInOrder(t *testing.T) {
	dir := dataDir(t)
	assert.Empty(t, host.Way{Dir: dir}.Problems(t.Context()), "it does not run: browsers start it")
	listening(t, dir, protocol.Hello{App: "kai"})
	assert.Empty(t, host.Way{Dir: dir, Runs: true}.Problems(t.Context()))
}

func TestWhatIsBrokenOnTheWayToKaiIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		runs  bool
		spoil func(t *testing.T, dir string)
		says  string
		cure  string
		mends bool
	}{
		"a stale socket": {false, func(t *testing.T, dir string) {
			l, err := net.ListenUnix("unix", &net.UnixAddr{Name: host.SocketPath(dir), Net: "unix"})
			require.NoError(t, err)
			l.SetUnlinkOnClose(false)
			require.NoError(t, l.Close())
		}, "has left its socket", "doctor --fix", true},
		"no socket": {true, func(*testing.T, string) {}, "its socket is gone", "kai stop", false},
		"something else": {false, func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(host.SocketPath(dir), []byte("x"), 0o600))
		}, "not a socket", "move it", false},
		"it hangs": {true, func(t *testing.T, dir string) {
			l, err := new(net.ListenConfig).Listen(t.Context(), "unix", host.SocketPath(dir))
			require.NoError(t, err)
			t.Cleanup(func() { _ = l.Close() })
		}, "does not answer", "end process 4711", false},
		"it is newer": {true, func(t *testing.T, dir string) { listening(t, dir, protocol.Hello{App: "kai", Min: 7, Max: 9}) }, "needs versions 7 to 9", "update", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := dataDir(t)
			c.spoil(t, dir)
			way := host.Way{Dir: dir, Runs: c.runs, PID: 4711}
			problems := way.Problems(t.Context())
			require.Len(t, problems, 1)
			assert.Contains(t, problems[0].What, c.says)
			assert.Contains(t, problems[0].Cure, c.cure)
			require.Equal(t, c.mends, problems[0].Mends)
			if c.mends {
				require.NoError(t, way.Fix())
				assert.Empty(t, way.Problems(t.Context()))
			}
		})
	}
}
