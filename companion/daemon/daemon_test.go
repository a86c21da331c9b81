package daemon_test

import (
	"context"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/daemon"
	"github.com/kindos/kai/shared/fault"
)

// odd are arguments that each system would take apart wrongly if they were not quoted.
func odd() []string { return []string{"--data", `/srv/a b/50%$HOME/"q"/back\`, "run"} }

// planned is the plan of a kai with odd arguments.
func planned(t *testing.T, goos, home, program string) daemon.Plan {
	t.Helper()
	p, err := daemon.Setup{GOOS: goos, Home: home, User: `PC\ada <a&b>`, Program: program, Args: odd()}.Plan()
	require.NoError(t, err)
	return p
}

// systemd itself takes the unit without a word, and finds the program under a name that needs quoting.
func TestSystemdTakesTheUnit(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("systemd is on Linux only")
	}
	_, err := exec.LookPath("systemd-analyze")
	require.NoError(t, err, "install systemd: its systemd-analyze checks the unit")
	home := t.TempDir()
	program := filepath.Join(home, `o d%d $k`)
	verify := func(p daemon.Plan) string {
		m := daemon.Manager{Plan: p, Run: func(context.Context, []string) (string, error) { return "", nil }}
		require.NoError(t, m.Install(t.Context()))
		check := exec.CommandContext(t.Context(), "systemd-analyze", "--user", "--recursive-errors=no", "verify", p.File) //nolint:gosec // our own file
		check.Env = append(os.Environ(), "HOME="+home, "XDG_RUNTIME_DIR="+home)
		out, _ := check.CombinedOutput() // what it says is what counts
		return string(out)
	}
	p := planned(t, "linux", home, program)
	assert.Equal(t, filepath.Join(home, ".config/systemd/user/kai.service"), p.File)
	assert.Contains(t, verify(p), "is not executable", "it looks for the program")
	require.NoError(t, os.WriteFile(program, []byte("#!/bin/sh\n"), 0o700))
	assert.Empty(t, verify(p))
}

// launchd reads the very words back.
func TestLaunchdReadsTheSameWords(t *testing.T) {
	p := planned(t, "darwin", "/Users/ada", "/Applications/k & i/kai")
	assert.Equal(t, filepath.FromSlash("/Users/ada/Library/LaunchAgents/org.kindos.kai.plist"), p.File)
	var plist struct {
		Keys  []string `xml:"dict>key"`
		Words []string `xml:"dict>array>string"`
	}
	require.NoError(t, xml.Unmarshal([]byte(p.Text), &plist))
	assert.Equal(t, append([]string{"/Applications/k & i/kai"}, odd()...), plist.Words)
	assert.Equal(t, []string{"Label", "ProgramArguments", "RunAtLoad", "KeepAlive", "ExitTimeOut", "Umask"}, plist.Keys)
}

// Windows gets one line of arguments, which its programs take apart by rules of their own.
func TestTheSchedulerGetsOneLine(t *testing.T) {
	p := planned(t, "windows", `C:\Users\ada`, `C:\kAI & co\kai.exe`)
	var task struct {
		User      string `xml:"Triggers>LogonTrigger>UserId"`
		Command   string `xml:"Actions>Exec>Command"`
		Arguments string `xml:"Actions>Exec>Arguments"`
	}
	require.NoError(t, xml.Unmarshal([]byte(p.Text), &task))
	assert.Equal(t, `PC\ada <a&b>`, task.User, "for this user's sign-in only, which needs no administrator")
	assert.Equal(t, `C:\kAI & co\kai.exe`, task.Command)
	assert.Equal(t, `--data "/srv/a b/50%$HOME/\"q\"/back\\" run`, task.Arguments)
	assert.Empty(t, p.Commands[daemon.Stop], "ending a task kills it")
}

func TestAnotherSystemIsRefused(t *testing.T) {
	_, err := daemon.Setup{GOOS: "plan9"}.Plan()
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestWhatIsInstalledCanBeTakenBack(t *testing.T) {
	var said []string
	fails := ""
	m := daemon.Manager{Plan: planned(t, "linux", t.TempDir(), "/usr/bin/kai"), Run: func(_ context.Context, words []string) (string, error) {
		line := strings.Join(words, " ")
		said = append(said, line)
		if fails != "" && strings.Contains(line, fails) {
			return "Failed to connect to bus", errors.New("exit status 1")
		}
		return "", nil
	}}
	require.NoError(t, m.Uninstall(t.Context()), "there is nothing to take back")
	require.NoError(t, m.Install(t.Context()))
	require.NoError(t, m.Do(t.Context(), daemon.Start))
	require.NoError(t, m.Do(t.Context(), daemon.Stop))
	require.NoError(t, m.Uninstall(t.Context()))
	assert.False(t, m.Installed())
	assert.Equal(t, []string{
		"systemctl --user daemon-reload", "systemctl --user enable kai.service", "systemctl --user start kai.service",
		"systemctl --user stop kai.service", "systemctl --user disable --now kai.service",
	}, said)

	fails = "enable"
	f := fault.Public(m.Install(t.Context()))
	assert.Equal(t, []any{fault.Unavailable, "systemctl --user enable kai.service: Failed to connect to bus"}, []any{f.Code, f.Message})
	assert.True(t, m.Installed(), "the file stays: told once more, the system takes it")
	fails = "disable"
	require.Error(t, m.Uninstall(t.Context()))
	assert.False(t, m.Installed(), "a system that does not answer keeps nobody from taking it back")
}
