package host_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/host"
)

func TestALauncherIsWhatEachSystemCanStart(t *testing.T) {
	unix := host.Launcher{GOOS: "darwin", Kai: "/Applications/kai", Data: "/Users/ada/it's here"}
	assert.Equal(t, "#!/bin/sh\nexec '/Applications/kai' --data '/Users/ada/it'\\''s here' host \"$@\"\n", unix.Text())
	windows := host.Launcher{GOOS: "windows", Kai: `C:\Program Files\kAI\kai.exe`, Data: `D:\100% mine\кай`}
	assert.Equal(t, "@echo off\r\nchcp 65001 >nul\r\n\"C:\\Program Files\\kAI\\kai.exe\" --data \"D:\\100%% mine\\кай\" host %*\r\n", windows.Text())
	assert.True(t, strings.HasSuffix(windows.File(), ".bat"), "Windows starts it by its name")
}

// On every system a manifest leads to the launcher when kai has another data directory, and to kai itself when not.
func TestAnotherDataDirectoryIsReachedByALauncher(t *testing.T) {
	for _, goos := range []string{"linux", "darwin", "windows"} {
		c, _ := computer(t, goos)
		data := filepath.Join(t.TempDir(), "data")
		places, err := c.Places(program(t), data, extension)
		require.NoError(t, err)
		for _, p := range places {
			require.NoError(t, p.Install())
			assert.Empty(t, p.Problems(), "%s %s", goos, p.Browser.ID)
			text, err := os.ReadFile(p.File())
			require.NoError(t, err)
			assert.Contains(t, string(text), "native-host")
		}
	}
}

func TestALauncherPassesEverythingOn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the shell's script")
	}
	dir := filepath.Join(t.TempDir(), `a 'strange' $HOME "place"`)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	kai := filepath.Join(dir, "kai")
	require.NoError(t, os.WriteFile(kai, []byte("#!/bin/sh\nprintf '[%s]' \"$@\"; cat\n"), 0o700)) //nolint:gosec // a program
	l := host.Launcher{GOOS: runtime.GOOS, Kai: kai, Data: dir}
	require.NoError(t, l.Install())
	cmd := exec.Command(l.File(), "chrome-extension://x/", "$(date) *")
	cmd.Stdin = strings.NewReader("frames")
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Equal(t, "[--data]["+dir+"][host][chrome-extension://x/][$(date) *]frames", string(out))
}

func TestABrokenLauncherIsNamedAndMended(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		says  string
	}{
		"removed":             {os.Remove, "not there"},
		"kai was moved":       {func(path string) error { return os.WriteFile(path, []byte("#!/bin/sh\nexec /old/kai host\n"), 0o700) }, "another program than"},
		"not executable":      {func(path string) error { return os.Chmod(path, 0o600) }, "not executable"},
		"a folder in its way": {func(path string) error { _ = os.Remove(path); return os.Mkdir(path, 0o700) }, "not a program"},
	} {
		t.Run(name, func(t *testing.T) {
			pc, _ := computer(t, "linux")
			places, err := pc.Places(program(t), filepath.Join(t.TempDir(), "data"), extension)
			require.NoError(t, err)
			p := places[0]
			require.NoError(t, p.Install())
			require.NoError(t, c.spoil(p.Program))
			require.Len(t, p.Problems(), 1)
			assert.Contains(t, p.Broken(), c.says)
			if name != "a folder in its way" {
				assert.True(t, p.Problems()[0].Mends)
				require.NoError(t, p.Install())
				assert.Empty(t, p.Problems())
			}
		})
	}
}
