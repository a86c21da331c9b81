package harness

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// GeckoID is the extension's id in Firefox.
const GeckoID = "kai@kindos.org"

// Firefox is a running Firefox.
type Firefox struct {
	Profile string
	Home    string // HOME of the browser: native messaging manifests are looked up under it
	uuid    string
	bidi    *bidi
	cmd     *exec.Cmd
	closed  bool
}

// StartFirefox starts Firefox headless and installs the extension; it ends with the test. Home, when given, is the HOME
// of the browser.
func StartFirefox(tb testing.TB, o Options, home string) *Firefox {
	tb.Helper()
	if o.Profile == "" {
		o.Profile = tb.TempDir()
	}
	if home == "" {
		home = tb.TempDir()
	}
	if o.Extension == "" && !o.Bare {
		o.Extension = Built(tb, "firefox")
	}
	f := &Firefox{Profile: o.Profile, Home: home}
	url := f.start(tb, o)
	tb.Cleanup(f.end)
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var err error
	f.bidi, err = dialBidi(ctx, url+"/session")
	require.NoError(tb, err)
	require.NoError(tb, f.bidi.call(ctx, "session.new", map[string]any{"capabilities": map[string]any{}}, nil))
	if !o.Bare {
		f.install(ctx, tb, o.Extension)
	}
	return f
}

// start runs the program and returns the WebSocket address that it prints.
func (f *Firefox) start(tb testing.TB, o Options) string {
	tb.Helper()
	prefs := firefoxPrefs(f.Downloads()) + microphonePrefs(o)
	require.NoError(tb, os.WriteFile(filepath.Join(f.Profile, "user.js"), []byte(prefs), 0o600))
	program := "firefox-esr"
	if path := os.Getenv("KAI_FIREFOX"); path != "" {
		program = path
	}
	f.cmd = exec.Command(program, "--headless", "--no-remote", "--profile", f.Profile, //nolint:gosec // the test's own browser
		"--remote-debugging-port=0", "--remote-allow-system-access")
	grouped(f.cmd)
	f.cmd.Env = append(os.Environ(), "HOME="+f.Home, "MOZ_HEADLESS=1")
	if o.Sound != nil {
		f.cmd.Env = append(f.cmd.Env, o.Sound.environment()...)
	}
	out, err := f.cmd.StderrPipe()
	require.NoError(tb, err)
	require.NoError(tb, f.cmd.Start(), "start Firefox (`make deps` installs it)")
	return f.address(tb, out)
}

// firefoxPrefs keep Firefox quiet, open nothing at its start, save what is downloaded without a question, and keep what an extension stored when a
// profile is started again, although this extension is there for one run only.
func firefoxPrefs(downloads string) string {
	const quiet = `user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("app.update.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("extensions.webextensions.keepStorageOnUninstall", true);
user_pref("extensions.webextensions.keepUuidOnUninstall", true);
user_pref("browser.startup.page", 0);
user_pref("browser.startup.homepage", "about:blank");
user_pref("browser.newtabpage.enabled", false);
user_pref("browser.newtab.preload", false);
user_pref("dom.ipc.processPrelaunch.enabled", false);
user_pref("browser.download.folderList", 2);
user_pref("browser.download.useDownloadDir", true);
user_pref("browser.download.always_ask_before_handling_new_types", false);
`
	return quiet + `user_pref("browser.download.dir", ` + quote(downloads) + ");\n"
}

func microphonePrefs(o Options) string {
	switch {
	case o.Muted:
		return "user_pref(\"media.navigator.streams.fake\", true);\nuser_pref(\"permissions.default.microphone\", 2);\n"
	case o.Sound != nil:
		return "user_pref(\"media.navigator.permission.disabled\", true);\n"
	default:
		return ""
	}
}

func (f *Firefox) address(tb testing.TB, out io.Reader) string {
	tb.Helper()
	found := make(chan string, 1)
	go func() {
		listening := regexp.MustCompile(`WebDriver BiDi listening on (ws://\S+)`)
		scan := bufio.NewScanner(out)
		for scan.Scan() {
			if m := listening.FindStringSubmatch(scan.Text()); m != nil {
				found <- m[1]
			}
		}
	}()
	select {
	case url := <-found:
		return url
	case <-time.After(Patience):
		require.Fail(tb, "Firefox did not offer WebDriver BiDi")
		return ""
	}
}

// install loads the extension temporarily and asks for the random address that this profile gives it.
func (f *Firefox) install(ctx context.Context, tb testing.TB, dir string) {
	tb.Helper()
	params := map[string]any{"extensionData": map[string]any{"type": "path", "path": dir}}
	require.NoError(tb, f.bidi.call(ctx, "webExtension.install", params, nil))
	f.Window(tb).Eval(`WebExtensionPolicy.getByID("`+GeckoID+`").mozExtensionHostname`, &f.uuid)
}

// Name is "firefox".
func (f *Firefox) Name() string { return "firefox" }

// ExtensionURL is the address of a file of the extension.
func (f *Firefox) ExtensionURL(path string) string { return "moz-extension://" + f.uuid + "/" + path }

// Downloads is the folder where the browser saves files.
func (f *Firefox) Downloads() string { return filepath.Join(f.Profile, "saved") }

// Open opens an address in a new tab.
func (f *Firefox) Open(tb testing.TB, url string) *Page {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	var created struct {
		Context string `json:"context"`
	}
	require.NoError(tb, f.bidi.call(ctx, "browsingContext.create", map[string]any{"type": "tab"}, &created))
	p := &Page{tb: tb, ctx: context.Background(), e: &firefoxPage{bidi: f.bidi, context: created.Context}, About: url}
	tb.Cleanup(func() { f.forget(p) })
	p.Go(url)
	return p
}

// forget closes a page that is still open after its test.
func (f *Firefox) forget(p *Page) {
	if f.closed {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), Patience)
	defer cancel()
	_ = p.e.close(ctx) // the test may have closed it
}

// end ends the browser after its test, when nobody needs what it would still write.
func (f *Firefox) end() {
	if f.closed || f.cmd == nil || f.cmd.Process == nil {
		return
	}
	f.closed = true
	killGroup(f.cmd.Process.Pid)
	_ = f.cmd.Wait() // it was killed
}

// Close closes the browser as a person does: it keeps what it has to, and can be started with its profile again.
func (f *Firefox) Close() {
	if f.closed || f.cmd == nil || f.cmd.Process == nil {
		return
	}
	f.closed = true
	done := make(chan struct{})
	go func() { _ = f.cmd.Wait(); close(done) }()
	if f.bidi != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		_ = f.bidi.call(ctx, "browser.close", map[string]any{}, nil)
	}
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = f.cmd.Process.Kill()
		<-done
	}
}
