package assistant

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// exported is the whole text of an export, checked against its end.
func (w *world) exported() (string, ExportEnd) {
	var b strings.Builder
	end, err := tryEmit[ExportEnd](w, MethodDataExport, Empty{}, func(_ context.Context, chunk any) error {
		text := chunk.(ExportChunk).Text
		assert.True(w.t, utf8.ValidString(text))
		assert.LessOrEqual(w.t, len(text), 2*exportChunk)
		b.WriteString(text)
		return nil
	})
	require.NoError(w.t, err)
	sum := sha256.Sum256([]byte(b.String()))
	assert.Equal(w.t, hex.EncodeToString(sum[:]), end.SHA256)
	assert.Equal(w.t, b.Len(), end.Bytes)
	return b.String(), end
}

func textOf(t *testing.T, v any) string {
	text, err := json.Marshal(v)
	require.NoError(t, err)
	return string(text)
}

func TestAnExportHoldsWhatAPersonHas(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		first := w.answered(Send{Text: "one"}, strings.Repeat("é and ", 60000))
		gone := w.answered(Send{Text: "trashed"}, "uno")
		ask[Conversation](w, MethodConversationDelete, ByID{gone.Conversation.ID})
		ask[Settings](w, MethodSettingsSet, map[string]string{"theme": "dark"})
		text, end := w.exported()
		var file struct {
			Format        string
			Version       int
			Conversations []Conversation
			Messages      []Message
			Services      []Service
			Settings      Settings
		}
		require.NoError(t, json.Unmarshal([]byte(text), &file))
		assert.Equal(t, "kai-export", file.Format)
		assert.Equal(t, 1, file.Version)
		require.Len(t, file.Conversations, 1)
		assert.Equal(t, first.Conversation, file.Conversations[0])
		require.Len(t, file.Messages, 2)
		assert.Equal(t, first.Message, file.Messages[0])
		assert.Len(t, file.Services, 1)
		assert.Equal(t, "dark", file.Settings.Theme)
		assert.Equal(t, 5, end.Records)
		again, _ := w.exported()
		assert.Equal(t, text, again, "equal contents give equal bytes")
		w.restart()
		again, _ = w.exported()
		assert.Equal(t, text, again)
	})
}

func TestAnExportOfNothingIsWhole(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		ask[Empty](w, MethodDataDeleteAll, Empty{})
		text, end := w.exported()
		assert.True(t, json.Valid([]byte(text)))
		assert.Equal(t, 1, end.Records, "the default settings")
	})
}

func TestAnExportEndsWithItsView(t *testing.T) {
	timeless(t, func(t *testing.T, w *world) {
		w.answered(Send{Text: "one"}, strings.Repeat("x", 1<<20))
		_, err := tryEmit[ExportEnd](w, MethodDataExport, Empty{}, func(context.Context, any) error { return context.Canceled })
		require.Error(t, err)
		synctest.Wait()
	})
}
