package moving_test

import (
	"context"
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/moving"
)

var update = flag.Bool("update", false, "bundle the readers anew") //nolint:gochecknoglobals // a test flag

const extension = "../../extension"

// bundle bundles a script of the extension by the bundler that it has; without that the test is left out.
func bundle(t *testing.T, entry string, args ...string) []byte {
	t.Helper()
	esbuild := filepath.Join(extension, "node_modules", ".bin", "esbuild")
	if _, err := os.Stat(esbuild); err != nil {
		t.Skip("npm ci in extension/ gets the bundler")
	}
	full, err := filepath.Abs(esbuild)
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), full, append([]string{entry, "--bundle", "--charset=utf8", "--log-level=warning"}, args...)...) //nolint:gosec // ours
	cmd.Dir, cmd.Stderr = extension, os.Stderr
	out, err := cmd.Output()
	require.NoError(t, err)
	return out
}

func TestReadersAreThoseOfTheViews(t *testing.T) {
	now := bundle(t, "views/kit/moving/read/embedded.ts", "--format=iife", "--global-name=readers", "--target=es2018")
	if *update {
		require.NoError(t, os.WriteFile("readers.js", now, 0o600))
	}
	kept, err := os.ReadFile("readers.js")
	require.NoError(t, err)
	require.Equal(t, string(now), string(kept), "bundle them anew: go test ./companion/moving -run TestReaders -update")
}

// The words of the command line are those of the views, in English.
func TestEveryReasonHasTheWordsOfTheViews(t *testing.T) {
	dir := t.TempDir()
	entry := filepath.Join(dir, "words.ts")
	from, err := filepath.Abs(filepath.Join(extension, "strings", "en.ts"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(entry, []byte(`import { en } from `+quoted(from)+`; console.log(JSON.stringify(en.moving.left));`), 0o600))
	var words map[string]string
	require.NoError(t, json.Unmarshal(byNode(t, entry), &words))
	require.NotEmpty(t, words)
	for what, want := range words {
		assert.Equal(t, want, moving.Reason(what))
	}
}

func quoted(text string) string {
	out, _ := json.Marshal(text)
	return string(out)
}

// byNode runs a script by Node.
func byNode(t *testing.T, entry string) []byte {
	t.Helper()
	script := filepath.Join(t.TempDir(), "script.mjs")
	require.NoError(t, os.WriteFile(script, bundle(t, entry, "--format=esm", "--platform=node"), 0o600))
	out, err := exec.CommandContext(t.Context(), "node", script).Output()
	require.NoError(t, err)
	return out
}

// told is an item as a test looks at it, whatever made it.
type told struct {
	source string
	items  []moving.Item
}

func read(t *testing.T, from string, paths ...string) (out told) {
	t.Helper()
	r := moving.Reading{From: from, Sink: moving.Sink{
		Source: func(name string) { out.source = name },
		Item: func(_ context.Context, i moving.Item) error {
			out.items = append(out.items, i)
			return nil
		},
		Progress: func(int64, int64) {},
	}}
	require.NoError(t, r.Read(t.Context(), paths))
	return out
}

// One table of exports, those of the extension's own tests, is read by the readers in Node and by this program: they say the same.
func TestReadersSayHereWhatTheySayInABrowser(t *testing.T) {
	dir := t.TempDir()
	entry := filepath.Join(dir, "both.ts")
	root, err := filepath.Abs(extension)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(entry, []byte(`
import { readFiles } from `+quoted(root+"/views/kit/moving/read/files")+`;
import { bakery, gallery, trip } from `+quoted(root+"/tests/exports/chatgpt")+`;
import { kaiConversation, kaiExport } from `+quoted(root+"/tests/exports/kai")+`;
import { kaiCdBackup } from `+quoted(root+"/tests/exports/kai_cd")+`;
import { config, dotted, early, garden, models, prompts } from `+quoted(root+"/tests/exports/open_webui")+`;
import { pageAssistExport } from `+quoted(root+"/tests/exports/page_assist")+`;
import { zipSync, strToU8 } from `+quoted(root+"/node_modules/fflate")+`;
const bytes = (s) => [...s].map((x) => x.toString(16).padStart(2, "0")).join("");
const all = {
  "chatgpt.json": [bakery, trip, gallery], "open-webui.json": [garden, early], "prompts.json": prompts, "models.json": models, "config.json": config, "dotted.json": dotted,
  "page-assist.json": pageAssistExport, "kai-cd.json": kaiCdBackup, "kai.json": kaiExport, "one.json": kaiConversation, "unknown.json": { a: 1 },
  "odd.json": [null, 7, bakery, { mapping: { a: { id: "a", parent: "a", message: { author: { role: "user" }, content: { parts: ["😀 \ud800 é"] } } } } }],
  "cut.json": JSON.stringify([trip, bakery]).slice(0, -40), "no.json": "nonsense",
  "talk.md": "# Störche\n\n## 🧑 You\n\nWohin?\n\n## gemma3:270m (10:31)\n\n**Afrika**\n", "note.md": "# Schuppen\n\nDer Bohrer ist blau.", "bad.md": "\u0000\ud800",
};
const out = {};
for (const [name, value] of Object.entries(all)) out[name] = { text: typeof value === "string" ? value : JSON.stringify(value) };
const png = Uint8Array.from(atob(`+"`iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC`"+`), (c) => c.charCodeAt(0));
out["export.zip"] = { hex: bytes(zipSync({ "file-1-a.png": png, "dalle-generations/file-2-0a.png": png, "file-3-notes.md": strToU8("# N"), "file-9.bin": png, "user.json": strToU8("{}"), "conversations.json": strToU8(JSON.stringify([gallery, trip])), "x/talk.md": strToU8("hi") })) };
for (const [name, f] of Object.entries(out)) {
  f.items = [];
  const content = f.hex ? Uint8Array.from(f.hex.match(/../g), (x) => parseInt(x, 16)) : f.text;
  await readFiles([new File([content], name, { lastModified: 1700000000000 })], { source: (s) => (f.source = s), progress: () => undefined, item: async (i) => void f.items.push(i) });
}
console.log(JSON.stringify(out));
`), 0o600))
	var want map[string]struct {
		Text, Hex, Source string
		Items             []moving.Item
	}
	require.NoError(t, json.Unmarshal(byNode(t, entry), &want))
	require.Len(t, want, 18)
	for name, w := range want {
		t.Run(name, func(t *testing.T) {
			got := read(t, "", written(t, name, w.Text, w.Hex))
			assert.Equal(t, w.Source, got.source)
			for i := range w.Items {
				if w.Items[i].Type == "left" && w.Items[i].N == 0 {
					w.Items[i].N = 1
				}
			}
			for i := range got.items {
				if got.items[i].Type == "left" && got.items[i].N == 0 {
					got.items[i].N = 1
				}
			}
			assert.Equal(t, w.Items, got.items)
		})
	}
}
