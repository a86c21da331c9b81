package cli_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/protocol"
)

// process is a kai run that is ready.
type process struct {
	cmd    *exec.Cmd
	url    string
	link   string
	stderr *os.File
}

// start runs kai until it says that it is ready.
func start(t *testing.T, home string, args ...string) *process {
	t.Helper()
	cmd := kai(t, home, append([]string{"run", "--port", "0", "--set", "services.ollama=false"}, args...)...)
	p := &process{cmd: cmd}
	var err error
	p.stderr, err = os.CreateTemp(t.TempDir(), "stderr")
	require.NoError(t, err)
	cmd.Stderr = p.stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); _ = p.stderr.Close() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if at, ok := strings.CutPrefix(lines.Text(), "kAI 1.2.3 is ready: "); ok {
			p.url = at
		}
		if at, ok := strings.CutPrefix(lines.Text(), "Sign in once with: "); ok {
			p.link = at
		}
		if strings.HasPrefix(lines.Text(), "Stop with") {
			go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
			return p
		}
	}
	_ = cmd.Wait()
	text, _ := os.ReadFile(p.stderr.Name())
	t.Fatalf("kai did not become ready: %s", text)
	return nil
}

// stop ends a kai in good order and demands that it took little time.
func (p *process) stop(t *testing.T, sig os.Signal) {
	t.Helper()
	began := time.Now()
	require.NoError(t, p.cmd.Process.Signal(sig))
	require.NoError(t, p.cmd.Wait(), "stopping is no failure")
	assert.Less(t, time.Since(began), 5*time.Second)
}

// get asks a running kai over HTTP.
func get(t *testing.T, address, token string) (int, string) {
	t.Helper()
	return request(t, http.MethodGet, address, token, "")
}

// request asks a running kai. body is JSON, or nothing.
func request(t *testing.T, method, address, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	require.NoError(t, err)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

func TestRunWithoutAnyFile(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	status, _ := get(t, p.url+"/readyz", "")
	assert.Equal(t, http.StatusOK, status)

	code, token, _ := outcome(t, kai(t, home, "token"))
	require.Zero(t, code)
	status, text := get(t, p.url+"/api/status", strings.TrimSpace(token))
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, text, `"state":"ready"`)

	code, out, _ := outcome(t, kai(t, home, "status"))
	assert.Zero(t, code)
	assert.Contains(t, out, "kai 1.2.3 runs in standalone mode and is ready.")
	code, out, _ = outcome(t, kai(t, home, "status", "--json"))
	assert.Zero(t, code)
	var report struct {
		Running bool
		Process struct{ PID int }
		Health  struct{ State string }
	}
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.Equal(t, []any{true, p.cmd.Process.Pid, "ready"}, []any{report.Running, report.Process.PID, report.Health.State})

	code, out, _ = outcome(t, kai(t, home, "open", "--print"))
	assert.Zero(t, code)
	status, _ = get(t, strings.TrimSpace(out), "")
	assert.NotEqual(t, http.StatusInternalServerError, status)
	assert.FileExists(t, filepath.Join(home, "data", "data", "kai.db"))
	p.stop(t, os.Interrupt)
	code, _, _ = outcome(t, kai(t, home, "status"))
	assert.Equal(t, 3, code)
}

func TestOneKaiPerDataDirectory(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	code, _, stderr := outcome(t, kai(t, home, "run", "--port", "0"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "process "+strconv.Itoa(p.cmd.Process.Pid))
	assert.Contains(t, stderr, "--data DIR")
	p.stop(t, syscall.SIGTERM)
}

// kill -9 leaves lock, announcement, database and write-ahead log behind; the next kai takes over at once.
func TestAKilledKaiLeavesNothingInTheWay(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	require.NoError(t, p.cmd.Process.Kill())
	_ = p.cmd.Wait() // it was killed
	code, _, _ := outcome(t, kai(t, home, "status"))
	assert.Equal(t, 3, code, "its announcement is not believed")
	start(t, home).stop(t, os.Interrupt)
}

func TestATakenPort(t *testing.T) {
	home := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	port := strconv.Itoa(listener.Addr().(*net.TCPAddr).Port)
	code, _, stderr := outcome(t, kai(t, home, "run", "--port", port))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "port "+port+" is taken")
	assert.Contains(t, stderr, "kai run --port")
	if runtime.GOOS == "linux" {
		assert.Contains(t, stderr, "process "+strconv.Itoa(os.Getpid()))
	}
	code, _, _ = outcome(t, kai(t, home, "status"))
	assert.Equal(t, 3, code, "a failed start leaves no lock behind")
}

