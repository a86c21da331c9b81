package sandbox_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/sandbox"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// built is a folder with a guest, made of its source.
func built(t testing.TB, source string) string {
	t.Helper()
	dir := t.TempDir()
	manifest, err := os.ReadFile(filepath.Join(source, sandbox.ManifestFile)) //nolint:gosec // of this tree
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, sandbox.ManifestFile), manifest, 0o600))
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, sandbox.ModuleFile), ".") //nolint:gosec // of this tree
	build.Dir, build.Env = source, append(os.Environ(), "GOOS=wasip1", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	return dir
}

func load(t testing.TB, path string, change func(*sandbox.Manifest)) *sandbox.Guest {
	t.Helper()
	m, module, err := sandbox.Read(path)
	require.NoError(t, err)
	if change != nil {
		change(&m)
	}
	g, err := sandbox.Load(t.Context(), m, module)
	require.NoError(t, err)
	t.Cleanup(func() { _ = g.Close(context.Background()) })
	return g
}

// TestTheSuite runs the cases that hold wherever guests run: here, and in the browser (e2e/browser).
func TestTheSuite(t *testing.T) {
	text, err := os.ReadFile("testdata/suite.json")
	require.NoError(t, err)
	var suite []struct{ About, Guest, Arguments, Says, Fault string }
	require.NoError(t, json.Unmarshal(text, &suite))
	guests := map[string]*sandbox.Guest{
		"convert": load(t, built(t, "examples/convert"), nil), "dice": load(t, built(t, "examples/dice"), nil),
		"hostile": load(t, built(t, "testdata/hostile"), nil),
	}
	for _, c := range suite {
		t.Run(c.About, func(t *testing.T) {
			text, err := guests[c.Guest].Call(t.Context(), c.Arguments)
			if c.Fault != "" {
				require.Error(t, err)
				assert.Contains(t, fault.Public(err).Message, c.Fault)
				return
			}
			require.NoError(t, err)
			assert.Contains(t, text, c.Says)
		})
	}
}

func TestAFaultNamesTheArgumentThatIsMissing(t *testing.T) {
	_, err := load(t, built(t, "examples/convert"), nil).Call(t.Context(), `{"value": 5}`)
	assert.Equal(t, "from", fault.Public(err).Field)
}

func TestDiceFallDifferently(t *testing.T) {
	dice := load(t, built(t, "examples/dice"), nil)
	seen := map[string]bool{}
	for range 5 {
		text, err := dice.Call(t.Context(), `{"count": 10, "sides": 1000}`)
		require.NoError(t, err)
		seen[text] = true
	}
	assert.Len(t, seen, 5, "it was given chance")
}

func TestAGuestKeepsToItself(t *testing.T) {
	path := built(t, "testdata/hostile")
	g := load(t, path, nil)
	t.Run("its end has a code", func(t *testing.T) {
		for do, code := range map[string]fault.Code{"loop": fault.Timeout, "memory": fault.Exhausted, "panic": fault.Invalid} {
			_, err := g.Call(t.Context(), `{"do":"`+do+`"}`)
			assert.Equal(t, code, fault.CodeOf(err), do)
		}
	})
	t.Run("a flood is cut", func(t *testing.T) {
		text, err := g.Call(t.Context(), `{"do":"flood"}`)
		require.NoError(t, err)
		_, cut := tool.Cut(text)
		assert.True(t, cut)
		assert.LessOrEqual(t, len(text), tool.MaxResult+1)
	})
	t.Run("without capabilities it says the same each time", func(t *testing.T) {
		first, err := g.Call(t.Context(), `{"do":"chance"}`)
		require.NoError(t, err)
		again, err := g.Call(t.Context(), `{"do":"chance"}`)
		require.NoError(t, err)
		assert.Equal(t, first, again)
	})
	t.Run("with them it does not", func(t *testing.T) {
		g := load(t, path, func(m *sandbox.Manifest) { m.Capabilities = []sandbox.Capability{sandbox.Clock, sandbox.Random} })
		first, err := g.Call(t.Context(), `{"do":"chance"}`)
		require.NoError(t, err)
		again, err := g.Call(t.Context(), `{"do":"chance"}`)
		require.NoError(t, err)
		assert.NotEqual(t, first, again)
		assert.NotContains(t, first, "1970-", "it is given the clock")
	})
	t.Run("calls share nothing", func(t *testing.T) {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				text, err := g.Call(t.Context(), `{"do":"echo"}`)
				assert.NoError(t, err)
				assert.JSONEq(t, `{"do":"echo"}`, text)
			})
		}
		group.Wait()
	})
	t.Run("who asked may stop it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := g.Call(ctx, `{"do":"loop"}`)
		assert.ErrorIs(t, err, context.Canceled)
	})
}

