package native_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// companion tells a browser about the built kai with a data folder of its own; kai ends with the test.
func companion(t *testing.T, home string, args ...string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	kai := func(args ...string) *exec.Cmd {
		cmd := exec.Command(harness.Built(t, "kai"), append([]string{"--data", data}, args...)...)
		cmd.Env = append(os.Environ(), "HOME="+home)
		return cmd
	}
	text, err := kai(append([]string{"native", "install"}, args...)...).CombinedOutput()
	require.NoError(t, err, "%s", text)
	t.Cleanup(func() { stopKai(t, data) })
}

// stopKai ends the kai that a browser started in the background.
func stopKai(t *testing.T, data string) {
	t.Helper()
	_ = exec.Command("pkill", "-TERM", "-f", "kai --data "+data).Run() // not there when no browser asked for it
	require.Eventually(t, func() bool {
		return exec.Command("pgrep", "-f", "kai --data "+data).Run() != nil
	}, 15*time.Second, 50*time.Millisecond, "kai did not end")
}

func connect(t *testing.T, p *harness.Page, url string) {
	t.Helper()
	p.Click("button", "Settings")
	p.Shows("Connected, version")
	p.Click("button", "Add a service")
	p.Fill("textbox", "Address", url)
	p.Click("button", "Save")
	p.Shows("through the companion")
	p.Click("button", "Back")
}

// throughKai says whether the server saw the question come from kai: no Origin, and not from a browser.
func throughKai(l *model.Line) bool {
	for _, r := range l.Requests() {
		if r.Path == "/api/chat" {
			return r.Origin == "" && !strings.Contains(r.UserAgent, "Mozilla")
		}
	}
	return false
}

func TestAnswersComeThroughTheCompanion(t *testing.T) {
	server := model.Start(t)
	start := map[string]func(t *testing.T) harness.Browser{
		"chromium": func(t *testing.T) harness.Browser {
			profile := t.TempDir()
			companion(t, t.TempDir(), "--browser", "chromium", "--profile", profile)
			return harness.StartChromium(t, harness.Options{Profile: profile})
		},
		"firefox": func(t *testing.T) harness.Browser {
			home := t.TempDir()
			companion(t, home, "--browser", "firefox")
			return harness.StartFirefox(t, harness.Options{}, home)
		},
	}
	for name, open := range start {
		t.Run(name, func(t *testing.T) {
			l := model.NewLine(t, server)
			p := harness.View(t, open(t), "tab")
			connect(t, p, l.URL)
			p.Fill("textbox", "Message", "hello kai")
			p.Press("Enter")
			p.Shows(model.Answer("hello kai"))
			require.True(t, throughKai(l), "%+v", l.Requests())
		})
	}
}

func TestAnAnswerInKaiSurvivesTheBrowser(t *testing.T) {
	l := model.NewLine(t, model.Start(t))
	profile := t.TempDir()
	companion(t, t.TempDir(), "--browser", "chromium", "--profile", profile)
	first := harness.StartChromium(t, harness.Options{Profile: profile})
	p := harness.View(t, first, "tab")
	connect(t, p, l.URL)
	l.Hold(5)
	p.Fill("textbox", "Message", "tell me a story")
	p.Press("Enter")
	p.Shows("Sentence 5 of the story.")
	first.Close()
	l.Open()
	again := harness.View(t, harness.StartChromium(t, harness.Options{Profile: profile}), "tab")
	again.TryClick("button", "tell me a story")
	again.Shows("Sentence 60 of the story.")
	var text string
	again.Eval(`document.querySelector("[role=log]").innerText`, &text)
	require.Equal(t, 1, strings.Count(text, "Sentence 5 of the story."), "nothing doubled")
	require.Equal(t, 60, strings.Count(text, "of the story."), "nothing missing")
}
