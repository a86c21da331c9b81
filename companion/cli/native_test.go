package cli_test

import (
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// settled is a home folder with a Chromium and a Firefox in use, that kai is installed for.
func settled(t *testing.T) (home string, manifests []string) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("the folders of Linux")
	}
	home = t.TempDir()
	for _, profile := range []string{".config/chromium/Default", ".mozilla/firefox/x.default"} {
		require.NoError(t, os.MkdirAll(filepath.Join(home, profile), 0o700))
	}
	code, out, errs := outcome(t, kai(t, home, "native", "install"))
	require.Zero(t, code, errs)
	assert.Equal(t, "Chromium        installed\nFirefox         installed\n", out)
	const file = "org.kindos.kai.json"
	return home, []string{filepath.Join(home, ".config/chromium/NativeMessagingHosts", file), filepath.Join(home, ".mozilla/native-messaging-hosts", file)}
}

// Every link that can break is named by the doctor, with an exit code for scripts, and mended when it is asked to.
func TestTheDoctorNamesAndMendsEveryBrokenLink(t *testing.T) {
	replace := func(old, new string) func(t *testing.T, path string) {
		return func(t *testing.T, path string) {
			text, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Contains(t, string(text), old)
			require.NoError(t, os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600))
		}
	}
	for name, c := range map[string]struct {
		spoil func(t *testing.T, manifest string)
		says  string
	}{
		"no manifest":    {func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) }, "not installed"},
		"half a file":    {func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 20)) }, "not JSON"},
		"kai was moved":  {replace("/native-host", "/gone"), "the program is not there"},
		"another id":     {replace("miahfkdaepmkbbeihlbjagdbbnkafpel", "miahfkdaepmkbbeihlbjagdbbnkafpem"), "another extension"},
		"another add-on": {replace("kai@kindos.org", "evil@example.org"), "another extension"},
	} {
		t.Run(name, func(t *testing.T) {
			home, manifests := settled(t)
			broken := 0
			for i, path := range manifests {
				if name == "another id" && i == 1 || name == "another add-on" && i == 0 {
					continue // that is how the other family names it
				}
				c.spoil(t, path)
				broken++
			}
			code, out, errs := outcome(t, kai(t, home, "native", "doctor"))
			assert.Equal(t, 3, code)
			assert.Equal(t, broken, strings.Count(out, c.says), out)
			assert.Contains(t, errs, "do not find kai; run: kai native doctor --fix")
			code, out, errs = outcome(t, kai(t, home, "native", "doctor", "--fix"))
			assert.Zero(t, code, errs)
			assert.Equal(t, broken, strings.Count(out, "; mended"), out)
			code, out, _ = outcome(t, kai(t, home, "native", "doctor"))
			assert.Zero(t, code)
			assert.Contains(t, out, "Chromium        in order")
			assert.Contains(t, out, "Firefox         in order")
			assert.Contains(t, out, "kai             in order; it does not run now")
		})
	}
}

func TestTheDoctorMendsTheStartScriptAndTheSocket(t *testing.T) {
	home, _ := settled(t)
	script, socket := filepath.Join(home, "data", "native-host"), filepath.Join(home, "data", "kai.sock")
	require.NoError(t, os.WriteFile(script, []byte("#!/bin/sh\nexec /old/kai host\n"), 0o700)) //nolint:gosec // a program
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	require.NoError(t, err)
	l.SetUnlinkOnClose(false)
	require.NoError(t, l.Close())
	code, out, _ := outcome(t, kai(t, home, "native", "doctor"))
	assert.Equal(t, 3, code)
	assert.Contains(t, out, "starts another program")
	assert.Contains(t, out, "has left its socket")
	code, out, errs := outcome(t, kai(t, home, "native", "doctor", "--fix"))
	assert.Zero(t, code, errs)
	assert.Equal(t, 2, strings.Count(out, "; mended"), "one mending of the script serves both browsers: %s", out)
	assert.NoFileExists(t, socket)
	code, out, _ = outcome(t, kai(t, home, "native", "uninstall"))
	assert.Zero(t, code)
	assert.Equal(t, "Chromium        removed\nFirefox         removed\n", out)
	code, out, _ = outcome(t, kai(t, home, "native", "status"))
	assert.Zero(t, code)
	assert.Equal(t, "Chromium        not installed\nFirefox         not installed\n", out)
}

func TestTheDoctorSeesARunningKai(t *testing.T) {
	home, _ := settled(t)
	p := start(t, home)
	code, out, _ := outcome(t, kai(t, home, "native", "doctor"))
	assert.Zero(t, code)
	assert.Contains(t, out, "kai             in order; it runs and answers")
	p.stop(t, os.Interrupt)
}
