package main_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// page is an empty view with what a test needs to talk to the background as a view does.
const page = `<!doctype html><meta charset="utf-8"><title>view</title><script src="stage.js"></script>`

const stage = `
globalThis.wake = () => new Promise((resolve) => {
  const port = chrome.runtime.connect({ name: "kai-wake" });
  port.onMessage.addListener((m) => { resolve(m); port.disconnect(); });
  port.onDisconnect.addListener(() => resolve({ gone: true }));
});
globalThis.join = () => {
  const port = chrome.runtime.connect({ name: "kai-view" });
  const waiting = [], said = [];
  globalThis.ended = false;
  port.onMessage.addListener((m) => waiting.length ? waiting.shift()(m) : said.push(m));
  port.onDisconnect.addListener(() => { globalThis.ended = true; for (const w of waiting.splice(0)) w("(ended)"); });
  globalThis.hear = () => said.length ? Promise.resolve(said.shift()) : new Promise((r) => waiting.push(r));
  globalThis.ask = (text) => { port.postMessage(text); return hear(); };
  globalThis.tell = (text) => port.postMessage(text);
};
globalThis.attend = async () => { const answer = await wake(); if (answer.ready) join(); return answer; };
`

// near joins as a view does that hands over a port of its own, asks who it is, and tells which way the answer came.
const near = `new Promise((resolve) => {
  const name = "kai-view near", { port1, port2 } = new MessageChannel();
  const home = chrome.extension.getViews().find((w) => /offscreen|background/.test(w.location.pathname));
  home.postMessage({ near: name }, location.origin, [port2]);
  const port = chrome.runtime.connect({ name });
  port1.onmessage = () => resolve("near");
  port.onMessage.addListener(() => resolve("far"));
  port.postMessage("who");
})`

// staged is the packed extension with the program of testdata in the place of the runtime, and empty views.
func staged(t *testing.T, browser string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), browser)
	require.NoError(t, os.CopyFS(dir, os.DirFS(harness.Built(t, browser))))
	goBuild(t, filepath.Join(dir, "kai.wasm"), "./testdata/program", "GOOS=js", "GOARCH=wasm")
	for _, view := range []string{"popup.html", "sidepanel.html", "tab.html"} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, view), []byte(page), 0o600))
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stage.js"), []byte(stage), 0o600))
	return dir
}

func goBuild(t *testing.T, out, pkg string, env ...string) {
	t.Helper()
	cmd := exec.Command("go", "build", "-o", out, pkg)
	cmd.Env = append(os.Environ(), env...)
	said, err := cmd.CombinedOutput()
	require.NoError(t, err, string(said))
}

// installHost makes the native host of testdata known to the Chromium that uses profile.
func installHost(t *testing.T, profile, id string) {
	t.Helper()
	writeHost(t, filepath.Join(profile, "NativeMessagingHosts"), "allowed_origins", "chrome-extension://"+id+"/")
}

// installFirefoxHost makes it known to the Firefox whose HOME is home.
func installFirefoxHost(t *testing.T, home string) {
	t.Helper()
	writeHost(t, filepath.Join(home, ".mozilla", "native-messaging-hosts"), "allowed_extensions", harness.GeckoID)
}

func writeHost(t *testing.T, dir, allowed, who string) {
	t.Helper()
	program := filepath.Join(t.TempDir(), "nativehost")
	goBuild(t, program, "./testdata/nativehost")
	text, err := json.Marshal(map[string]any{
		"name": "org.kindos.kai", "description": "kAI", "path": program, "type": "stdio", allowed: []string{who},
	})
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(dir, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "org.kindos.kai.json"), text, 0o600))
}

type answer struct {
	Ready bool   `json:"ready"`
	Error string `json:"error"`
	Gone  bool   `json:"gone"`
}

type identity struct {
	Context, Instance, Version, Config, Browser string
	Private                                     bool
}

// attend wakes the runtime and joins it.
func attend(t *testing.T, p *harness.Page) {
	t.Helper()
	var a answer
	p.Eval("attend()", &a)
	require.True(t, a.Ready, "the wake was answered %+v", a)
}

func ask(p *harness.Page, text string) string {
	var said string
	quoted, _ := json.Marshal(text) // a string always marshals
	p.Eval("ask("+string(quoted)+")", &said)
	return said
}

func who(t *testing.T, p *harness.Page) identity {
	t.Helper()
	var i identity
	require.NoError(t, json.Unmarshal([]byte(ask(p, "who")), &i))
	return i
}
