package service_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/cli"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/supervise"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/e2e/model"
	"github.com/kindos/kai/shared/config"
)

// The variables of a kai in a process of its own: its data directory, where its Ollama is to be, and the program.
const (
	supervisedData = "KAI_TEST_SUPERVISED"
	supervisedAt   = "SUPERVISED_AT"
	supervisedBin  = "SUPERVISED_BIN"
)

func TestMain(m *testing.M) {
	if os.Getenv(supervisedData) != "" {
		if err := runSupervised(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	if os.Getenv(asKai) != "" {
		_ = os.Unsetenv(asKai)
		os.Exit(cli.Main(cli.Here("1.2.3"), os.Args[1:]))
	}
	os.Exit(m.Run())
}

// runSupervised is that process: a whole kai, but for the port of its Ollama and the place of the program.
func runSupervised() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	dir, err := datadir.Open(os.Getenv(supervisedData))
	if err != nil {
		return err
	}
	c := config.DefaultStandalone()
	c.Networking.Port = 0
	programs := supervise.Programs()
	for i := range programs {
		if programs[i].Name == "ollama" {
			programs[i].Find = []string{os.Getenv(supervisedBin)}
		}
	}
	a, err := app.New(app.Options{
		Dir: dir, Config: c, Services: map[string]string{"ollama": "http://" + os.Getenv(supervisedAt)}, Programs: programs,
		Transport: transport.New("kAI/test"), Version: "1.2.3", Log: slog.New(slog.DiscardHandler), Now: time.Now,
	})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		return err
	}
	fmt.Println("ready")
	<-ctx.Done()
	end, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err = a.Stop(end)
	if left, _ := filepath.Glob("/proc/self/task/*/children"); err == nil {
		for _, file := range left {
			if text, _ := os.ReadFile(file); len(text) > 0 { // a thread may have ended
				return fmt.Errorf("kai has stopped and left %s", text)
			}
		}
	}
	return err
}

// supervisedKai is such a process, with its data directory.
type supervisedKai struct {
	cmd  *exec.Cmd
	data string
}

func startSupervised(t *testing.T) supervisedKai {
	t.Helper()
	ollama, err := model.Ollama(t.Context(), os.Stderr)
	require.NoError(t, err, "a real Ollama is needed")
	free, err := model.FreeAddr()
	require.NoError(t, err)
	k := supervisedKai{exec.Command(os.Args[0]), t.TempDir()} //nolint:gosec // this test itself
	home := t.TempDir()
	k.cmd.Env = append(os.Environ(), "HOME="+home, supervisedData+"="+k.data, supervisedAt+"="+free, supervisedBin+"="+ollama)
	k.cmd.Stderr = os.Stderr
	out, err := k.cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, k.cmd.Start())
	t.Cleanup(func() { _ = k.cmd.Process.Kill(); _ = k.cmd.Wait() })
	lines := bufio.NewScanner(out)
	require.True(t, lines.Scan(), "kai did not start")
	go func() { _, _ = io.Copy(io.Discard, out) }() // ends with the process
	return k
}

// do runs a command about that kai, and gives what it printed.
func (k supervisedKai) do(args ...string) (code int, out, errs string) {
	var stdout, stderr strings.Builder
	p := cli.Here("1.2.3")
	p.Stdout, p.Stderr = &stdout, &stderr
	code = cli.Main(p, append([]string{"--data", k.data, "services"}, args...))
	return code, stdout.String(), stderr.String()
}

// children are the programs that a process has started and that have not ended.
func children(t *testing.T, pid int) []int {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	var out []int
	for _, file := range tasks {
		text, _ := os.ReadFile(file) // a thread may have ended
		for _, word := range strings.Fields(string(text)) {
			child, err := strconv.Atoi(word)
			require.NoError(t, err)
			out = append(out, child)
		}
	}
	return out
}

// gone says whether a process has ended.
func gone(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

func TestTheInstalledOllamaIsStartedAndStoppedOnRequest(t *testing.T) {
	k := startSupervised(t)
	_, out, _ := k.do()
	assert.Regexp(t, `(?m)^ollama +away +- +- `, out, "kai starts nothing by itself")
	code, _, errs := k.do("stop", "ollama")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "Ollama is not running")

	code, out, errs = k.do("start", "ollama")
	require.Zero(t, code, errs)
	assert.Contains(t, out, "ollama is started and answers")
	_, out, _ = k.do()
	assert.Regexp(t, `(?m)^ollama +ready +since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d +started by kai `, out)
	code, out, errs = k.do("logs", "ollama")
	assert.Zero(t, code, errs)
	assert.Contains(t, out, "Listening on 127.0.0.1:")
	code, _, errs = k.do("start", "ollama")
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "kai has started Ollama already")

	code, out, errs = k.do("stop", "ollama")
	require.Zero(t, code, errs)
	assert.Equal(t, "ollama is stopped.\n", out)
	assert.Empty(t, children(t, k.cmd.Process.Pid))
}

func TestAnOllamaThatDiesIsTold(t *testing.T) {
	k := startSupervised(t)
	code, _, errs := k.do("start", "ollama")
	require.Zero(t, code, errs)
	started := children(t, k.cmd.Process.Pid)
	require.Len(t, started, 1)
	require.NoError(t, syscall.Kill(started[0], syscall.SIGKILL))
	require.Eventually(t, func() bool {
		_, out, _ := k.do()
		return strings.Contains(out, "ended") && strings.Contains(out, "signal: killed; kai services logs ollama")
	}, 20*time.Second, 50*time.Millisecond)
}

func TestOllamaEndsWithKaiHoweverItEnds(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL} {
		t.Run(sig.String(), func(t *testing.T) {
			k := startSupervised(t)
			code, _, errs := k.do("start", "ollama")
			require.Zero(t, code, errs)
			started := children(t, k.cmd.Process.Pid)
			require.Len(t, started, 1)
			require.NoError(t, k.cmd.Process.Signal(sig))
			err := k.cmd.Wait()
			if sig == syscall.SIGTERM {
				assert.NoError(t, err, "in good order, kai ends it before itself")
			}
			assert.Eventually(t, func() bool { return gone(started[0]) }, 10*time.Second, 10*time.Millisecond)
		})
	}
}
