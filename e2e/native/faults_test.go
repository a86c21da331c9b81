package native_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// inMidAnswer opens a view in which an answer is being made in kai and has stopped after five sentences.
func inMidAnswer(t *testing.T, b harness.Browser, l *model.Line) *harness.Page {
	t.Helper()
	p := harness.View(t, b, "tab")
	connect(t, p, l.URL)
	l.Hold(5)
	ask(p, "tell me a story")
	p.Shows("Sentence 5 of the story.")
	return p
}

func TestAHostKilledInMidAnswerCostsNothing(t *testing.T) {
	server := model.Shared()
	inBoth(t, func(t *testing.T, c *companion, b harness.Browser) {
		l := model.NewLine(t, server)
		p := inMidAnswer(t, b, l)
		kai := c.pid()
		c.signal(syscall.SIGKILL, c.hosts()...)
		l.Open()
		wholeStory(t, p)
		require.Equal(t, kai, c.pid(), "kai went on meanwhile")
	})
}

// A killed kai leaves a socket, a lock's file and a journal behind; none of them is in the way of the next one.
func TestKaiKilledInMidAnswerKeepsWhatArrivedAndComesBack(t *testing.T) {
	server := model.Shared()
	inBoth(t, func(t *testing.T, c *companion, b harness.Browser) {
		l := model.NewLine(t, server)
		p := inMidAnswer(t, b, l)
		killed := c.pid()
		c.signal(syscall.SIGKILL, killed)
		p.Shows("kAI was closed while")
		require.Contains(t, p.Text(), "Sentence 5 of the story.")
		p.Screenshot("native-kai-killed-" + b.Name())
		l.Open()
		p.Click("button", "Settings")
		p.Shows("Connected, version")
		p.Click("button", "Back")
		ask(p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		require.NotContains(t, []int{0, killed}, c.pid(), "another one serves")
	})
}

// A stopped process keeps its pipes open: only asking shows that nobody is there.
func TestAHostThatHangsIsLeftForAnother(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, model.Shared())
	c := newCompanion(t)
	p := inMidAnswer(t, c.chromium(), l)
	hosts := c.hosts()
	t.Cleanup(func() { _ = syscall.Kill(hosts[0], syscall.SIGKILL) }) // the browser may have done it
	c.signal(syscall.SIGSTOP, hosts...)
	l.Open()
	wholeStory(t, p)
}

func TestAKaiThatHangsLeavesTheBrowserUsable(t *testing.T) {
	t.Parallel()
	l := model.NewLine(t, model.Shared())
	c := newCompanion(t)
	p := inMidAnswer(t, c.chromium(), l)
	kai := c.pid()
	c.signal(syscall.SIGSTOP, kai)
	t.Cleanup(func() { _ = syscall.Kill(kai, syscall.SIGCONT) })
	p.Shows("The kai program has not answered")
	p.Screenshot("native-kai-hangs")
	l.Open()
	c.signal(syscall.SIGCONT, kai)
	wholeStory(t, p)
}

// newer is the hello of a kai that this extension is too old for. It is refused once and not asked again by itself.
const newer = `{"v":7,"id":"hello","kind":"request","method":"hello","body":{"min":7,"max":9,"app":"kai","version":"9.0.0"}}`

// strange are ways for a host to be no kai, with what the person is told.
func strange() []struct{ name, how, says string } {
	return []struct{ name, how, says string }{
		{"ends at once", "exit", "the connection to kai ended"},
		{"writes what is no frame", "bytes hello, I am a program\n", "kai native doctor"},
		{"announces more than a browser takes", "long", "kai native doctor"},
		{"writes frames that are not JSON", "once {{{", "kai"},
		{"is newer than the extension", "once " + newer, "update the kAI extension"},
		{"floods with what is not the protocol", `flood {"hello":"world"}`, "keeps sending what is not this protocol"},
		{"floods with news that nobody asked for", `flood {"v":1,"kind":"event","method":"news","body":"x"}`, "floods"},
		{"says nothing", "wait", "said no hello"},
	}
}

// badHost installs a host that misbehaves in place of kai's, and gives the file that says how.
func badHost(t *testing.T, manifest string) (how string) {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "host")
	out, err := exec.Command("go", "build", "-o", program, "./testdata/badhost").CombinedOutput()
	require.NoError(t, err, "%s", out)
	text, err := os.ReadFile(manifest)
	require.NoError(t, err)
	var m map[string]any
	require.NoError(t, json.Unmarshal(text, &m))
	m["path"] = program
	text, err = json.Marshal(m)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(manifest, text, 0o600))
	return filepath.Join(dir, "how")
}

