package native_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// companion is the built kai with a data folder of its own, at any free port: at its usual one the other tests would find it
// as a service. It ends with the test.
type companion struct {
	t          *testing.T
	data, home string
}

func newCompanion(t *testing.T) *companion {
	t.Helper()
	c := &companion{t: t, data: filepath.Join(t.TempDir(), "data"), home: t.TempDir()}
	require.NoError(t, os.Mkdir(c.data, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(c.data, "standalone.yaml"), []byte("networking: {port: 0}\n"), 0o600))
	t.Cleanup(c.stop)
	return c
}

// run runs a command line of kai to its end and gives what it printed.
func (c *companion) run(args ...string) (string, error) {
	cmd := exec.Command(harness.Built(c.t, "kai"), append([]string{"--data", c.data}, args...)...)
	cmd.Env = append(os.Environ(), "HOME="+c.home)
	text, err := cmd.CombinedOutput()
	return string(text), err
}

// kai is run for what must succeed.
func (c *companion) kai(args ...string) string {
	c.t.Helper()
	text, err := c.run(args...)
	require.NoError(c.t, err, text)
	return text
}

// chromium starts a Chromium that finds this kai.
func (c *companion) chromium() *harness.Chromium {
	c.t.Helper()
	profile := c.t.TempDir()
	c.kai("native", "install", "--browser", "chromium", "--profile", profile)
	return harness.StartChromium(c.t, harness.Options{Profile: profile})
}

// firefox starts a Firefox that finds this kai.
func (c *companion) firefox() *harness.Firefox {
	c.t.Helper()
	c.kai("native", "install", "--browser", "firefox")
	return harness.StartFirefox(c.t, harness.Options{}, c.home)
}

// inBoth runs a test in each browser with a kai of its own, beside other tests. How many browsers there are at a time is go
// test's -parallel.
func inBoth(t *testing.T, test func(t *testing.T, c *companion, b harness.Browser)) {
	t.Helper()
	t.Parallel()
	t.Run("chromium", func(t *testing.T) {
		t.Parallel()
		c := newCompanion(t)
		test(t, c, c.chromium())
	})
	t.Run("firefox", func(t *testing.T) {
		t.Parallel()
		c := newCompanion(t)
		test(t, c, c.firefox())
	})
}

// inTurn runs a test in one browser after the other, beside no other test: for what keeps the computer busy.
func inTurn(t *testing.T, test func(t *testing.T, c *companion, b harness.Browser)) {
	t.Helper()
	t.Run("chromium", func(t *testing.T) { c := newCompanion(t); test(t, c, c.chromium()) })
	t.Run("firefox", func(t *testing.T) { c := newCompanion(t); test(t, c, c.firefox()) })
}

// pid is the running kai's, 0 when there is none.
func (c *companion) pid() int {
	text, err := c.run("status", "--json")
	if err != nil {
		return 0
	}
	var report struct{ Process struct{ PID int } }
	require.NoError(c.t, json.Unmarshal([]byte(text), &report), text)
	return report.Process.PID
}

// hosts are the processes that browsers started to reach this kai.
func (c *companion) hosts() []int { return c.processes("host") }

// processes are those of this data folder with an argument.
func (c *companion) processes(word string) (pids []int) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline") // the pattern is well formed
	for _, file := range files {
		text, err := os.ReadFile(file) // it may have ended
		args := strings.Split(string(text), "\x00")
		if err != nil || len(args) < 4 || !strings.HasSuffix(args[0], "kai") || args[2] != c.data || args[3] != word {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		require.NoError(c.t, err)
		pids = append(pids, pid)
	}
	return pids
}

// signal sends a signal to processes of this kai's.
func (c *companion) signal(sig syscall.Signal, pids ...int) {
	c.t.Helper()
	require.NotEmpty(c.t, pids)
	for _, pid := range pids {
		require.NoError(c.t, syscall.Kill(pid, sig))
	}
}

// stop ends the kai that a browser started in the background.
func (c *companion) stop() {
	_, _ = c.run("stop") // not there when no browser asked for it
	require.Eventually(c.t, func() bool { return c.pid() == 0 }, 15*time.Second, 50*time.Millisecond, "kai did not end")
}

// onDisk says whether a text is in kai's database. Kai is stopped for that, which folds everything into the one file; a
// browser starts it again.
func (c *companion) onDisk(text string) bool {
	c.t.Helper()
	_, _ = c.run("stop") // it may be on its way up
	content, err := os.ReadFile(filepath.Join(c.data, "data", "kai.db"))
	require.NoError(c.t, err)
	return strings.Contains(string(content), text)
}
