package redact_test

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/kindos/kai/companion/redact"
)

func TestSecretsAreKnownByNameShapeAndHeart(t *testing.T) {
	r := redact.New("correct horse battery", "short")
	for text, want := range map[string]string{
		"Authorization: Bearer abc.def-123":                               "Authorization: *** ***",
		"bearer abcdef":                                                   "bearer ***",
		"dial postgresql://kai:s3cret@db/kos: refused":                    "dial postgresql://***@db/kos: refused",
		"password=hunter2 for ada":                                        "password=*** for ada",
		`{"password": "hunter \"2", "user": "ada"}`:                       `{"password": ***, "user": "ada"}`,
		"x-api-key: 12345, next":                                          "x-api-key: ***, next",
		"http://127.0.0.1:8080/login?once=AbC123":                         "http://127.0.0.1:8080/login?once=***",
		"key sk-proj-0123456789abcdef is wrong":                           "key *** is wrong",
		"ghp_0123456789abcdefABCDEF":                                      "***",
		"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl":               "***",
		"https://hooks.slack.com/services/T0/B0/x":                        "https://***",
		"-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\nx": "***\nx",
		"-----BEGIN EC PRIVATE KEY-----\nMIIE":                            "***",
		"gJ4nd82hKqLmNp7RsTuVwXyZ0123456789abcdefGHI":                     "***",
		"the words correct horse battery staple":                          "the words *** staple",
		// What helps is not hidden.
		"short words stay": "short words stay",
		"record 0190f4a2-7c3e-7abc-8def-0123456789ab":                                 "record 0190f4a2-7c3e-7abc-8def-0123456789ab",
		"sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08":     "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		"open /home/Ada/Documents/Kai2024/data/kai.db: no such file or directory":     "open /home/Ada/Documents/Kai2024/data/kai.db: no such file or directory",
		"nobody answers at http://localhost:11434; is Ollama running? max_tokens 100": "nobody answers at http://localhost:11434; is Ollama running? max_tokens 100",
	} {
		assert.Equal(t, want, r.Text(text))
	}
}

func TestLogsHoldNoSecrets(t *testing.T) {
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{ReplaceAttr: redact.New("by heart").Attr}))
	log.With("api_key", "hunter2").Error("login with password=hunter2 by heart", "token", []byte("hunter2"), "error", errors.New("bearer hunter2"),
		slog.Group("request", "cookie", "hunter2", "path", "/x", "url", "http://a:hunter2@b"), "took", time.Second, "n", 7, "list", []string{"secret=hunter2"})
	assert.NotContains(t, out.String(), "hunter2")
	assert.NotContains(t, out.String(), "by heart")
	for _, kept := range []string{`"level":"ERROR"`, `"n":7`, `"took":1000000000`, `"path":"/x"`, "login with"} {
		assert.Contains(t, out.String(), kept)
	}
}

// Nothing that is known by heart passes, whatever stands around it.
func FuzzText(f *testing.F) {
	f.Add("a", "b")
	f.Add("password=", "\"")
	f.Add("-----BEGIN PRIVATE KEY-----", "\xff")
	f.Fuzz(func(t *testing.T, before, after string) {
		assert.NotContains(t, redact.New("planted!").Text(before+"planted!"+after), "planted!")
	})
}
