package browser_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// modelFile is the deterministic model as a file.
func modelFile(t *testing.T) []byte {
	t.Helper()
	path, err := model.WriteScripted(t.TempDir())
	require.NoError(t, err)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	return file
}

// downloads serves one file, and breaks connections as a test wants.
type downloads struct {
	url  string
	file []byte

	mu     sync.Mutex    // guards all below
	cut    chan struct{} // while it is there, answers stop in their middle, and break when it is closed
	ranges []string      // that were asked for
}

func serveFile(t *testing.T, file []byte) *downloads {
	t.Helper()
	d := &downloads{file: file}
	s := httptest.NewServer(d)
	t.Cleanup(func() {
		s.CloseClientConnections() // of answers that are held
		s.Close()
	})
	d.url = s.URL + "/scripted.gguf"
	return d
}

// ServeHTTP serves the file, or a part of it that is asked for.
func (d *downloads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.Lock()
	d.ranges = append(d.ranges, r.Header.Get("Range"))
	cut := d.cut
	d.mu.Unlock()
	w.Header().Set("ETag", `"first"`)
	if cut != nil {
		w = &torn{ResponseWriter: w, left: len(d.file) / 4, cut: cut, gone: r.Context().Done()}
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(d.file))
}

func (d *downloads) asked() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]string(nil), d.ranges...)
}

// hold has answers stop in their middle from now on, and mend breaks those and lets all that follow pass.
func (d *downloads) hold() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cut = make(chan struct{})
}

func (d *downloads) mend() {
	d.mu.Lock()
	defer d.mu.Unlock()
	close(d.cut)
	d.cut = nil
}

// torn stops after so many bytes, and breaks the connection when it is told to.
type torn struct {
	http.ResponseWriter
	left      int
	cut, gone <-chan struct{}
}

func (w *torn) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p[:min(len(p), w.left)])
	if w.left -= n; w.left <= 0 {
		_ = http.NewResponseController(w.ResponseWriter).Flush()
		select {
		case <-w.cut:
		case <-w.gone:
		}
		panic(http.ErrAbortHandler)
	}
	return n, err
}

// loadedOfEngine lists what the page that hosts the program has loaded of the engine.
func loadedOfEngine(p *harness.Page) string {
	var names string
	p.Eval(`chrome.extension.getViews().filter((v) => /offscreen|background/.test(v.location.pathname))
		.flatMap((v) => v.performance.getEntriesByType("resource").map((e) => e.name)).filter((n) => n.includes("/engine/")).join()`, &names)
	return names
}

// pickModel hands a file to the page as its picker does.
func pickModel(p *harness.Page, name string, file []byte) {
	p.Locate("button", "Choose a file")
	p.Pick("input[type=file][accept='.gguf']", harness.File{Name: name, Text: file})
}

// beginInside opens a view of a profile that knows no service, and the way to a model inside the browser.
func beginInside(t *testing.T, b harness.Browser, context string) *harness.Page {
	t.Helper()
	p := open(t, b, context)
	p.Click("button", "Use a model inside the browser")
	p.Locate("button", "Choose a file")
	return p
}

// answering is a view whose model inside the browser can be asked.
func answering(t *testing.T, b harness.Browser, context string) *harness.Page {
	t.Helper()
	p := beginInside(t, b, context)
	pickModel(p, model.Scripted+".gguf", modelFile(t))
	p.Click("button", "Use "+model.Scripted)
	p.Locate("button", "Model: "+model.Scripted)
	return p
}

