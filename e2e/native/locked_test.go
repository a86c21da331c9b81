package native_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// locked runs a kai that the password of its vault opens, and gives its address and how to run a command of it.
func locked(t *testing.T) (url string, command func(stdin string, args ...string)) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	command = func(stdin string, args ...string) {
		t.Helper()
		cmd := exec.Command(harness.Built(t, "kai"), append([]string{"--data", data}, args...)...)
		cmd.Stdin = strings.NewReader(stdin)
		text, err := cmd.CombinedOutput()
		require.NoError(t, err, string(text))
	}
	command("correct horse\n", "vault", "init", "--password-stdin")
	cmd := exec.Command(harness.Built(t, "kai"), "--data", data, "run", "--port", "0", "--set", "services.ollama=false", "--set", "auth.mode=local_vault")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		require.NoError(t, cmd.Wait(), "stopping is no failure")
	})
	for lines := bufio.NewScanner(out); url == "" && lines.Scan(); {
		_, url, _ = strings.Cut(lines.Text(), " is ready: ")
	}
	require.NotEmpty(t, url, "kai did not become ready")
	return url, command
}

// A locked kai asks for its password and shows nothing else; locking it again takes everything away, from the page and
// from what the browser keeps.
func TestTheWebAppIsLockedUntilThePasswordIsGiven(t *testing.T) {
	inBare(t, func(t *testing.T, b harness.Browser) {
		url, command := locked(t)
		p := b.Open(t, url)
		p.Shows("kAI is locked")
		p.Screenshot("webapp-locked-" + b.Name())
		if b.Name() == "chromium" { // Firefox cannot be told a system theme
			p.Dark(true)
			p.Screenshot("webapp-locked-dark")
			p.Dark(false)
		}
		p.Press("Enter") // the focus is where it is needed
		p.Shows("Type the password first.")
		p.Type("wrong horse")
		p.Press("Enter")
		p.Shows("The password is wrong.")
		p.Audit("the locked web app")
		p.Screenshot("webapp-locked-wrong-" + b.Name())
		p.Type("correct horse") // what was wrong is selected
		p.Press("Enter")
		p.Shows("Welcome to kAI")
		p.Shows("Not running") // the assistant has answered
		var kept string
		p.Eval(`localStorage.getItem("kai-snapshot") ?? ""`, &kept)
		require.Empty(t, kept, "the browser keeps no list of conversations")

		command("", "vault", "lock")
		p.Shows("kAI is locked")
		var focus string
		p.Eval(`document.activeElement.type`, &focus)
		require.Equal(t, "password", focus, "what is typed in the moment that it shows is part of the password")
		require.NotContains(t, p.Text(), "Welcome to kAI")
		p.Type("correct horse")
		p.Click("button", "Unlock")
		p.Shows("Welcome to kAI")
		var copies int
		p.Eval(`indexedDB.databases().then((all) => all.length)`, &copies)
		require.Zero(t, copies, "no copy is kept by itself where a password guards kai")
		p.Click("button", "Settings")
		p.Click("button", "Sign out")
		p.Shows("kAI is locked")
		p.Until("nothing is kept", `localStorage.length === 0`)
	})
}
