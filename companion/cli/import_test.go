package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// talks is an export of ChatGPT with so many conversations of two messages.
func talks(t *testing.T, n int) string {
	t.Helper()
	var list []string
	for i := range n {
		list = append(list, fmt.Sprintf(`{"title":"Talk %[1]d","id":"c%[1]d","create_time":%[2]d,"mapping":{
			"q":{"id":"q","parent":null,"children":["a"],"message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["Where do storks winter? %[1]d %[3]s"]}}},
			"a":{"id":"a","parent":"q","children":[],"message":{"author":{"role":"assistant"},"content":{"content_type":"text","parts":["In Africa."]}}}}}`,
			i, 1700000000+i*1000, strings.Repeat("x", 2000)))
	}
	path := filepath.Join(t.TempDir(), "conversations.json")
	require.NoError(t, os.WriteFile(path, []byte("["+strings.Join(list, ",")+"]"), 0o600))
	return path
}

// A running kai keeps what is imported and shows it at once; the same commands work on it when it has stopped.
func TestImportGoesToTheKaiThatRuns(t *testing.T) {
	home, export := t.TempDir(), talks(t, 3)
	p := start(t, home)
	code, out, stderr := outcome(t, kai(t, home, "import", export))
	require.Zero(t, code, stderr)
	assert.Equal(t, "Imported: 3 conversations, 6 messages.\nTake it back with: kai import --undo 1\n", out)
	code, token, _ := outcome(t, kai(t, home, "token"))
	require.Zero(t, code)
	_, text := get(t, p.url+"/api/v1/conversations", strings.TrimSpace(token))
	assert.Contains(t, text, `"Talk 2"`)
	code, out, _ = outcome(t, kai(t, home, "import", export))
	assert.Zero(t, code)
	assert.Equal(t, "Nothing new came.\n9 things were here already and stayed.\n", out)
	p.stop(t, os.Interrupt)

	code, out, stderr = outcome(t, kai(t, home, "import", "--undo", "1"))
	require.Zero(t, code, stderr)
	assert.Equal(t, "3 items taken away.\n", out)
}

// Stopped in its middle, an import leaves whole conversations and no messages without one; all of it can be taken back, and the file
// goes on from there.
func TestAnImportThatIsStoppedLeavesNothingHalf(t *testing.T) {
	const all = 4000
	home, export := t.TempDir(), talks(t, all)
	cmd := kai(t, home, "import", export)
	var out, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &stderr
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { // something has come: it is noted after a while
		_, err := os.Stat(filepath.Join(home, "data", "imports", "1.json"))
		return err == nil
	}, time.Minute, time.Millisecond)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	assert.Equal(t, 1, cmd.ProcessState.ExitCode())
	assert.Contains(t, stderr.String(), "kai: stopped; what came until then stays; import the same file again to go on from there")
	assert.Contains(t, out.String(), "Take it back with: kai import --undo 1")
	var came, messages int
	_, err := fmt.Sscanf(out.String(), "Imported: %d conversations, %d messages.", &came, &messages)
	require.NoError(t, err, out.String())
	assert.Positive(t, came)
	assert.Less(t, came, all)
	assert.Equal(t, 2*came, messages)

	code, text, _ := outcome(t, kai(t, home, "import", export))
	require.Zero(t, code)
	assert.Contains(t, text, fmt.Sprintf("Imported: %d conversations, %d messages.\n%d things were here already", all-came, 2*(all-came), 3*came))
	code, text, _ = outcome(t, kai(t, home, "import", "--undo", "1"))
	require.Zero(t, code)
	assert.Equal(t, fmt.Sprintf("%d items taken away.\n", came), text)
}
