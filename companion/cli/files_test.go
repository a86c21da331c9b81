package cli_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A person keeps a file, sees it, gets it back as it was, and deletes it.
func TestFilesOfARunningKai(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	assert.Contains(t, succeeds(t, home, "files", "list"), "No file is kept.")
	content := bytes.Repeat([]byte("kai\n"), 300_000)
	at := func(name string) string { return filepath.Join(home, name) }
	require.NoError(t, os.WriteFile(at("report.txt"), content, 0o600))
	id := strings.TrimSpace(succeeds(t, home, "files", "add", "report.txt"))
	code, out, stderr := types(t, home, "from a pipe", "files", "add", "-", "--name", "piped.bin", "--json")
	require.Zero(t, code, stderr)
	var piped struct{ Name, Type string }
	require.NoError(t, json.Unmarshal([]byte(out), &piped))
	assert.Equal(t, struct{ Name, Type string }{"piped.bin", "application/octet-stream"}, piped)
	list := succeeds(t, home, "files", "list")
	assert.Regexp(t, `(?s)11 bytes +piped\.bin\n`+id+` .*1\.2 MB +report\.txt\n$`, list)
	assert.Contains(t, succeeds(t, home, "files", "list", "--limit", "1"), "There are more: kai files list --limit 2")

	assert.Equal(t, "back.txt is written.\n", succeeds(t, home, "files", "get", "report.txt", "--to", "back.txt"))
	back, err := os.ReadFile(at("back.txt"))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(content, back))
	assert.Equal(t, "from a pipe", succeeds(t, home, "files", "get", "piped.bin", "--to", "-"))
	code, _, stderr = outcome(t, kai(t, home, "files", "get", id))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "there is a file report.txt already; name another with --to")

	assert.Equal(t, "report.txt is deleted.\npiped.bin is deleted.\n", succeeds(t, home, "files", "remove", id, "piped.bin"))
	code, _, stderr = outcome(t, kai(t, home, "files", "get", id))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "there is no such file; kai files list tells which there are")
	p.stop(t, os.Interrupt)
}
