package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pdf/pdftest"
)

// watched is what kai knowledge folders says of a folder.
type watched struct {
	Path      string
	Documents int
	Reading   bool
}

// A person has a folder watched: what changes in it is read anew, also what changed while kai was off.
func TestFoldersOfARunningKai(t *testing.T) {
	home, err := filepath.EvalSymlinks(t.TempDir())
	require.NoError(t, err)
	at := func(name string) string { return filepath.Join(home, "notes", name) }
	require.NoError(t, os.Mkdir(filepath.Join(home, "notes"), 0o700))
	write := func(name, text string) { t.Helper(); require.NoError(t, os.WriteFile(at(name), []byte(text), 0o600)) }
	is := func(documents int) {
		t.Helper()
		require.Eventually(t, func() bool {
			var all []watched
			require.NoError(t, json.Unmarshal([]byte(succeeds(t, home, "knowledge", "folders", "--json")), &all))
			return len(all) == 1 && all[0] == watched{filepath.Join(home, "notes"), documents, false}
		}, 20*time.Second, 100*time.Millisecond)
	}
	write("a.md", "Otters sleep on their backs.")
	write("photo.raw", "a\x00b")
	write("ice.pdf", string(pdftest.File("Whales sing.", "Glaciers melt.")))
	write("scan.pdf", string(pdftest.Of(pdftest.Stream("", "0 0 9 9 re f"))))

	p := start(t, home)
	assert.Equal(t, "No folder is watched. kai knowledge add FOLDER --watch has one watched.\n", succeeds(t, home, "knowledge", "folders"))
	assert.Equal(t, "2 added, 0 unchanged, 1 could not be read.\nThe list of documents says why.\n1 left out:\n  photo.raw: it is not a text\n", succeeds(t, home, "knowledge", "add", "notes"))
	write("a.md", "Otters swim.")
	assert.Equal(t, "1 added, 1 unchanged, 1 could not be read.\nThe list of documents says why.\n1 left out:\n  photo.raw: it is not a text\nThe folder is watched. kai knowledge unwatch lets go of it.\n",
		succeeds(t, home, "knowledge", "add", "notes", "--watch"))
	write("b.md", "Herons sleep on one leg.")
	is(4)
	p.stop(t, os.Interrupt)
	write("c.md", "Whales sleep upright.")
	p = start(t, home)
	is(5)
	assert.Regexp(t, `/notes  My documents  5 documents, 1 left out\n$`, succeeds(t, home, "knowledge", "folders"))
	require.NoError(t, os.Remove(at("c.md")))
	is(4)

	assert.Equal(t, "notes is not watched any more.\nDocuments removed: 4.\n", succeeds(t, home, "knowledge", "unwatch", "notes", "--remove"))
	code, _, stderr := outcome(t, kai(t, home, "knowledge", "unwatch", "notes"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "is not watched; kai knowledge folders shows those that are")
	p.stop(t, os.Interrupt)
}
