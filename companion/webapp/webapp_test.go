package webapp

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/png"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestACleanCloneSaysWhatIsMissing(t *testing.T) {
	f := Files{dist: fstest.MapFS{".keep": {}}, static: Embedded().static}
	assert.False(t, f.Built())
	page, ok := f.Open("")
	require.True(t, ok)
	assert.Contains(t, string(page), "not in this build")
}

func TestPagesHaveAddressesOfTheirOwn(t *testing.T) {
	f := Files{dist: fstest.MapFS{"index.html": {Data: []byte("the app")}, "dashboard.html": {Data: []byte("the dashboard")}}, static: Embedded().static}
	for address, want := range map[string]string{"/": "the app", "": "the app", "/dashboard": "the dashboard", "/dashboard.html": "the dashboard"} {
		text, ok := f.Open(address)
		require.True(t, ok, address)
		assert.Equal(t, want, string(text), address)
	}
	for _, address := range []string{"/dashboards", "/dashboard.js", "/page"} {
		_, ok := f.Open(address)
		assert.False(t, ok, address)
	}
}

func TestThePageCanBeInstalled(t *testing.T) {
	f := Files{dist: fstest.MapFS{"index.html": {Data: []byte("<html><head></head></html>")}}, static: Embedded().static}
	page, _ := f.Open("/")
	assert.Contains(t, string(page), `rel="manifest"`)
	text, ok := f.Open("manifest.webmanifest")
	require.True(t, ok)
	var manifest struct {
		StartURL string `json:"start_url"`
		Display  string
		Icons    []struct{ Src, Type, Sizes, Purpose string }
	}
	require.NoError(t, json.Unmarshal(text, &manifest))
	assert.Equal(t, "standalone", manifest.Display)
	assert.Equal(t, "/", manifest.StartURL)
	var pictures []string
	for _, icon := range manifest.Icons {
		text, ok := f.Open(icon.Src)
		require.True(t, ok, icon.Src)
		if icon.Type != "image/png" {
			continue
		}
		picture, err := png.DecodeConfig(bytes.NewReader(text))
		require.NoError(t, err, icon.Src)
		assert.Equal(t, icon.Sizes, fmt.Sprintf("%dx%d", picture.Width, picture.Height), icon.Src)
		pictures = append(pictures, icon.Sizes+" "+icon.Purpose)
	}
	assert.Equal(t, []string{"192x192 any", "512x512 any", "192x192 maskable", "512x512 maskable"}, pictures, "what systems ask for")
}

func TestTheWorkerIsAnotherOneWhenWhatItKeepsIs(t *testing.T) {
	kept := fstest.MapFS{"worker.js": {Data: []byte("kai-away-{{version}}")}, "away.html": {Data: []byte("gone")}}
	first, ok := Files{dist: fstest.MapFS{}, static: kept}.Open("/worker.js")
	require.True(t, ok)
	assert.Regexp(t, `^kai-away-[0-9a-f]{16}$`, string(first))
	kept["away.html"] = &fstest.MapFile{Data: []byte("gone, and sorry")}
	second, _ := Files{dist: fstest.MapFS{}, static: kept}.Open("/worker.js")
	assert.NotEqual(t, first, second)
}

// What is kept is what the worker names, in a clean clone too.
func TestEverythingThatTheWorkerKeepsIsServed(t *testing.T) {
	built := fstest.MapFS{"tab.js": {}, "chunk-1.js": {}, "kit.css": {}, "dashboard.js": {}, "kai.wasm.gz": {Data: []byte("packed")}}
	for _, dist := range []fstest.MapFS{{}, built} {
		f := Files{dist: dist, static: Embedded().static}
		text, _ := f.Open("worker.js")
		_, list, _ := bytes.Cut(text, []byte("const files = "))
		list, _, _ = bytes.Cut(list, []byte(";"))
		var names []string
		require.NoError(t, json.Unmarshal(list, &names))
		assert.Contains(t, names, "/away.html")
		assert.Equal(t, len(dist) > 0, slices.Contains(names, "/chunk-1.js"))
		assert.NotContains(t, names, "/dashboard.js")
		for _, name := range names {
			_, ok := f.Open(name)
			assert.True(t, ok, name)
		}
	}
}

func TestTheProgramIsServedPacked(t *testing.T) {
	f := Files{dist: fstest.MapFS{"kai.wasm.gz": {Data: []byte("packed")}}, static: Embedded().static}
	text, ok := f.Packed("/kai.wasm")
	require.True(t, ok)
	assert.Equal(t, "packed", string(text))
	for _, name := range []string{"/kai", "/tab.js", "/x/kai.wasm"} {
		_, ok := f.Packed(name)
		assert.False(t, ok, name)
	}
	before, _ := f.Open("worker.js")
	f.dist = fstest.MapFS{"kai.wasm.gz": {Data: []byte("packed anew")}}
	after, _ := f.Open("worker.js")
	assert.NotEqual(t, before, after, "another program is fetched")
}

func TestOnlyFilesOfTheAppAreServed(t *testing.T) {
	f := Embedded()
	for _, name := range []string{".keep", "signin.html", "missing.html", "waiting.html", "../webapp.go", "..%2f", "dist/.keep", "nothing.js", "/"} {
		if _, ok := f.Open(name); name != "/" {
			assert.False(t, ok, name)
		}
	}
}

// The content policy forbids inline script and style, so the pages must do without.
func TestOwnPagesNeedNothingInline(t *testing.T) {
	for _, page := range [][]byte{Embedded().Page("wrong"), Embedded().Waiting("123456"), Files{dist: fstest.MapFS{}, static: Embedded().static}.page(Index)} {
		for _, banned := range []string{"<script>", "<style", " style=", " onload=", " onclick="} {
			assert.NotContains(t, string(page), banned)
		}
	}
	assert.Contains(t, string(Embedded().Page("the token is wrong")), `role="alert"`)
}
