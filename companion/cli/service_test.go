package cli_test

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Where no systemd of the user answers, as under this test's empty environment, the unit is written and kai says how to go
// on; taking it back works all the same.
func TestAServiceWithoutSystemd(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the words are systemd's")
	}
	home := t.TempDir()
	unit := filepath.Join(home, ".config", "systemd", "user", "kai.service")
	for _, step := range []string{"start", "stop", "status"} {
		code, _, stderr := outcome(t, kai(t, home, "service", step))
		assert.Equal(t, 3, code, step)
		assert.Contains(t, stderr, "kai service install", step)
	}
	code, _, stderr := outcome(t, kai(t, home, "--config", "kai.yaml", "service", "install"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, unit+" is written, but the system could not be told")
	text, err := os.ReadFile(unit)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"--data" "`+filepath.Join(home, "data")+`" "--config" "`+filepath.Join(home, "kai.yaml")+`" "run" "--service"`)

	encrypted := kai(t, home, "service", "install")
	encrypted.Env = append(encrypted.Env, "KAI_TLS_CERT=kai.pem", "KAI_TLS_KEY=kai.key")
	code, _, _ = outcome(t, encrypted)
	assert.Equal(t, 3, code)
	text, err = os.ReadFile(unit)
	require.NoError(t, err)
	assert.Contains(t, string(text), `"run" "--service" "--tls-cert" "`+filepath.Join(home, "kai.pem")+`" "--tls-key" "`+filepath.Join(home, "kai.key")+`"`)

	p := start(t, home)
	code, _, stderr = outcome(t, kai(t, home, "service", "start"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "runs already")
	code, out, _ := outcome(t, kai(t, home, "service", "status"))
	assert.Zero(t, code)
	assert.Contains(t, out, "It runs (process ")
	p.stop(t, os.Interrupt)
	_, out, _ = outcome(t, kai(t, home, "service", "uninstall"))
	assert.Contains(t, out, "is removed")
	assert.NoFileExists(t, unit)
}