// Started by a browser, kai serves that browser even where another program has its port.
func TestInTheBackgroundAnyPortWillDo(t *testing.T) {
	home := t.TempDir()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	cmd := kai(t, home, "run", "--background", "--port", strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
	require.NoError(t, cmd.Start())
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }()
	require.Eventually(t, func() bool {
		code, _, _ := outcome(t, kai(t, home, "status"))
		return code == 0
	}, 10*time.Second, 20*time.Millisecond)
	text, err := os.ReadFile(filepath.Join(home, "data", "logs", "kai.log"))
	require.NoError(t, err)
	assert.Contains(t, string(text), "the port is taken")
	code, out, _ := outcome(t, kai(t, home, "stop"))
	assert.Zero(t, code)
	assert.Equal(t, "kai has stopped.\n", out)
	require.NoError(t, cmd.Wait(), "in good order")
	code, _, _ = outcome(t, kai(t, home, "stop"))
	assert.Equal(t, 3, code, "there is nothing to stop")
}

func TestARenewedTokenHoldsAtOnce(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	_, old, _ := outcome(t, kai(t, home, "token"))
	_, renewed, _ := outcome(t, kai(t, home, "token", "--renew"))
	status, _ := get(t, p.url+"/api/status", strings.TrimSpace(old))
	assert.Equal(t, http.StatusUnauthorized, status)
	status, _ = get(t, p.url+"/api/status", strings.TrimSpace(renewed))
	assert.Equal(t, http.StatusOK, status)
	p.stop(t, os.Interrupt)
}

func TestTheLogHoldsNoSecrets(t *testing.T) {
	home := t.TempDir()
	p := start(t, home, "-v")
	_, token, _ := outcome(t, kai(t, home, "token"))
	status, _ := get(t, p.link, "")
	assert.Less(t, status, 500)
	p.stop(t, os.Interrupt)
	text, err := os.ReadFile(p.stderr.Name())
	require.NoError(t, err)
	assert.NotContains(t, string(text), strings.TrimSpace(token))
	assert.NotContains(t, string(text), "once=")
}

// A browser starts kai with arguments of its own, which no manifest can change: kai knows them, starts itself in the
// background and passes frames on.
func TestABrowserStartsKai(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the started kai would need the test's environment")
	}
	for name, args := range map[string][]string{
		"chromium": {"chrome-extension://miahfkdaepmkbbeihlbjagdbbnkafpel/"},
		"firefox":  {"/home/ada/.mozilla/native-messaging-hosts/org.kindos.kai.json", "kai@kindos.org"},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			cmd := kai(t, home, args...)
			cmd.Env = append(cmd.Env, "KAI_NETWORKING_PORT=0", asKaiToo+"=1")
			in, err := cmd.StdinPipe()
			require.NoError(t, err)
			out, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())
			defer func() { _, _, _ = outcome(t, kai(t, home, "stop")) }()
			peer := protocol.NewPeer(protocol.NewStdioConn(out, in), protocol.Options{Hello: protocol.Hello{App: "kai-runtime"}})
			done := make(chan struct{})
			go func() { defer close(done); _ = peer.Run(context.Background()) }()
			hello, err := peer.Partner(t.Context())
			require.NoError(t, err)
			assert.Equal(t, []string{"kai", "1.2.3"}, []string{hello.App, hello.Version})
			_ = in.Close() // the browser goes
			<-done
			require.NoError(t, cmd.Wait())
			code, _, _ := outcome(t, kai(t, home, "status"))
			assert.Zero(t, code, "kai stays for the next browser")
		})
	}
}

func TestAStrangerIsNoBrowser(t *testing.T) {
	home := t.TempDir()
	for _, args := range [][]string{{"chrome-extension://abcdefghijklmnopabcdefghijklmnop/"}, {"/x/org.kindos.kai.json", "evil@example.org"}, {"host"}} {
		code, out, stderr := outcome(t, kai(t, home, args...))
		assert.NotZero(t, code, args)
		assert.Empty(t, out, "standard output belongs to frames")
		assert.Contains(t, stderr, "speaks with the kAI extension only")
	}
	code, _, _ := outcome(t, kai(t, home, "status"))
	assert.Equal(t, 3, code, "nobody was started")
}

// BenchmarkReady measures from the start of the process until it serves, and what it then keeps in memory.
func BenchmarkReady(b *testing.B) {
	home := b.TempDir()
	var resident float64
	for b.Loop() {
		cmd := exec.Command(os.Args[0], "run", "--port", "0") //nolint:gosec // this test itself
		cmd.Env = []string{asKai + "=1", "HOME=" + home, "KAI_DATA=" + home}
		out, err := cmd.StdoutPipe()
		require.NoError(b, err)
		require.NoError(b, cmd.Start())
		_, err = bufio.NewReader(out).ReadString('\n')
		require.NoError(b, err)
		b.StopTimer()
		resident = residentMB(cmd.Process.Pid)
		require.NoError(b, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
		b.StartTimer()
	}
	b.ReportMetric(resident, "MB-resident")
}

// residentMB reads what a process holds in memory, where the system tells.
func residentMB(pid int) float64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 1 && f[0] == "VmRSS:" {
			kb, _ := strconv.ParseFloat(f[1], 64) // the kernel writes a number
			return kb / 1024
		}
	}
	return 0
}