// manifestOf is the file by which a browser finds the host.
func manifestOf(c *companion, b harness.Browser) string {
	const name = "org.kindos.kai.json"
	if chromium, ok := b.(*harness.Chromium); ok {
		return filepath.Join(chromium.Profile, "NativeMessagingHosts", name)
	}
	return filepath.Join(c.home, ".mozilla", "native-messaging-hosts", name)
}

// Whatever a host does, the person is told what to do, and is answered without it meanwhile.
func TestAHostThatMisbehavesIsToldAndTheBrowserAnswersItself(t *testing.T) {
	server := model.Shared()
	inTurn(t, func(t *testing.T, c *companion, b harness.Browser) {
		l := model.NewLine(t, server)
		how := badHost(t, manifestOf(c, b))
		require.NoError(t, os.WriteFile(how, []byte("once "+newer), 0o600))
		p := harness.View(t, b, "tab")
		p.Click("button", "Settings")
		p.Shows("Found, but not working")
		require.Eventually(t, func() bool { // a banner comes and goes with each try to reach the host, and moves the button
			return p.Has("textbox", "Address") || p.TryClick("button", "Add a service") && p.Has("textbox", "Address")
		}, harness.Patience, harness.Patience/200, "the form of a service")
		p.Fill("textbox", "Address", l.URL)
		p.Press("Enter")
		p.Gone("textbox", "Address")
		for _, h := range strange() {
			t.Run(h.name, func(t *testing.T) {
				require.NoError(t, os.WriteFile(how, []byte(h.how), 0o600))
				before := len(l.Requests())
				require.Eventually(t, func() bool { // a look takes a while, and what it finds is read before the next one begins
					text := p.Text()
					if strings.Contains(text, h.says) {
						return true
					}
					if !strings.Contains(text, "Looking for it") {
						p.TryClick("button", "Look again")
					}
					return false
				}, harness.Patience, harness.Patience/60, "%s: %s", h.says, p.Text())
				p.Click("button", "Back")
				p.TryClick("button", "New chat")
				ask(p, "hello kai")
				p.Shows(model.Answer("hello kai"))
				require.Greater(t, len(l.Requests()), before)
				p.Click("button", "Settings")
			})
		}
	})
}

// The doctor's mending is seen by a real browser at once, whatever was broken.
func TestAfterTheDoctorABrowserFindsKai(t *testing.T) {
	replace := func(old, new string) func(string) error {
		return func(path string) error {
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600)
		}
	}
	inBoth(t, func(t *testing.T, c *companion, b harness.Browser) {
		manifest, script := manifestOf(c, b), filepath.Join(c.data, "native-host")
		args := []string{"native", "doctor", "--browser", b.Name()}
		if chromium, ok := b.(*harness.Chromium); ok {
			args = append(args, "--profile", chromium.Profile)
		}
		p := harness.View(t, b, "tab")
		p.Click("button", "Settings")
		p.Shows("Connected, version")
		for name, spoil := range map[string]func() error{
			"no manifest":     func() error { return os.Remove(manifest) },
			"half a manifest": func() error { return os.Truncate(manifest, 30) },
			"another extension's id": func() error {
				return errors.Join(replace("miahfkda", "aiahfkda")(manifest), replace("kai@kindos", "not@kindos")(manifest))
			},
			"a path that leads nowhere": func() error { return replace("/native-host", "/moved")(manifest) },
			"no start script":           func() error { return os.Remove(script) },
			"kai was moved":             func() error { return replace(harness.Built(t, "kai"), "/old/kai")(script) },
			"not executable":            func() error { return os.Chmod(script, 0o600) },
		} {
			t.Run(name, func(t *testing.T) {
				require.NoError(t, spoil())
				c.stop() // what is broken shows when the browser looks for kai again
				p.Until("the connection to be lost", `!document.body.innerText.includes("Connected, version")`)
				text, err := c.run(args...)
				require.Error(t, err, text)
				text, err = c.run(append(args, "--fix")...)
				require.NoError(t, err, text)
				require.Contains(t, text, "mended")
				require.Eventually(t, func() bool {
					p.TryClick("button", "Look again")
					return strings.Contains(p.Text(), "Connected, version")
				}, harness.Patience, harness.Patience/200, "%s", text)
			})
		}
	})
}
