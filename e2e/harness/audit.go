package harness

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/stretchr/testify/require"
)

// Settle waits until nothing in the page fades or moves any more; what turns for as long as it waits may go on.
func (p *Page) Settle() {
	p.tb.Helper()
	p.Until("a page that has settled", `document.getAnimations().every((a) => a.effect.getComputedTiming().endTime === Infinity)`)
}

// Audit asks axe-core what in the page breaks WCAG or good practice, and wants nothing. where names the view in a failure.
// A colour that still fades in is not the one that is read, so the page settles first.
func (p *Page) Audit(where string) {
	p.tb.Helper()
	p.Settle()
	var loaded bool
	p.Eval(`typeof axe === "object"`, &loaded) // a page is looked at again and again
	if !loaded {
		program, err := os.ReadFile(filepath.Join(Root(p.tb), "extension", "node_modules", "axe-core", "axe.min.js"))
		require.NoError(p.tb, err)
		p.Eval("(() => { "+string(program)+"; return typeof axe === 'object' })()", &loaded)
	}
	require.True(p.tb, loaded, "axe runs in the view")
	var found []string
	p.Eval(`axe.run({resultTypes: ["violations"]}).then(({violations}) => violations.flatMap((v) => v.nodes.map((n) =>
		v.id + ": " + n.html.slice(0, 200) + "\n" + n.failureSummary)))`, &found)
	require.Empty(p.tb, found, "%s: %s", where, strings.Join(found, "\n"))
}
