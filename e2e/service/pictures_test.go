package service_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/model"
)

// dot is a PNG of one point.
const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// The real Ollama decodes what both kinds send as pictures. Its model here sees nothing; what it says of that is shown.
func pictures(t *testing.T, w world) {
	shown, err := w.gateway.Show(t.Context(), w.ollama(), model.Scripted)
	require.NoError(t, err)
	require.NotEmpty(t, shown.Capabilities)
	require.NotContains(t, shown.Capabilities, "vision")
	r := ask("hello kai")
	r.Messages[0].Images = []string{dot}
	for name, s := range map[string]func() (string, error){
		"ollama": func() (string, error) { got, _, err := w.chat(t, w.ollama(), r); return got.Text, err },
		"openai": func() (string, error) { got, _, err := w.chat(t, w.openai(), r); return got.Text, err },
	} {
		text, err := s()
		t.Logf("%s: %q, %v", name, text, err)
		require.True(t, err != nil || strings.TrimSpace(text) != "", name)
	}
	r.Messages[0].Images = []string{"not base64"}
	_, _, err = w.chat(t, w.ollama(), r)
	t.Logf("what is no base64: %v", err)
	require.Error(t, err, "it reads them")
}
