package native_test

import (
	"os"
	"testing"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// TestMain serves one real Ollama for all tests of the package; a test that changes it or counts what it is asked has a line
// or a server of its own.
func TestMain(m *testing.M) { os.Exit(model.Main(m)) }

// inBare runs a test of the web app in each browser without the extension, beside other tests.
func inBare(t *testing.T, test func(t *testing.T, b harness.Browser)) {
	t.Helper()
	t.Parallel()
	harness.InEach(t, harness.Options{Bare: true}, test)
}
