package cli_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// said runs a command that succeeds and answers what it printed.
func said(t *testing.T, home string, args ...string) string {
	t.Helper()
	code, out, errs := outcome(t, kai(t, home, args...))
	require.Equal(t, 0, code, "%s%s", out, errs)
	return out
}

func TestTwoRunningKaiAllowEachOther(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	server := start(t, two, "--set", "features.federation=true")
	start(t, one, "--set", "features.federation=true")
	text := said(t, two, "klp", "status")
	assert.Contains(t, text, "federation  on\n")
	assert.Contains(t, text, "NOBODY ELSE CAN REACH IT: networking.bindAddress is this computer alone.")
	me := func(home string) string { return strings.Fields(said(t, home, "klp", "identity"))[0] }
	said(t, two, "klp", "allow", me(one), "--name", "laptop", "--tasks")
	said(t, one, "klp", "allow", me(two), "--name", "server", "--url", strings.Replace(server.url, "http", "ws", 1))
	require.Eventually(t, func() bool { return strings.Contains(said(t, one, "klp", "peers"), "connected, takes questions") }, 10*time.Second, 50*time.Millisecond)

	code, _, errs := outcome(t, kai(t, one, "klp", "ask", "server", "Anybody there?"))
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "the other kai did not answer: ")
	var status map[string]any
	require.NoError(t, json.Unmarshal([]byte(said(t, one, "klp", "status", "--json")), &status))
	assert.InDelta(t, 1, status["connected"], 0)
	said(t, two, "klp", "remove", "laptop")
	require.Eventually(t, func() bool { return strings.Contains(said(t, one, "klp", "peers"), "is not allowed here") }, 10*time.Second, 50*time.Millisecond)
}

func TestFederationIsOffUnlessItIsAskedFor(t *testing.T) {
	home := t.TempDir()
	start(t, home)
	assert.Contains(t, said(t, home, "klp", "status"), "federation  off")
	code, _, errs := outcome(t, kai(t, home, "klp", "ask", "ada", "hello"))
	assert.Equal(t, 3, code)
	assert.Contains(t, errs, "federation is off; set features.federation to true and start kai run again")
}
