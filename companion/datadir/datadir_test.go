package datadir_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

func TestDefaultFollowsThePlatform(t *testing.T) {
	home := func() (string, error) { return "/home/ada", nil }
	for name, c := range map[string]struct {
		goos string
		env  map[string]string
		want string
	}{
		"linux":            {"linux", nil, "/home/ada/.local/share/kai"},
		"linux with XDG":   {"linux", map[string]string{"XDG_DATA_HOME": "/x"}, "/x/kai"},
		"relative XDG":     {"linux", map[string]string{"XDG_DATA_HOME": "x"}, "/home/ada/.local/share/kai"},
		"mac":              {"darwin", nil, "/home/ada/Library/Application Support/kAI"},
		"said by KAI_DATA": {"linux", map[string]string{"KAI_DATA": "/d"}, "/d"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := datadir.Place{GOOS: c.goos, Getenv: func(k string) string { return c.env[k] }, Home: home}.Default()
			require.NoError(t, err)
			assert.Equal(t, c.want, filepath.ToSlash(got))
		})
	}
	_, err := datadir.Place{GOOS: "linux", Getenv: func(string) string { return "" }, Home: func() (string, error) { return "", errors.New("none") }}.Default()
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

func TestOthersCannotLookIn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	path := filepath.Join(t.TempDir(), "kai")
	require.NoError(t, os.Mkdir(path, 0o755))
	d, err := datadir.Open(path)
	require.NoError(t, err)
	_, err = d.Token()
	require.NoError(t, err)
	for file, want := range map[string]os.FileMode{path: 0o700, d.File("token"): 0o600} {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), file)
	}
}

func TestAFileIsNoDataDirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, nil, 0o600))
	_, err := datadir.Open(path)
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestTokenStaysUntilRenewed(t *testing.T) {
	d, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	first, err := d.Token()
	require.NoError(t, err)
	again, err := d.Token()
	require.NoError(t, err)
	assert.Equal(t, first, again)
	assert.Len(t, first, 43)
	renewed, err := d.NewToken()
	require.NoError(t, err)
	assert.NotEqual(t, first, renewed)
}

func TestADamagedTokenIsRefused(t *testing.T) {
	d, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	for _, text := range []string{"", "short", "!!!"} {
		require.NoError(t, os.WriteFile(d.File("token"), []byte(text), 0o600))
		_, err = d.Token()
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", text)
	}
}

func TestOneKaiPerFolder(t *testing.T) {
	d, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	assert.False(t, d.Locked())
	lock, err := d.Lock()
	require.NoError(t, err)
	require.NoError(t, d.Announce(datadir.Running{PID: 7, Version: "1.0", URL: "http://127.0.0.1:8080", Started: time.Unix(0, 0)}))
	assert.True(t, d.Locked())
	_, err = d.Lock()
	assert.Equal(t, fault.Conflict, fault.CodeOf(err))
	assert.Contains(t, err.Error(), "process 7")
	lock.Release()
	lock.Release()
	assert.False(t, d.Locked())
}

// A kai that was killed leaves its lock file and its announcement behind; neither stops the next one.
func TestTheLockOfAKilledProcessIsGone(t *testing.T) {
	if dir := os.Getenv("KAI_TEST_HOLD"); dir != "" {
		d, err := datadir.Open(dir)
		require.NoError(t, err)
		_, err = d.Lock()
		require.NoError(t, err)
		require.NoError(t, d.Announce(datadir.Running{PID: os.Getpid()}))
		_, _ = os.Stdout.WriteString("held\n")
		select {}
	}
	dir := t.TempDir()
	holder := exec.Command(os.Args[0], "-test.run", t.Name()) //nolint:gosec // this test itself
	holder.Env = append(os.Environ(), "KAI_TEST_HOLD="+dir)
	out, err := holder.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, holder.Start())
	_, err = out.Read(make([]byte, 5))
	require.NoError(t, err)
	d, err := datadir.Open(dir)
	require.NoError(t, err)
	assert.True(t, d.Locked())
	require.NoError(t, holder.Process.Kill())
	_ = holder.Wait() // it was killed
	lock, err := d.Lock()
	require.NoError(t, err)
	lock.Release()
}

func TestTheIdentityStays(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	first, err := dir.Identity()
	require.NoError(t, err)
	again, err := dir.Identity()
	require.NoError(t, err)
	assert.Equal(t, first, again)
	if runtime.GOOS != "windows" {
		info, err := os.Stat(dir.File("identity"))
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	}
	require.NoError(t, os.WriteFile(dir.File("identity"), []byte("short"), 0o600))
	_, err = dir.Identity()
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a damaged one is not replaced")
}