func TestABrowserWithoutAnyServerAnswersByAModelOfItsOwn(t *testing.T) {
	file := modelFile(t)
	sum := sha256.Sum256(file)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := open(t, b, "tab")
		p.Locate("button", "Use a model inside the browser")
		require.Empty(t, loadedOfEngine(p), "who does not use it does not pay for it")

		p.Click("button", "Use a model inside the browser")
		p.Shows("The browser has room for")
		d := serveFile(t, file)
		p.Fill("textbox", "Address of a model file", d.url)
		p.Click("button", "Download")
		p.Click("button", "Use "+model.Scripted)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
		p.Shows("tokens/s")
		ask(t, p, "say it in unicode")
		p.Shows(model.Answer("say it in unicode"))

		p.Click("button", "Model: "+model.Scripted)
		p.Shows("· slower")
		p.Press("Escape")
		p.Click("button", "Settings")
		p.Click("button", "Models of This browser")
		p.Shows("In memory")
		p.Click("button", "Details of "+model.Scripted)
		p.Shows(hex.EncodeToString(sum[:]))
		p.Shows("32,768 tokens")
		p.Click("button", "Unload "+model.Scripted)
		p.Hides("In memory")
		p.Click("button", "Remove "+model.Scripted)
		p.Click("button", "Remove")
		p.Shows("No model is installed yet.")
		p.Until("its file to be gone", `navigator.storage.getDirectory().then((d) => d.getDirectoryHandle("models")).then((d) => Array.fromAsync(d.keys())).then((all) => all.length === 0)`)
	})
}

// begun has a model file come to its middle.
func begun(t *testing.T, p *harness.Page, d *downloads) {
	t.Helper()
	d.hold()
	p.Fill("textbox", "Address of a model file", d.url)
	p.Click("button", "Download")
	p.Shows("KB of 1.9 MB")
}

// wentOn checks that the file came whole, and that no byte was asked for twice.
func wentOn(t *testing.T, p *harness.Page, d *downloads) {
	t.Helper()
	p.Click("button", "Use "+model.Scripted)
	asked := d.asked()
	from, err := strconv.Atoi(strings.Trim(asked[len(asked)-1], "bytes=-"))
	require.NoError(t, err, "asked for %q", asked)
	require.Positive(t, from)
	p.Click("button", "Settings")
	p.Click("button", "Models of This browser")
	p.Click("button", "Details of "+model.Scripted)
	sum := sha256.Sum256(d.file)
	p.Shows(hex.EncodeToString(sum[:]))
}

func TestADownloadOfAModelGoesOnByItselfWhereItWasCut(t *testing.T) {
	file := modelFile(t)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		d := serveFile(t, file)
		p := beginInside(t, b, "sidepanel")
		begun(t, p, d)
		d.mend()
		wentOn(t, p, d)
	})
}

func TestADownloadOfAModelThatWasStoppedGoesOnAfterARestart(t *testing.T) {
	file := modelFile(t)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		d := serveFile(t, file)
		p := beginInside(t, b, "sidepanel")
		begun(t, p, d)
		p.Click("button", "Stop adding scripted")
		p.Shows("stopped")
		killRuntime(t, b)
		d.mend()
		p.Click("button", "Go on adding scripted")
		wentOn(t, p, d)
	})
}

func TestADownloadOfAModelGoesOnWithoutAView(t *testing.T) {
	file := modelFile(t)
	everywhere(t, func(t *testing.T, b harness.Browser) {
		d := serveFile(t, file)
		p := beginInside(t, b, "sidepanel")
		begun(t, p, d)
		p.Close()
		d.mend()
		later := open(t, b, "tab")
		later.Locate("button", "Use "+model.Scripted)
	})
}

// ofArchitecture is the model's file with another architecture in its head.
func ofArchitecture(t *testing.T, file []byte, name string) []byte {
	t.Helper()
	entry := func(name string) []byte {
		return []byte("general.architecture\x08\x00\x00\x00" + string(rune(len(name))) + "\x00\x00\x00\x00\x00\x00\x00" + name)
	}
	require.Contains(t, string(file), string(entry("llama")))
	return bytes.Replace(file, entry("llama"), entry(name), 1)
}

func TestFilesThatAreNoModelsSayWhy(t *testing.T) {
	file := modelFile(t)
	files := []struct {
		name, says string
		file       []byte
	}{
		{"notes", "This is not a model file. kAI runs files in the GGUF format.", []byte("# Notes\n")},
		{"short", "The file is cut short", file[:len(file)/2]},
		{"head", "The file is cut short", file[:300]},
		{"big-00001-of-00005", "This is one of 5 parts of a model.", file},
		{"eyes", "This is a part of another model (for pictures)", ofArchitecture(t, file, "clip")},
		{"vectors", "This model turns texts into vectors", ofArchitecture(t, file, "nomic-bert")},
	}
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := beginInside(t, b, "tab")
		for _, f := range files {
			pickModel(p, f.name+".gguf", f.file)
			p.Shows(f.says)
			p.Click("button", "Remove "+f.name)
			p.Hides(f.says)
		}
		pickModel(p, "alien.gguf", ofArchitecture(t, file, "llamb")) // only the engine knows which there are
		p.Click("button", "Use alien")
		ask(t, p, "hello kai")
		p.Shows("alien is of an architecture that this version of kAI does not know: llamb.")
	})
}

