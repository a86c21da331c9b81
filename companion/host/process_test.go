package host_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// This test is also the programs that it starts: asProgram says which one a process is.
const (
	asProgram = "KAI_HOST_TEST" // host, kai, broken
	inDir     = "KAI_HOST_TEST_DIR"
)

func TestMain(m *testing.M) {
	dir := os.Getenv(inDir)
	switch os.Getenv(asProgram) {
	case "host":
		os.Exit(hostMain(dir))
	case "kai":
		os.Exit(kaiMain(dir))
	}
	os.Exit(m.Run())
}

// hostMain is what kai host does; it starts itself as kai.
func hostMain(dir string) int {
	_ = os.Setenv(asProgram, "kai") // for the kai that it starts
	self, _ := os.Executable()
	log, file, err := host.OpenLog(dir)
	if err != nil {
		return 2
	}
	defer func() { _ = file.Close() }()
	within, _ := time.ParseDuration(os.Getenv("KAI_HOST_TEST_WITHIN"))
	starter := host.Starter{Dir: dir, Command: []string{self}, Within: within, Log: log}
	if err := (host.Session{In: os.Stdin, Out: os.Stdout, Starter: starter}).Run(context.Background()); err != nil {
		return 1
	}
	return 0
}

// kaiMain is a kai that answers "who" with its process id and can be told to misbehave.
func kaiMain(dir string) int {
	starts, _ := os.OpenFile(filepath.Join(dir, "starts"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	fmt.Fprintln(starts, os.Getpid())
	switch os.Getenv("KAI_HOST_TEST_KAI") {
	case "broken":
		fmt.Fprintln(os.Stderr, "kai: networking.port: 99999 is no port\nmore")
		return 2
	case "silent":
		select {}
	}
	l, err := host.Listen(dir, slog.New(slog.DiscardHandler))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 3
	}
	methods := protocol.Mux{
		"who":  func(context.Context, *protocol.Request) (any, error) { return os.Getpid(), nil },
		"echo": func(_ context.Context, r *protocol.Request) (any, error) { return r.Body, nil },
		"die":  func(context.Context, *protocol.Request) (any, error) { os.Exit(9); return nil, nil },
	}
	l.Serve(context.Background(), func(ctx context.Context, conn protocol.Conn) {
		opt := protocol.Options{Hello: protocol.Hello{App: "kai"}, Handler: methods, MaxFrame: 64 << 10}
		_ = protocol.NewPeer(conn, opt).Run(ctx) // each connection's end is its own affair
	})
	return 0
}

// browser is a started host with the browser's ends of its pipes.
type browser struct {
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  io.Reader
	peer *protocol.Peer
}

func startHost(t *testing.T, dir string, env ...string) *browser {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), append(env, asProgram+"=host", inDir+"="+dir)...)
	b := &browser{cmd: cmd}
	b.in, err = cmd.StdinPipe()
	require.NoError(t, err)
	b.out, err = cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	return b
}

// talk speaks the protocol over the host.
func (b *browser) talk(t *testing.T) *protocol.Peer {
	t.Helper()
	b.peer = protocol.NewPeer(protocol.NewFramedConn(b.out, b.in, protocol.FrameLimits{Receive: protocol.MaxToBrowser}), protocol.Options{Hello: protocol.Hello{App: "kai-runtime"}})
	finished := make(chan struct{})
	go func() { defer close(finished); _ = b.peer.Run(context.Background()) }()
	t.Cleanup(func() { b.peer.Close(); <-finished })
	return b.peer
}

func who(t *testing.T, p *protocol.Peer) (pid int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	require.NoError(t, p.Call(ctx, "who", nil, &pid))
	return pid
}

// dataDir is a data directory whose kai is ended with the test.
func dataDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "kai") //nolint:usetesting // t.TempDir can be too long for a socket
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o700))
	t.Cleanup(func() {
		for _, pid := range started(dir) {
			if p, err := os.FindProcess(pid); err == nil {
				_ = p.Kill()
			}
		}
		_ = os.RemoveAll(dir)
	})
	return dir
}

// started are the process ids of the kais that were started in dir.
func started(dir string) (pids []int) {
	text, _ := os.ReadFile(filepath.Join(dir, "starts"))
	for line := range strings.Lines(string(text)) {
		pid, _ := strconv.Atoi(strings.TrimSpace(line))
		pids = append(pids, pid)
	}
	return pids
}

func TestHostsOfManyBrowsersStartOneKaiAndShareIt(t *testing.T) {
	dir := dataDir(t)
	var all sync.WaitGroup
	pids := make([]int, 5)
	for i := range pids {
		p := startHost(t, dir).talk(t)
		all.Go(func() {
			var pid int
			assert.NoError(t, p.Call(t.Context(), "who", nil, &pid))
			pids[i] = pid
		})
	}
	all.Wait()
	require.Len(t, started(dir), 1, "one was started")
	for _, pid := range pids {
		assert.Equal(t, started(dir)[0], pid)
	}
}

