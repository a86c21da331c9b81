package cli_test

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The scripts are what each shell can read, as far as that shell is here; all of them ask kai itself for the words.
func TestEveryShellGetsACompletionScript(t *testing.T) {
	home := t.TempDir()
	for shell, check := range map[string][]string{"bash": {"bash", "-n"}, "zsh": {"zsh", "-n"}, "fish": {"fish", "--no-execute"}, "powershell": nil} {
		code, script, errs := outcome(t, kai(t, home, "completion", shell))
		require.Zero(t, code, errs)
		assert.Contains(t, script, "__complete", shell)
		if len(check) == 0 {
			continue
		}
		if _, err := exec.LookPath(check[0]); err != nil {
			continue
		}
		cmd := exec.Command(check[0], check[1:]...) //nolint:gosec // a shell that only reads
		cmd.Stdin = strings.NewReader(script)
		out, err := cmd.CombinedOutput()
		assert.NoError(t, err, "%s: %s", shell, out)
	}
}

func TestCompletionOffersWhatFits(t *testing.T) {
	home := t.TempDir()
	for line, want := range map[string]string{
		"ru": "run", "native do": "doctor", "config explain networking.p": "networking.port", "modes cl": "cluster", "config show --mode b": "browser",
	} {
		code, out, errs := outcome(t, kai(t, home, append([]string{"__complete"}, strings.Fields(line)...)...))
		require.Zero(t, code, errs)
		assert.Contains(t, out, want, line)
	}
}
