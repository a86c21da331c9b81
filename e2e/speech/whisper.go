package speech

import (
	"bytes"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whisper is a server that writes down what is said.
type Whisper struct {
	URL string

	tb testing.TB
}

// StartWhisper starts one that ends with the test.
func StartWhisper(tb testing.TB) *Whisper {
	tb.Helper()
	home, err := fetched(tb.Context())
	require.NoError(tb, err)
	settings, err := json.Marshal(map[string]any{ // YAML takes JSON
		"models": []any{map[string]any{
			"name": "whisper-1", "path": filepath.Join(home, "whisper"),
			"model_options": map[string]any{"device": "cpu", "compute_type": "int8", "cpu_threads": 1},
		}},
	})
	require.NoError(tb, err)
	file := filepath.Join(tb.TempDir(), "settings.yaml")
	require.NoError(tb, os.WriteFile(file, settings, 0o600))
	return &Whisper{URL: serve(tb, home, "/health", nil, "faster_whisper_server", "--config", file), tb: tb}
}

// Hears is what it writes down of a sound file.
func (w *Whisper) Hears(file string) string {
	w.tb.Helper()
	sound, err := os.ReadFile(file)
	require.NoError(w.tb, err)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", filepath.Base(file))
	require.NoError(w.tb, err)
	_, err = part.Write(sound)
	require.NoError(w.tb, err)
	require.NoError(w.tb, form.Close())
	var said struct{ Text string }
	require.NoError(w.tb, json.Unmarshal(post(w.tb, w.URL+"/v1/audio/transcriptions", form.FormDataContentType(), &body), &said))
	return said.Text
}

func post(tb testing.TB, url, kind string, body io.Reader) []byte {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, url, body)
	require.NoError(tb, err)
	r.Header.Set("Content-Type", kind)
	answer, err := http.DefaultClient.Do(r)
	require.NoError(tb, err)
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	require.NoError(tb, err)
	require.Equal(tb, http.StatusOK, answer.StatusCode, "%s", text)
	return text
}
