package cli_test

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The level of a running kai changes at once, what it logs shows while it is followed, and no secret is in it.
func TestLogsOfARunningKai(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	follow := kai(t, home, "logs", "-f", "-n", "0", "--component", "config")
	out, err := follow.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, follow.Start())
	t.Cleanup(func() { _ = follow.Process.Kill(); _ = follow.Wait() })

	code, text, _ := outcome(t, kai(t, home, "logs", "level"))
	assert.Equal(t, []any{0, "kai logs from info on.\n"}, []any{code, text})
	code, text, _ = outcome(t, kai(t, home, "logs", "level", "DEBUG"))
	assert.Equal(t, []any{0, "kai logs from debug on.\n"}, []any{code, text})
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	assert.Contains(t, line, "DEBUG config    the level of the log has changed from=DEBUG")

	_, token, _ := outcome(t, kai(t, home, "token"))
	status, _ := get(t, p.url+"/login?once=plantedsecret", strings.TrimSpace(token))
	assert.Less(t, status, 500)
	p.stop(t, os.Interrupt)
	code, text, _ = outcome(t, kai(t, home, "logs", "--json"))
	assert.Zero(t, code)
	assert.Contains(t, text, `"msg":"stopping"`)
	for _, secret := range []string{strings.TrimSpace(token), "plantedsecret", strings.TrimPrefix(p.link, p.url+"/login?once=")} {
		assert.NotContains(t, text, secret)
		raw, err := os.ReadFile(filepath.Join(home, "data", "logs", "kai.log"))
		require.NoError(t, err)
		assert.NotContains(t, string(raw), secret)
	}
	code, _, _ = outcome(t, kai(t, home, "logs", "level", "info"))
	assert.Equal(t, 3, code, "nobody runs")
}

func TestAStartThatFailsIsInTheLog(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(home, "data", "data", "kai.db"), 0o700))
	code, _, _ := outcome(t, kai(t, home, "run", "--background", "--port", "0"))
	assert.NotZero(t, code)
	code, text, _ := outcome(t, kai(t, home, "logs", "--level", "error", "--since", "1m"))
	assert.Zero(t, code)
	assert.Contains(t, text, "ERROR")
	assert.Contains(t, text, "kai can't start")
}

// A debug session is as the specification has it, and leaves nothing behind.
func TestADebugSession(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	code, _, _ := outcome(t, kai(t, home, "logs", "level", "warn"))
	require.Zero(t, code)
	code, _, stderr := outcome(t, kai(t, home, "debug", "disable"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "there is no debug session")
	_, first, _ := outcome(t, kai(t, home, "debug", "enable", "--json"))
	var session struct {
		SessionID    string
		Mode         string
		EnabledTools []string
		StartTime    time.Time
	}
	require.NoError(t, json.Unmarshal([]byte(first), &session))
	assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, session.SessionID, "as crypto.randomUUID of the specification gives it")
	assert.Equal(t, []any{"standalone", []string{"devtools-agent", "tail-log"}}, []any{session.Mode, session.EnabledTools})
	assert.WithinDuration(t, time.Now(), session.StartTime, time.Minute)
	_, again, _ := outcome(t, kai(t, home, "debug", "enable", "--json"))
	assert.Equal(t, first, again, "one session at a time")
	_, text, _ := outcome(t, kai(t, home, "debug", "enable"))
	assert.Contains(t, text, "  devtools-agent is ready: kai open, then "+p.url+"/debug in that browser\n  tail-log is ready: kai logs -f\n")
	_, text, _ = outcome(t, kai(t, home, "logs", "level"))
	assert.Equal(t, "kai logs from debug on.\n", text)
	code, text, _ = outcome(t, kai(t, home, "debug", "disable"))
	assert.Zero(t, code)
	assert.Equal(t, "The debug session "+session.SessionID+" has ended.\n", text)
	_, text, _ = outcome(t, kai(t, home, "logs", "level"))
	assert.Equal(t, "kai logs from warn on.\n", text, "as it was before")
	p.stop(t, os.Interrupt)
}
