package browser_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// A key is used to ask, and is in clear nowhere in what the browser stores. The next life of the program can use it, too.
func TestTheKeyOfAServiceIsSealed(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		l := line(t)
		p := view(t, b, "tab", l)
		addKeyed(t, p, l)
		var stored string
		p.Eval(everything, &stored)
		require.Contains(t, stored, "Keyed")
		require.Contains(t, stored, "sealed:")
		require.NotContains(t, stored, key)

		killRuntime(t, b)
		p.Front()
		before := len(l.Requests())
		p.Click("button", "Test Keyed")
		require.Eventually(t, func() bool {
			seen := l.Requests()
			return len(seen) > before && seen[len(seen)-1].Authorization == "Bearer "+key
		}, harness.Patience, 50*time.Millisecond, "the service is asked with its key")
	})
}
