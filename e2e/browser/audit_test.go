package browser_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// audit asks axe-core what in a view breaks WCAG or good practice, and wants nothing.
func audit(t *testing.T, p *harness.Page, where string) {
	t.Helper()
	program, err := os.ReadFile(filepath.Join("..", "..", "extension", "node_modules", "axe-core", "axe.min.js"))
	require.NoError(t, err)
	var loaded bool
	p.Eval(string(program)+"; typeof axe === 'object'", &loaded)
	require.True(t, loaded, "axe runs in the view")
	var found []string
	p.Eval(`axe.run({resultTypes: ["violations"]}).then(({violations}) => violations.flatMap((v) => v.nodes.map((n) =>
		v.id + ": " + n.html.slice(0, 200) + "\n" + n.failureSummary)))`, &found)
	require.Empty(t, found, "%s: %s", where, strings.Join(found, "\n"))
}
