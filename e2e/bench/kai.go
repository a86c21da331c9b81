package main

import (
	"bufio"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/shared/store"
)

// idleFor is how long kai is left alone before its memory is read.
const idleFor = 5 * time.Second

// kai measures the companion with a history on disk: how soon it serves, and what it keeps of the memory while nobody asks.
func kai() subject {
	const (
		ready = "kai, started until its health answers"
		cpu   = "  the same, CPU"
		idle  = "kai, resident when idle"
	)
	return subject{
		name: "kai", about: "the companion's start and its memory, with 1,000 conversations in SQLite",
		figures: []figure{
			{name: ready, unit: "ms", limit: atMost(200)},
			{name: cpu, unit: "ms"},
			{name: idle, unit: "MB", limit: atMost(40)},
		},
		open: func(s *stage) func(*meter) {
			binary, data := harness.Built(s, "kai"), filepath.Join(s.TempDir(), "data")
			first := startKai(s, binary, data) // makes the folder and the database
			first.stop(s)
			fill(s, filepath.Join(data, "data", "kai.db"))
			return func(m *meter) {
				k := startKai(s, binary, data)
				m.note(ready, millis(k.ready))
				m.note(cpu, k.cpu)
				pause(s.ctx, idleFor)
				m.note(idle, residentMB(s, k.cmd.Process.Pid))
				k.stop(s)
			}
		},
	}
}

// fill loads a history into the database that kai has made.
func fill(s *stage, path string) {
	require.FileExists(s, path)
	db, err := sqlite.Open(s.ctx, path, app.Schema())
	require.NoError(s, err)
	require.NoError(s, store.Load(s.ctx, db, history(s, usualConversations)))
	require.NoError(s, db.Close())
}

// companion is a running kai.
type companion struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration
	cpu   float64 // ms until then
}

// startKai starts kai on a free port and waits until it answers. Only what it says itself tells the port, so that the clock
// runs a little longer than it must.
func startKai(s *stage, binary, data string) *companion {
	cmd := exec.CommandContext(s.ctx, binary, "--data", data, "run", "--port", "0", "--set", "services.ollama=false")
	out, err := cmd.StdoutPipe()
	require.NoError(s, err)
	began := time.Now()
	require.NoError(s, cmd.Start())
	k := &companion{cmd: cmd}
	s.Cleanup(func() { _ = cmd.Process.Kill() }) // harmless when it has ended
	for lines := bufio.NewScanner(out); k.url == "" && lines.Scan(); {
		if _, rest, ok := strings.Cut(lines.Text(), " is ready: "); ok {
			k.url = strings.TrimSuffix(strings.TrimSpace(rest), "/")
		}
	}
	response, err := http.Get(k.url + "/healthz")
	require.NoError(s, err)
	require.Equal(s, http.StatusOK, response.StatusCode)
	k.ready, k.cpu = time.Since(began), processorMillis(s, cmd.Process.Pid)
	require.NoError(s, response.Body.Close())
	return k
}

func (k *companion) stop(s *stage) {
	require.NoError(s, k.cmd.Process.Signal(os.Interrupt))
	require.NoError(s, k.cmd.Wait())
}

// residentMB reads VmRSS.
func residentMB(s *stage, pid int) float64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "status"))
	require.NoError(s, err, "only Linux tells")
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "VmRSS:" {
			kilobytes, err := strconv.ParseFloat(fields[1], 64)
			require.NoError(s, err)
			return kilobytes * 1024 / megabyte
		}
	}
	s.Fatal("there is no VmRSS")
	return 0
}

// processorMillis reads what the process's threads ran, which Linux counts in nanoseconds.
func processorMillis(s *stage, pid int) float64 {
	threads, err := filepath.Glob(filepath.Join("/proc", strconv.Itoa(pid), "task", "*", "schedstat"))
	require.NoError(s, err)
	require.NotEmpty(s, threads, "only Linux tells")
	sum := 0.0
	for _, thread := range threads {
		text, _ := os.ReadFile(thread) // a thread that ended in between ran next to nothing
		if fields := strings.Fields(string(text)); len(fields) > 0 {
			nanoseconds, err := strconv.ParseFloat(fields[0], 64)
			require.NoError(s, err)
			sum += nanoseconds
		}
	}
	return sum / 1e6
}
