package speech

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// Piper is a server that says texts. It makes WAV alone where there is no ffmpeg, and refuses MP3.
type Piper struct {
	URL string

	tb testing.TB
}

// StartPiper starts one that ends with the test. Without noise in its voice it says the same text the same way each time.
func StartPiper(tb testing.TB) *Piper {
	tb.Helper()
	home, err := fetched(tb.Context())
	require.NoError(tb, err)
	data := tb.TempDir()
	settings, err := json.Marshal(map[string]any{
		"voices_dir": filepath.Join(home, "voices"), "api_default_voice": "en_US-joe-medium", "device": "cpu", "api_noise_scale": 0, "api_noise_w_scale": 0,
	})
	require.NoError(tb, err)
	require.NoError(tb, os.WriteFile(filepath.Join(data, "settings.json"), settings, 0o600))
	env := []string{"LOCAL_TTS_DATA_DIR=" + data}
	return &Piper{URL: serve(tb, home, "/api/health", env, "local_tts.cli"), tb: tb}
}

// Says is a WAV file in which it says a text.
func (p *Piper) Says(text string) string {
	p.tb.Helper()
	asked, err := json.Marshal(map[string]any{"model": "tts-1", "voice": "alloy", "input": text, "response_format": "wav"})
	require.NoError(p.tb, err)
	file := filepath.Join(p.tb.TempDir(), "said.wav")
	require.NoError(p.tb, os.WriteFile(file, post(p.tb, p.URL+"/v1/audio/speech", "application/json", bytes.NewReader(asked)), 0o600))
	return file
}
