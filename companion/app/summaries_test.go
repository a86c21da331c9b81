package app_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/summaries"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/protocol"
)

// lengthy is a conversation with something to sum up.
func lengthy(t *testing.T, peer *protocol.Peer, address string) string {
	t.Helper()
	added := call[assistant.ServiceView](t, peer, assistant.MethodServiceAdd, assistant.PutService{Kind: "ollama", Name: "Tiny", URL: address})
	id := ""
	for range 3 {
		sent := call[assistant.Sent](t, peer, assistant.MethodMessageSend, assistant.Send{Conversation: id, Text: strings.Repeat("secret ", 1500), Service: added.ID, Model: "tiny:latest"})
		id = sent.Conversation.ID
		require.NoError(t, peer.Stream(t.Context(), assistant.MethodRunAttach, assistant.Attach{Run: sent.Run}, func(json.RawMessage) error { return nil }, nil))
	}
	return id
}

// A view begins a summary and is closed, and kai ends in the middle: the next kai writes it, and the conversation has it.
func TestASummaryOfKaisOwnConversationOutlivesKai(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{}, 100)
	for range 3 {
		hold <- struct{}{} // for the answers
	}
	address := ollama(t, hold)
	a := open(t, dir)
	id := lengthy(t, view(t, a, dir), address)
	ctx, closed := context.WithCancel(t.Context())
	err := view(t, a, dir).Stream(ctx, assistant.MethodConversationSummarise, assistant.Summarise{ID: id}, func(json.RawMessage) error { closed(); return nil }, nil)
	require.Error(t, err)
	closed()
	tasks := call[[]queue.Task](t, hosted(t, dir), app.MethodTasksList, queue.Filter{Kind: summaries.Kind})
	require.Len(t, tasks, 1)
	assert.NotContains(t, string(call[queue.Task](t, hosted(t, dir), app.MethodTasksShow, app.TaskID{ID: tasks[0].ID}).Body), "secret")
	shut(t, a)

	again := open(t, dir)
	hold <- struct{}{}
	taskUntil(t, dir, tasks[0].ID, func(task queue.Task) bool { return task.State == queue.Done })
	kept := call[assistant.Conversation](t, view(t, again, dir), assistant.MethodConversationGet, assistant.ByID{ID: id})
	require.NotNil(t, kept.Summary)
	assert.Equal(t, "Hello, Ada.", kept.Summary.Text)
	assert.Nil(t, kept.Summing)
	left, err := os.ReadDir(filepath.Join(dir, "summaries"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// Deleting everything ends what is being summed up and removes what was to be read.
func TestDeletingEverythingEndsSummaries(t *testing.T) {
	dir, hold := t.TempDir(), make(chan struct{}, 100)
	for range 3 {
		hold <- struct{}{}
	}
	a := open(t, dir)
	peer := view(t, a, dir)
	id := lengthy(t, peer, ollama(t, hold))
	other := view(t, a, dir)
	begun := make(chan struct{})
	ended := make(chan error, 1)
	go func() {
		first := true
		ended <- other.Stream(t.Context(), assistant.MethodConversationSummarise, assistant.Summarise{ID: id}, func(json.RawMessage) error {
			if first {
				first = false
				close(begun)
			}
			return nil
		}, nil)
	}()
	<-begun
	call[assistant.Empty](t, peer, assistant.MethodDataDeleteAll, assistant.Empty{})
	require.Error(t, <-ended)
	require.Eventually(t, func() bool {
		left, _ := os.ReadDir(filepath.Join(dir, "summaries"))
		return len(left) == 0 && len(call[[]queue.Task](t, hosted(t, dir), app.MethodTasksList, queue.Filter{Kind: summaries.Kind})) == 0
	}, 10*time.Second, 10*time.Millisecond)
}
