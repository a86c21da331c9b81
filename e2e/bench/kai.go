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

// messagesOfMany is how many messages there are where there are many: with their conversations they are 100,000 records.
const messagesOfMany = 95_240

// kai measures the companion with a history on disk: how soon it serves, and what it keeps of the memory while nobody asks.
// With 100,000 records it is measured beside PocketBase with as many messages.
func kai() subject {
	const (
		ready = "kai, started until its health answers"
		cpu   = "  the same, CPU"
		idle  = "kai, resident when idle"

		readyOfMany = "kai with 100,000 records, started until its health answers, and PocketBase"
		cpuOfMany   = "  the same, CPU of both"
		idleOfMany  = "kai with 100,000 records, resident when idle, and PocketBase"
	)
	return subject{
		name: "kai", about: "the companion's start and its memory, with 1,000 conversations and with 100,000 records in SQLite",
		figures: []figure{
			{name: ready, unit: "ms", limit: atMost(200)},
			{name: cpu, unit: "ms"},
			{name: idle, unit: "MB", limit: atMost(40)},
			{name: readyOfMany, unit: "ms", limit: atMost(200)},
			{name: cpuOfMany, unit: "ms"},
			{name: idleOfMany, unit: "MB", limit: atMost(50)},
		},
		open: func(s *stage) func(*meter) {
			binary := harness.Built(s, "kai")
			usual, many := filled(s, binary, usualConversations), filled(s, binary, messagesOfMany/perConversation)
			peer := newPocketBase(s, messagesOfMany)
			return func(m *meter) {
				k := leftAlone(s, startKai(s, binary, usual))
				m.note(ready, k.ready)
				m.note(cpu, k.cpu)
				m.note(idle, k.memory)
				k, p := leftAlone(s, startKai(s, binary, many)), leftAlone(s, peer.start(s))
				m.compare(readyOfMany, k.ready, p.ready)
				m.compare(cpuOfMany, k.cpu, p.cpu)
				m.compare(idleOfMany, k.memory, p.memory)
			}
		},
	}
}

// rested is what a program took to start, in milliseconds, and keeps of the memory when left alone, in megabytes.
type rested struct{ ready, cpu, memory float64 }

// leftAlone leaves a program alone for a while, and stops it.
func leftAlone(s *stage, c *companion) rested {
	pause(s.ctx, idleFor)
	out := rested{millis(c.ready), c.cpu, residentMB(s, c.cmd.Process.Pid)}
	c.stop(s)
	return out
}

// filled is a data folder of kai's with a history of so many conversations.
func filled(s *stage, binary string, conversations int) string {
	data := filepath.Join(s.TempDir(), "data")
	first := startKai(s, binary, data) // makes the folder and the database
	first.stop(s)
	fill(s, filepath.Join(data, "data", "kai.db"), conversations)
	return data
}

// fill loads a history into the database that kai has made.
func fill(s *stage, path string, conversations int) {
	require.FileExists(s, path)
	db, err := sqlite.Open(s.ctx, path, app.Schema())
	require.NoError(s, err)
	require.NoError(s, store.Load(s.ctx, db, history(s, conversations)))
	require.NoError(s, db.Close())
}

// companion is a running kai.
type companion struct {
	cmd   *exec.Cmd
	url   string
	ready time.Duration
	cpu   float64 // ms until then
}

// startKai starts kai on a free port and waits until it answers.
func startKai(s *stage, binary, data string) *companion {
	cmd := exec.CommandContext(s.ctx, binary, "--data", data, "run", "--port", "0", "--set", "services.ollama=false")
	return started(s, cmd, "/healthz", func(line string) string {
		_, url, _ := strings.Cut(line, " is ready: ")
		return url
	})
}

// started starts a program and waits until its health answers. Only what it says itself tells that it listens, and where, so
// that the clock runs a little longer than it must.
func started(s *stage, cmd *exec.Cmd, health string, address func(line string) string) *companion {
	out, err := cmd.StdoutPipe()
	require.NoError(s, err)
	cmd.Stderr = cmd.Stdout
	began := time.Now()
	require.NoError(s, cmd.Start())
	k := &companion{cmd: cmd}
	s.Cleanup(func() { _ = cmd.Process.Kill() }) // harmless when it has ended
	lines := bufio.NewScanner(out)
	for k.url == "" && lines.Scan() {
		k.url = strings.TrimSuffix(strings.TrimSpace(address(lines.Text())), "/")
	}
	require.NotEmpty(s, k.url, "%s ended without saying where it listens", cmd.Path)
	response, err := http.Get(k.url + health)
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
