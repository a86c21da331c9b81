package ollama

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheUsualLineIsReadAsATokenAndNoOther(t *testing.T) {
	usual := `{"model":"m","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":" wörld"},"done":false}`
	text, ok := token([]byte(usual))
	require.True(t, ok)
	require.Equal(t, " wörld", text)
	for about, line := range map[string]string{
		"cut":            usual[:len(usual)-1],
		"more after it":  usual + " ",
		"before it":      " " + usual,
		"escaped":        `{"model":"m","created_at":"","message":{"role":"assistant","content":"\n"},"done":false}`,
		"another field":  `{"model":"m","created_at":"","message":{"role":"assistant","content":"a","thinking":"b"},"done":false}`,
		"the last":       `{"model":"m","created_at":"","message":{"role":"assistant","content":""},"done":true}`,
		"a control":      "{\"model\":\"m\",\"created_at\":\"\",\"message\":{\"role\":\"assistant\",\"content\":\"\t\"},\"done\":false}",
		"no UTF-8":       "{\"model\":\"m\",\"created_at\":\"\",\"message\":{\"role\":\"assistant\",\"content\":\"\xff\"},\"done\":false}",
		"another order":  `{"created_at":"","model":"m","message":{"role":"assistant","content":"a"},"done":false}`,
		"a quoted model": `{"model":"\"","created_at":"","message":{"role":"assistant","content":"a"},"done":false}`,
	} {
		_, ok := token([]byte(line))
		require.False(t, ok, about)
	}
}

func FuzzToken(f *testing.F) {
	f.Add("m", "", " wörld", "")
	f.Add(`","created_at":"`, `\`, "\x00", " ")
	f.Fuzz(func(t *testing.T, model, created, content, rest string) {
		line := []byte(`{"model":"` + model + `","created_at":"` + created + `","message":{"role":"assistant","content":"` + content + `"},"done":false}` + rest)
		text, ok := token(line)
		if !ok {
			return
		}
		var l chatLine
		require.NoError(t, json.Unmarshal(line, &l))
		require.Equal(t, chatLine{Message: message{Role: "assistant", Content: text}}, l)
	})
}
