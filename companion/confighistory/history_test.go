package confighistory_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/confighistory"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

func open(t *testing.T) (confighistory.History, datadir.Dir) {
	t.Helper()
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	return confighistory.In(dir, func() time.Time { return time.Unix(0, 0) }), dir
}

// reasons lists number and reason of every entry.
func reasons(t *testing.T, h confighistory.History) []string {
	t.Helper()
	all, err := h.List("standalone")
	require.NoError(t, err)
	var out []string
	for _, e := range all {
		out = append(out, strconv.Itoa(e.Number)+" "+e.Reason)
	}
	return out
}

func TestEveryConfigurationThatWasInForceIsKept(t *testing.T) {
	h, dir := open(t)
	file := dir.File("standalone.yaml")
	_, err := h.Take(confighistory.Change{Scope: "standalone", New: file, Text: []byte("a"), Reason: "first"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, []byte("by hand"), 0o600))
	_, err = h.Take(confighistory.Change{Scope: "standalone", Old: file, New: file, Text: []byte("b"), Reason: "second"})
	require.NoError(t, err)
	toml := dir.File("standalone.toml")
	_, err = h.Take(confighistory.Change{Scope: "standalone", Old: file, New: toml, Text: []byte("c"), Reason: "third"})
	require.NoError(t, err)
	_, err = h.Take(confighistory.Change{Scope: "other", New: dir.File("x.yaml"), Text: []byte("x"), Reason: "elsewhere"})
	require.NoError(t, err)
	assert.Equal(t, []string{"1 as it was found", "2 first", "3 changed by hand", "4 second", "5 third"}, reasons(t, h))
	assert.NoFileExists(t, file, "one file holds")
	for number, want := range map[int]string{1: "", 2: "a", 3: "by hand", 4: "b", 5: "c"} {
		e, err := h.Find("standalone", number)
		require.NoError(t, err)
		text, err := h.Text(e)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		assert.Equal(t, number == 1, e.Absent)
	}
	_, err = h.Find("standalone", 6)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "number 6 is of another scope")
	_, err = h.Take(confighistory.Change{Scope: "standalone", Old: toml, Absent: true, Reason: "back to 1"})
	require.NoError(t, err)
	assert.NoFileExists(t, toml)
}

func TestNobodyElseReadsFormerConfigurations(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	h, dir := open(t)
	elsewhere := filepath.Join(t.TempDir(), "kai.yaml")
	require.NoError(t, os.WriteFile(elsewhere, []byte("old"), 0o644))
	link := filepath.Join(t.TempDir(), "link.yaml")
	require.NoError(t, os.Symlink(elsewhere, link))
	_, err := h.Take(confighistory.Change{Scope: link, Old: link, New: link, Text: []byte("new"), Reason: "r"})
	require.NoError(t, err)
	text, err := os.ReadFile(elsewhere)
	require.NoError(t, err)
	assert.Equal(t, "new", string(text), "the link stays")
	for path, want := range map[string]os.FileMode{elsewhere: 0o600, dir.File("config-history"): 0o700, dir.File("config-history/1.yaml"): 0o600, dir.File("config-history/index.json"): 0o600} {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Equal(t, want, info.Mode().Perm(), path)
	}
}

func TestOnlyTheNewestAreKept(t *testing.T) {
	h, dir := open(t)
	file, old := dir.File("standalone.yaml"), ""
	for i := range confighistory.Keep + 5 {
		_, err := h.Take(confighistory.Change{Scope: "standalone", Old: old, New: file, Text: []byte(strconv.Itoa(i)), Reason: "r"})
		require.NoError(t, err)
		old = file
	}
	all := reasons(t, h)
	assert.Len(t, all, confighistory.Keep)
	assert.Equal(t, "7 r", all[0])
	assert.NoFileExists(t, dir.File("config-history/6.yaml"))
	assert.FileExists(t, dir.File("config-history/7.yaml"))
}

func TestADamagedHistoryIsNotTakenForAGoodOne(t *testing.T) {
	h, dir := open(t)
	e, err := h.Take(confighistory.Change{Scope: "standalone", New: dir.File("standalone.yaml"), Text: []byte("a"), Reason: "r"})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir.File("config-history/2.yaml"), []byte("b"), 0o600))
	_, err = h.Text(e)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	require.NoError(t, os.WriteFile(dir.File("config-history/index.json"), []byte("[{"), 0o600))
	_, err = h.Take(confighistory.Change{Scope: "standalone", New: dir.File("standalone.yaml"), Text: []byte("c"), Reason: "r"})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	text, err := os.ReadFile(dir.File("standalone.yaml"))
	require.NoError(t, err)
	assert.Equal(t, "a", string(text), "what could not be kept is not replaced")
}