func TestAddressesThatLeadToNoModelSayWhy(t *testing.T) {
	t.Parallel()
	large := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(5<<30))
		_, _ = w.Write([]byte("GGUF"))
	}
	b := harness.StartChromium(t, harness.Options{})
	p := beginInside(t, b, "sidepanel")
	for says, handler := range map[string]http.HandlerFunc{
		"A web page is at this address, not a model file.": says(http.StatusOK, "text/html", "<html>"),
		"The server refuses this file (HTTP status 404).":  says(http.StatusNotFound, "text/plain", "none"),
		"This is not a model file.":                        says(http.StatusOK, "application/octet-stream", "PK\x03\x04 a zip"),
		"At 5.0 GB this model is too large for a browser":  large,
	} {
		s := httptest.NewServer(handler)
		t.Cleanup(s.Close)
		p.Fill("textbox", "Address of a model file", s.URL+"/x.gguf")
		p.Click("button", "Download")
		p.Shows(says)
		p.Click("button", "Remove x")
		p.Hides(says)
	}
	p.Fill("textbox", "Address of a model file", "http://127.0.0.1:9/x.gguf")
	p.Click("button", "Download")
	p.Shows("This address could not be read")
}

func TestAnAnswerOfTheBuiltInModelOutlivesItsPanelAndCanBeStopped(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := answering(t, b, "sidepanel")
		ask(t, p, "count without end")
		p.Shows("tick tock tick tock")
		p.Close()
		other := open(t, b, "tab")
		openConversation(t, other, "count without end")
		other.Shows("tick tock")
		var had int
		length := `document.querySelector("[role=log]").innerText.length`
		other.Eval(length, &had)
		other.Until("the answer to go on", length+" > "+strconv.Itoa(had+50))
		other.Click("button", "Stop")
		other.Shows("You stopped this answer.")
		ask(t, other, "hello kai")
		other.Shows(model.Answer("hello kai"))
	})
}

func TestARuntimeKilledKeepsWhatTheBuiltInModelHadSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := answering(t, b, "tab")
		p.Eval(listenForSaves, nil)
		ask(t, p, "count without end")
		p.Until("something to be saved", `globalThis.savedText?.includes("tick tock")`)
		killRuntime(t, b)
		p.Shows("kAI was closed while this answer was being made; what had arrived is kept.")
		p.Shows("tick tock")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
	})
}

// What a person sees of it, with a real model: its answer is its own, so only that there is one is checked.
func TestARealModelInsideTheBrowserAnswers(t *testing.T) {
	path, err := model.SmallFile(t.Context(), os.Stderr)
	require.NoError(t, err)
	file, err := os.ReadFile(path)
	require.NoError(t, err)
	d := serveFile(t, file)
	const small = "SmolLM2-135M-Instruct.Q4_1"
	d.url = strings.Replace(d.url, model.Scripted, small, 1)
	p := beginInside(t, harness.StartChromium(t, harness.Options{}), "tab")
	p.Shoot("inside-begin")
	p.Fill("textbox", "Address of a model file", d.url)
	d.hold()
	p.Click("button", "Download")
	p.Shows("MB of 9")
	pickModel(p, "notes.gguf", []byte("# Notes\n"))
	p.Shows("This is not a model file.")
	p.Shoot("inside-coming")
	p.Click("button", "Remove notes")
	d.mend()
	p.Click("button", "Use "+small)
	ask(t, p, "Write three sentences about the sea.")
	p.Shows("tokens/s")
	p.Click("button", "Model: "+small)
	p.Shoot("inside-answer")
	p.Press("Escape")
	p.Click("button", "Settings")
	p.Shoot("inside-settings")
	p.Click("button", "Models of This browser")
	p.Click("button", "Details of "+small)
	p.Shows("SHA-256")
	p.Shoot("inside-models")
}
