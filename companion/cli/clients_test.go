package cli_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A client's token opens the API until it is taken back; the others, and the person's own, are not disturbed.
func TestAClientIsLetInUntilItsTokenIsTakenBack(t *testing.T) {
	home := t.TempDir()
	p := start(t, home)
	status := func(token string) int { code, _ := get(t, p.url+"/api/status", token); return code }
	_, own, _ := outcome(t, kai(t, home, "token"))
	added := func(name string) string {
		code, out, stderr := outcome(t, kai(t, home, "clients", "add", name))
		require.Zero(t, code, stderr)
		return strings.TrimSpace(out)
	}
	one, two := added("one"), added("two")
	assert.Equal(t, http.StatusOK, status(one))
	_, list, _ := outcome(t, kai(t, home, "clients", "list"))
	assert.Regexp(t, `(?s)^one +since 20.*\ntwo +since 20`, list)
	assert.NotContains(t, list, one)

	code, _, stderr := outcome(t, kai(t, home, "clients", "revoke", "one"))
	require.Zero(t, code, stderr)
	assert.Equal(t, []int{http.StatusUnauthorized, http.StatusOK, http.StatusOK}, []int{status(one), status(two), status(strings.TrimSpace(own))})
	p.stop(t, os.Interrupt)
}