func TestABrowserThatLeavesEndsItsHostAndNothingElse(t *testing.T) {
	dir := dataDir(t)
	first, second := startHost(t, dir), startHost(t, dir)
	a, b := first.talk(t), second.talk(t)
	pid := who(t, a)
	require.NoError(t, first.in.Close())
	<-a.Done()
	require.NoError(t, first.cmd.Wait(), "the end of input is the end in good order")
	assert.Equal(t, pid, who(t, b))
}

func TestAKilledKaiEndsItsHostsAndTheNextOneStartsAnother(t *testing.T) {
	dir := dataDir(t)
	b := startHost(t, dir)
	p := b.talk(t)
	first := who(t, p)
	err := p.Call(t.Context(), "die", nil, nil)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
	require.Error(t, b.cmd.Wait())
	_, err = os.Stat(host.SocketPath(dir))
	require.NoError(t, err, "the dead kai's socket is still there")
	assert.NotEqual(t, first, who(t, startHost(t, dir).talk(t)))
}

func TestMegabytesCrossBothWays(t *testing.T) {
	p := startHost(t, dataDir(t)).talk(t)
	text, out := strings.Repeat(`é "quoted" 😀 `, 200_000), ""
	require.NoError(t, p.Call(t.Context(), "echo", text, &out))
	assert.Equal(t, sha256.Sum256([]byte(text)), sha256.Sum256([]byte(out)), "too long to be shown")
}

func TestTheExtensionHearsWhyKaiCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		env  []string
		code fault.Code
		says string
	}{
		"it ends at once":  {[]string{"KAI_HOST_TEST_KAI=broken"}, fault.Unavailable, "99999 is no port"},
		"it never listens": {[]string{"KAI_HOST_TEST_KAI=silent", "KAI_HOST_TEST_WITHIN=300ms"}, fault.Timeout, "not ready in time"},
	} {
		t.Run(name, func(t *testing.T) {
			b := startHost(t, dataDir(t), c.env...)
			_, err := b.talk(t).Partner(t.Context())
			assert.Equal(t, c.code, fault.CodeOf(err))
			require.ErrorContains(t, err, c.says)
			assert.NotContains(t, err.Error(), "more", "the first line is enough")
			assert.Error(t, b.cmd.Wait())
		})
	}
}

// A browser's frames that are not frames end that one host; kai goes on for the others.
func TestLyingFramesEndOneConnectionOnly(t *testing.T) {
	dir := dataDir(t)
	good := startHost(t, dir).talk(t)
	pid := who(t, good)
	for name, lie := range map[string][]byte{
		"truncated":  append(binary.NativeEndian.AppendUint32(nil, 100), "short"...),
		"oversized":  binary.NativeEndian.AppendUint32(nil, 1<<30),
		"empty":      binary.NativeEndian.AppendUint32(nil, 0),
		"not JSON":   flood("rubbish", 100),
		"no hello":   flood(`{"v":1,"id":"1","kind":"request","method":"who"}`, 100),
		"old frames": flood(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":7,"max":9}}`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			b := startHost(t, dir)
			go func() { _, _ = b.in.Write(lie); _ = b.in.Close() }()
			_, err := io.Copy(io.Discard, b.out)
			require.NoError(t, err)
			_ = b.cmd.Wait() // either code is an end
			assert.Equal(t, pid, who(t, good), "kai serves the others")
		})
	}
	text, err := os.ReadFile(filepath.Join(dir, host.LogFile))
	require.NoError(t, err)
	assert.Contains(t, string(text), "the browser sent what is not a frame")
}

func flood(frame string, n int) []byte {
	one := append(binary.NativeEndian.AppendUint32(nil, uint32(len(frame))), frame...)
	return bytes.Repeat(one, n)
}

func TestKaiSurvivesProgramsThatFloodItsSocket(t *testing.T) {
	dir := dataDir(t)
	good := startHost(t, dir).talk(t)
	pid := who(t, good)
	var all sync.WaitGroup
	for range 100 { // more than the limit
		all.Go(func() {
			conn, err := new(net.Dialer).DialContext(t.Context(), "unix", host.SocketPath(dir))
			if err != nil {
				return
			}
			defer func() { _ = conn.Close() }()
			_, _ = conn.Write(flood(`{"v":1,"id":"h","kind":"request","method":"hello","body":{"min":1,"max":1}}`, 50))
			_, _ = conn.Write(flood(`{{{`, 200))
		})
	}
	all.Wait()
	assert.Equal(t, pid, who(t, good))
}