func TestAModuleThatIsNoGuestIsRefused(t *testing.T) {
	m, err := sandbox.ParseManifest([]byte(`{"name": "x", "description": "y"}`))
	require.NoError(t, err)
	const start, foreign = "\x00asm\x01\x00\x00\x00", "\x01\x04\x01\x60\x00\x00\x02\x0b\x01\x03env\x03foo\x00\x00"
	for name, c := range map[string]struct{ module, want string }{
		"nothing":              {"", "cannot be used"},
		"a text":               {"hello", "cannot be used"},
		"an empty module":      {start, "no _start"},
		"one that wants more":  {start + foreign, "env.foo"},
		"one that is too much": {strings.Repeat("x", 33<<20), "32 MB"},
	} {
		_, err := sandbox.Load(t.Context(), m, []byte(c.module))
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestAManifestIsHeldToItsBounds(t *testing.T) {
	for text, field := range map[string]string{
		`{"name": "a b", "description": "y"}`:                                       "name",
		`{"name": "x"}`:                                                             "description",
		`{"name": "x", "description": "y", "memory_mb": 513}`:                       "memory_mb",
		`{"name": "x", "description": "y", "memory_mb": -1}`:                        "memory_mb",
		`{"name": "x", "description": "y", "seconds": 61}`:                          "seconds",
		`{"name": "x", "description": "y", "capabilities": ["network"]}`:            "capabilities",
		`{"name": "x", "description": "y", "parameters": {"type": "array"}}`:        "parameters.type",
		`{"name": "x", "description": "y", "network": true}`:                        "",
		`{"name": "x", "description": "y"} {}`:                                      "",
		`[]`:                                                                        "",
		`{"name": "x", "description": "` + strings.Repeat("y", 2000) + `"}`:         "description",
		`{"name": "x", "description": "y", "title": "` + strings.Repeat("z", 70000): "",
	} {
		_, err := sandbox.ParseManifest([]byte(text))
		require.Error(t, err, text)
		assert.Equal(t, field, fault.Public(err).Field)
	}
}

func TestGuestsAreInstalledCalledAndRemoved(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	shelf := sandbox.ShelfIn(dir)
	guests := sandbox.NewGuests(shelf)
	t.Cleanup(func() { _ = guests.Close(context.Background()) })
	assert.Empty(t, guests.List(t.Context()).Tools)

	source := built(t, "examples/convert")
	_, err = shelf.Install(t.Context(), source)
	require.NoError(t, err)
	list := guests.List(t.Context())
	require.Len(t, list.Tools, 1)
	require.NoError(t, tool.Check(list.Tools[0]))
	assert.Equal(t, sandbox.Source, list.Tools[0].Source)
	ask := tool.Call{Name: "convert_units", Source: sandbox.Source, Arguments: `{"value": 1, "from": "ft", "to": "in"}`}
	text, err := guests.Call(t.Context(), ask)
	require.NoError(t, err)
	assert.Equal(t, "12 in", text)

	require.NoError(t, os.WriteFile(dir.File("tools/convert_units/tool.json"), []byte("{"), 0o600))
	list = guests.List(t.Context())
	assert.Empty(t, list.Tools)
	require.Len(t, list.Faults, 1, "a damaged one is named")
	_, err = shelf.Install(t.Context(), source)
	require.NoError(t, err, "and mended by installing it again")

	require.NoError(t, shelf.Remove("convert_units"))
	_, err = guests.Call(t.Context(), ask)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	assert.Equal(t, fault.NotFound, fault.CodeOf(shelf.Remove("convert_units")))
	assert.Equal(t, fault.NotFound, fault.CodeOf(shelf.Remove("../..")))
	_, err = shelf.Install(t.Context(), t.TempDir())
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}

func FuzzManifest(f *testing.F) {
	f.Add([]byte(`{"name": "x", "description": "y", "parameters": {"type": "object"}, "memory_mb": 3, "seconds": 4, "capabilities": ["clock"]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := sandbox.ParseManifest(text)
		if err == nil && (m.MemoryMB < 1 || m.Seconds < 1) {
			t.Fatalf("%+v has no limits", m)
		}
		if err != nil && fault.Public(err).Message == "" {
			t.Fatal(err)
		}
	})
}
