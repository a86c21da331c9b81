package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/folders"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	documents "github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
)

// titles are those of the documents that a view is told of.
func titles(t *testing.T, peer *protocol.Peer) map[string]documents.Document {
	t.Helper()
	var all documents.Knowledge
	require.NoError(t, peer.Call(t.Context(), documents.MethodKnowledgeList, struct{}{}, &all))
	out := map[string]documents.Document{}
	for _, d := range all.Documents {
		out[d.Title] = d
	}
	return out
}

func watching(t *testing.T, peer *protocol.Peer) []documents.Folder {
	t.Helper()
	var all documents.Folders
	require.NoError(t, peer.Call(t.Context(), documents.MethodKnowledgeFolders, struct{}{}, &all))
	return all.Folders
}

// A command has a folder watched; views see it and what it gives, and cannot name one themselves. What a view removes stays out,
// and what it deletes altogether does not come back.
func TestAWatchedFolderIsSeenByViewsAndNamedByCommandsAlone(t *testing.T) {
	dir, notes := t.TempDir(), t.TempDir()
	write := func(name string) {
		require.NoError(t, os.WriteFile(filepath.Join(notes, name), []byte("Otters sleep."), 0o600))
	}
	becomes := func(peer *protocol.Peer, want ...string) {
		t.Helper()
		require.Eventually(t, func() bool {
			all := titles(t, peer)
			for _, title := range want {
				delete(all, title)
			}
			return len(all) == 0 && len(titles(t, peer)) == len(want)
		}, 20*time.Second, 50*time.Millisecond, "%v", want)
	}
	write("a.md")
	a := open(t, dir)
	command, web := hosted(t, dir), view(t, a, dir)
	ask := folders.Ask{Path: notes, Collection: "Notes", Watch: true}
	err := web.Call(t.Context(), app.MethodReadFolder, ask, nil)
	require.Equal(t, fault.NotFound, fault.CodeOf(err), "%v", err)
	var report folders.Report
	require.NoError(t, command.Stream(t.Context(), app.MethodReadFolder, ask, func(json.RawMessage) error { return nil }, &report))
	assert.Equal(t, 1, report.Added)
	require.Len(t, watching(t, web), 1)
	assert.Equal(t, watching(t, web), watching(t, command))

	yes := true
	require.NoError(t, web.Call(t.Context(), documents.MethodKnowledgeSet, documents.SetDocument{ID: titles(t, web)["a.md"].ID, Removed: &yes}, nil))
	write("b.md")
	becomes(web, "b.md")
	shut(t, a)
	a = open(t, dir)
	web = view(t, a, dir)
	write("c.md")
	becomes(web, "b.md", "c.md")

	require.NoError(t, web.Call(t.Context(), assistant.MethodDataDeleteAll, assistant.Empty{}, nil))
	assert.Empty(t, watching(t, web))
	write("d.md")
	ask.Path = t.TempDir()
	require.NoError(t, hosted(t, dir).Stream(t.Context(), app.MethodReadFolder, ask, func(json.RawMessage) error { return nil }, nil))
	require.NoError(t, os.WriteFile(filepath.Join(ask.Path, "e.md"), []byte("Otters eat."), 0o600))
	becomes(web, "e.md") // what was written later into a folder that is watched, and so nothing of the other
	shut(t, a)
}
