package host_test

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

const id = "abcdefghijklmnopabcdefghijklmnop"

func TestOnlyOurExtensionMayCall(t *testing.T) {
	require.NoError(t, host.CheckCaller([]string{"chrome-extension://" + id + "/"}, id))
	require.NoError(t, host.CheckCaller([]string{"/home/x/org.kindos.kai.json", host.GeckoID}, id))
	for _, args := range [][]string{nil, {"chrome-extension://" + id}, {"chrome-extension://other/"}, {"/x/org.kindos.kai.json", "other@x"}, {host.GeckoID}} {
		require.Equal(t, fault.Unauthorized, fault.CodeOf(host.CheckCaller(args, id)), "%v", args)
	}
}

func TestEveryBrokenLinkIsNamed(t *testing.T) {
	program := filepath.Join(t.TempDir(), "kai")
	require.NoError(t, os.WriteFile(program, []byte("#!"), 0o755))
	browsers, err := host.Browsers("linux")
	require.NoError(t, err)
	require.Len(t, browsers, 7)
	for _, b := range browsers {
		p := host.Place{Browser: b, Folder: filepath.Join(t.TempDir(), b.Hosts), Program: program, ChromiumID: id}
		require.Equal(t, "not installed", p.Broken())
		require.NoError(t, p.Install())
		require.Empty(t, p.Broken(), b.ID)
		other := p
		other.Program = program + "2"
		require.Contains(t, other.Broken(), "another program")
		require.NoError(t, os.WriteFile(p.File(), []byte("{"), 0o600))
		require.Contains(t, p.Broken(), "not JSON")
		require.NoError(t, p.Uninstall())
		require.NoError(t, p.Uninstall(), "twice is no mistake")
	}
}

func TestASessionPassesFramesAndAStaleSocketIsReplaced(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(host.SocketPath(dir), nil, 0o600), "left by a kai that died")
	var listener *host.Listener
	start := func() error {
		var err error
		if listener, err = host.Listen(dir); err != nil {
			return err
		}
		go listener.Serve(t.Context(), func(ctx context.Context, conn protocol.Conn) {
			frame, err := conn.Receive(ctx)
			if err == nil {
				_ = conn.Send(ctx, append([]byte("echo "), frame...))
			}
		})
		return nil
	}
	in, browser := io.Pipe()
	answer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- host.Session{In: in, Out: out, Path: host.SocketPath(dir), Start: start}.Run(t.Context())
	}()
	end := protocol.NewStdioConn(answer, browser)
	require.NoError(t, end.Send(t.Context(), []byte(`"hi"`)))
	frame, err := end.Receive(t.Context())
	require.NoError(t, err)
	require.Equal(t, `echo "hi"`, string(frame))
	require.NoError(t, <-ended)
	require.NoError(t, listener.Close())
}
