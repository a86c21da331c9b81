package app_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
)

// loaded resolves a file as the command line does.
func loaded(t *testing.T, text string) (app.Loaded, error) {
	t.Helper()
	root, err := config.ParseJSON("kai.json", []byte(text))
	require.NoError(t, err)
	r, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
	return app.Loaded{Config: r.Config, Trace: r.Trace}, err
}

// answers says how a kai answers a request of an origin.
func answers(t *testing.T, a *app.App, origin string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.URL()+"/healthz", nil)
	require.NoError(t, err)
	r.Header.Set("Origin", origin)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	return resp.StatusCode
}

// watched says whether the health of a kai tells of Ollama.
func watched(t *testing.T, a *app.App) bool {
	t.Helper()
	return slices.ContainsFunc(a.Health(t.Context()).Steps, func(s driver.StepHealth) bool { return s.Step == driver.StepOllama })
}

func TestWhatMayChangeLiveDoesAndTheRestIsNamed(t *testing.T) {
	const base = `"networking": {"port": 0`
	file := `{` + base + `}, "services": {"ollama": false}}`
	var log bytes.Buffer
	first, err := loaded(t, file)
	require.NoError(t, err)
	a := open(t, t.TempDir(), func(o *app.Options) {
		o.Config, o.Trace = first.Config, first.Trace
		o.Load = func() (app.Loaded, error) { return loaded(t, file) }
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	assert.Equal(t, http.StatusForbidden, answers(t, a, "https://a.example"))
	assert.False(t, watched(t, a))

	got, err := a.Reload()
	require.NoError(t, err)
	assert.Equal(t, app.Reloaded{Applied: []string{}, Restart: []string{}}, got, "nothing has changed")

	file = `{` + base + `, "bindAddress": "127.0.0.2", "cors": {"origins": ["https://a.example"]}}, "storage": {"cache": "redis"}}`
	got, err = a.Reload()
	require.NoError(t, err)
	assert.Equal(t, app.Reloaded{
		Applied: []string{"services.ollama", "networking.cors.origins"},
		Restart: []string{"storage.cache", "networking.bindAddress"},
	}, got)
	assert.Equal(t, http.StatusOK, answers(t, a, "https://a.example"))
	assert.True(t, watched(t, a))

	got, err = a.Reload()
	require.NoError(t, err)
	assert.Equal(t, app.Reloaded{Applied: []string{}, Restart: []string{"storage.cache", "networking.bindAddress"}}, got, "a restart is needed until there was one")

	for name, wrong := range map[string]string{
		"two mistakes":   `{` + base + `, "prot": 1}, "storage": {"db": "oracle"}}`,
		"let all in":     `{` + base + `, "bindAddress": "0.0.0.0"}}`,
		"not this build": `{` + base + `}, "storage": {"db": "duckdb"}}`,
	} {
		if name == "not this build" && app.HasDuckDB {
			continue
		}
		file = wrong
		_, err = a.Reload()
		assert.Contains(t, []fault.Code{fault.Invalid, fault.Unsupported}, fault.CodeOf(err), name)
		assert.Equal(t, http.StatusOK, answers(t, a, "https://a.example"), "the old one stays")
	}
	assert.Contains(t, log.String(), "level=ERROR")
	assert.Contains(t, log.String(), "networking.prot: there is no such key")
	assert.Contains(t, log.String(), "storage.db")
	file = `{` + base + `, "cors": {"enabled": false}}, "services": {"ollama": false}}`
	_, err = a.Reload()
	require.NoError(t, err)
	assert.Equal(t, http.StatusForbidden, answers(t, a, "https://a.example"))
	assert.False(t, watched(t, a))
}
