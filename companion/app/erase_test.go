package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/service"
)

// answered lets kai make an answer for a browser, to its end.
func answered(t *testing.T, browser *protocol.Peer, address string) (id string) {
	t.Helper()
	id = record.NewID(time.Now())
	remote := run.NewRemote(browser)
	require.NoError(t, remote.Start(t.Context(), run.Spec{
		ID: id, Service: service.Spec{ID: "s", Kind: "ollama", Name: "Tiny", URL: address}, Chat: service.ChatRequest{Model: "tiny:latest"},
	}))
	require.NoError(t, remote.Attach(t.Context(), id, 0, func(run.Delta) error { return nil }))
	return id
}

// onDisk says whether a text is anywhere in the files of a data directory.
func onDisk(t *testing.T, dir, text string) (found bool) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it went while it was looked for
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		found = found || bytes.Contains(content, []byte(text))
		return err
	}))
	return found
}

// A browser that erases a conversation has its answers erased in kai, on the disk too; those of another browser stay.
func TestABrowserErasesItsAnswersInKai(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	close(hold)
	a := open(t, dir)
	first, second := hosted(t, dir), hosted(t, dir)
	mine, other := answered(t, first, ollama(t, hold)), answered(t, second, ollama(t, hold))
	require.NoError(t, run.NewRemote(first).Forget(t.Context(), mine))
	list, err := run.NewRemote(first).List(t.Context())
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, other, list[0].ID)
	assert.True(t, onDisk(t, dir, "Hello, Ada."), "the other one's")
	require.NoError(t, run.NewRemote(second).Forget(t.Context(), other))
	shut(t, a)
	assert.False(t, onDisk(t, dir, "Hello, Ada."))
	list, err = run.NewRemote(hosted(t, reopened(t, dir))).List(t.Context())
	require.NoError(t, err)
	assert.Empty(t, list)
}

func reopened(t *testing.T, dir string) string {
	t.Helper()
	open(t, dir)
	return dir
}

// Deleting everything in the web app erases its own answers, on the disk too, and leaves those of a browser alone.
func TestDeletingAllInTheWebAppLeavesNothingOnDisk(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{})
	close(hold)
	a := open(t, dir)
	browser, peer := hosted(t, dir), view(t, a, dir)
	theirs := answered(t, browser, ollama(t, hold))
	note := filepath.Join(dir, app.ImportsFolder, "1.json") // as kai import leaves it
	require.NoError(t, os.MkdirAll(filepath.Dir(note), 0o700))
	require.NoError(t, os.WriteFile(note, []byte(`{}`), 0o600))
	sent := ask(t, peer, ollama(t, hold))
	require.NoError(t, peer.Stream(t.Context(), assistant.MethodRunAttach, assistant.Attach{Run: sent.Run}, func(json.RawMessage) error { return nil }, nil))
	require.NoError(t, peer.Call(t.Context(), assistant.MethodDataDeleteAll, assistant.Empty{}, nil))
	require.Eventually(t, func() bool {
		list, err := run.NewRemote(browser).List(context.Background())
		return err == nil && len(list) == 1 && list[0].ID == theirs
	}, 10*time.Second, 10*time.Millisecond)
	shut(t, a)
	assert.NoFileExists(t, note)
	assert.False(t, onDisk(t, dir, "Who am I?"), "the question was the web app's alone")
}
