package native_test

import (
	"bufio"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// standalone runs kai by itself on a free port and gives its address and a sign-in link.
func standalone(t *testing.T) (url, link string) {
	t.Helper()
	url, link, _ = stoppable(t)
	return url, link
}

// stoppable is standalone with a way to stop it before the test ends.
func stoppable(t *testing.T) (url, link string, stop func()) {
	t.Helper()
	cmd, link := serving(t, filepath.Join(t.TempDir(), "data"), "0")
	stop = sync.OnceFunc(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		require.NoError(t, cmd.Wait(), "stopping is no failure")
	})
	t.Cleanup(stop)
	url, _, _ = strings.Cut(link, "/login")
	return url, link, stop
}

// lastingPort is a free port that the system gives nobody who asks for any: a kai that was stopped finds it free again.
func lastingPort(t *testing.T) string {
	t.Helper()
	for range 100 {
		port := strconv.Itoa(20000 + rand.IntN(10000)) //nolint:gosec // no secret
		l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:"+port)
		if err == nil {
			require.NoError(t, l.Close())
			return port
		}
	}
	t.Fatal("no port is free")
	return ""
}

// serving runs a kai at a port, 0 for any, until the test ends or it is stopped. It gives the link that signs in.
func serving(t *testing.T, data, port string) (cmd *exec.Cmd, link string) {
	t.Helper()
	cmd = exec.Command(harness.Built(t, "kai"), "--data", data, "run", "--port", port, "--set", "services.ollama=false")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }) // it may have ended
	for lines := bufio.NewScanner(out); link == "" && lines.Scan(); {
		if at, ok := strings.CutPrefix(lines.Text(), "Sign in once with: "); ok {
			link = at
		}
	}
	require.NotEmpty(t, link, "kai did not become ready")
	return cmd, link
}

func TestTheWebAppIsTheSameAssistant(t *testing.T) {
	server := model.Shared()
	inBare(t, func(t *testing.T, b harness.Browser) {
		l := model.NewLine(t, server)
		url, link := standalone(t)
		stranger := b.Open(t, url)
		stranger.Shows("Is it you?")
		stranger.Screenshot("webapp-signin-" + b.Name())

		p := b.Open(t, link)
		p.Shows("Not running") // the list of services moves while it is being made
		p.Click("button", "Add another service")
		p.Fill("textbox", "Address", l.URL)
		p.Click("button", "Save")
		p.Fill("textbox", "Message", "hello kai")
		p.Press("Enter")
		p.Shows(model.Answer("hello kai"))
		p.Screenshot("webapp-answer-" + b.Name())
		var violations int
		p.Eval(`new Promise((done) => { const seen = []; document.addEventListener("securitypolicyviolation", (e) => seen.push(e)); setTimeout(() => done(seen.length), 100) })`, &violations)
		require.Zero(t, violations, "the app lives under kai's content policy")

		stranger.Go(url)
		stranger.Shows("hello kai")
		var where string
		p.Eval("location.href", &where)
		require.NotContains(t, where, "once=", "no secret stays in the address")
	})
}
