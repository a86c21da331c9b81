package cli_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A running kai takes over what it can when its configuration is changed, says what needs a restart, and keeps what is in
// force when the file is made wrong by hand.
func TestARunningKaiIsToldOfItsConfiguration(t *testing.T) {
	home := t.TempDir()
	file := filepath.Join(home, "next.yaml")
	require.NoError(t, os.WriteFile(file, []byte("storage: {cache: redis}\nnetworking: {cors: {origins: ['https://a.example']}}\n"), 0o600))
	code, _, stderr := outcome(t, kai(t, home, "config", "reload"))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "kai is not running")
	p := start(t, home)

	code, out, stderr := outcome(t, kai(t, home, "config", "apply", file))
	assert.Zero(t, code, stderr)
	assert.Contains(t, out, "The running kai has taken over: networking.cors.origins.\n"+
		"These hold after a restart of kai: storage.cache.\n")

	inForce := filepath.Join(home, "data", "standalone.yaml")
	require.NoError(t, os.WriteFile(inForce, []byte("networking: {cors: {origins: ['*'], credentials: true}, prot: 1}\n"), 0o600))
	code, _, stderr = outcome(t, kai(t, home, "config", "reload"))
	assert.Equal(t, 2, code)
	assert.Contains(t, stderr, "the running kai does not take the new configuration: "+inForce+":1:31: networking.cors.origins[0]: every website could act with your cookie")
	assert.Contains(t, stderr, "networking.prot: there is no such key; did you mean port?")
	log, err := os.ReadFile(p.stderr.Name())
	require.NoError(t, err)
	assert.Contains(t, string(log), "the new configuration is not taken, the old one stays")

	code, out, stderr = outcome(t, kai(t, home, "config", "rollback"))
	assert.Zero(t, code, stderr)
	assert.Contains(t, stderr, "in force is wrong")
	assert.Contains(t, out, "These hold after a restart of kai: storage.cache.\n", "back to what was applied, not to what was before")
	require.NoError(t, os.WriteFile(inForce, []byte("networking: {cors: {enabled: false}}\n"), 0o600))
	code, out, _ = outcome(t, kai(t, home, "config", "reload"))
	assert.Zero(t, code)
	assert.Equal(t, "The running kai has taken over: networking.cors.enabled, networking.cors.origins.\n", out)
	code, out, _ = outcome(t, kai(t, home, "config", "reload"))
	assert.Zero(t, code)
	assert.Equal(t, "The running kai has it already.\n", out)
	p.stop(t, os.Interrupt)
}
