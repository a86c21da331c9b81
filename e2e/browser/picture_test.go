package browser_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	_ "image/jpeg" // decodes what the view made
	_ "image/png"  // decodes what the view made
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// eyes is a stand-in for an Ollama with a vision model, since none small enough can be had: it says that its one model sees,
// keeps what it is asked, and answers with what reached it. How the real Ollama takes pictures is in e2e/service.
type eyes struct {
	mu    sync.Mutex // guards all below
	asked []question
}

type question struct {
	Model    string
	Messages []struct {
		Role, Content string
		Images        [][]byte
	}
}

func (e *eyes) serve(t *testing.T) string {
	t.Helper()
	mux := http.NewServeMux()
	say := func(path, text string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	}
	say("GET /api/version", `{"version":"0.17.4"}`)
	say("GET /api/tags", `{"models":[{"name":"eyes:latest"}]}`)
	say("GET /api/ps", `{"models":[]}`)
	say("POST /api/show", `{"capabilities":["completion","vision"],"model_info":{}}`)
	mux.HandleFunc("POST /api/chat", func(w http.ResponseWriter, r *http.Request) {
		var q question
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		e.mu.Lock()
		e.asked = append(e.asked, q)
		e.mu.Unlock()
		n := 0
		for _, m := range q.Messages {
			n += len(m.Images)
		}
		_, _ = fmt.Fprintf(w, `{"message":{"content":"I was shown %d pictures."}}`+"\n"+`{"done":true,"done_reason":"stop","eval_count":4}`+"\n", n)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server.URL
}

func (e *eyes) last(t *testing.T) question {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	require.NotEmpty(t, e.asked)
	return e.asked[len(e.asked)-1]
}

// give puts a file into the text box as a paste, or onto it as a drop. Its content is an expression that answers a Blob.
func give(t *testing.T, p *harness.Page, event, name, blob string) {
	t.Helper()
	script := fmt.Sprintf(`(async () => {
		const data = new DataTransfer();
		data.items.add(new File([await (%s)()], %q));
		const box = document.querySelector("#message");
		const init = { bubbles: true, cancelable: true };
		const e = %q === "paste" ? new ClipboardEvent("paste", { ...init, clipboardData: data }) : new DragEvent("drop", { ...init, dataTransfer: data });
		box.dispatchEvent(e);
	})()`, blob, name, event)
	p.Eval(script, nil)
}

// pasting is how a test's script can hand files over: Firefox makes no clipboard with files for scripts, so there it is a drop.
func pasting(b harness.Browser) string {
	if b.Name() == "firefox" {
		return "drop"
	}
	return "paste"
}

const drawing = `async () => {
	const c = new OffscreenCanvas(3136, 1000), x = c.getContext("2d");
	x.fillStyle = "teal"; x.fillRect(0, 0, 3136, 1000); x.fillStyle = "orange"; x.fillRect(200, 200, 1600, 500);
	return c.convertToBlob({ type: "image/png" });
}`

// A picture that is pasted goes to a model that sees, is kept, and goes along again with the next question.
func TestAPictureIsPastedAndSeen(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		e := &eyes{}
		p := open(t, b, "tab")
		addService(t, p, e.serve(t))
		p.Locate("button", "Model: eyes:latest")
		give(t, p, pasting(b), "chart.png", drawing)
		p.Locate("button", "Remove the picture chart.png")
		give(t, p, "drop", "letter.docx", `async () => new Blob(["PK not a picture"])`)
		p.Shows("letter.docx is no picture that can be read")
		p.Screenshot("picture-attached")
		ask(t, p, "What is this?")
		p.Shows("I was shown 1 pictures.")
		messages := e.last(t).Messages
		sent := messages[len(messages)-1]
		require.Equal(t, "What is this?", sent.Content)
		shape, kind, err := image.DecodeConfig(bytes.NewReader(sent.Images[0]))
		require.NoError(t, err)
		require.Equal(t, []any{"png", 1568, 500}, []any{kind, shape.Width, shape.Height}, "made smaller in the view")

		ask(t, p, "And now?")
		p.Shows("And now?")
		require.Eventually(t, func() bool { return len(e.last(t).Messages) >= 3 }, harness.Patience, 20*time.Millisecond, "the second question")
		require.Equal(t, sent.Images, e.last(t).Messages[len(e.last(t).Messages)-3].Images, "the first question's picture goes along")

		again := open(t, b, "tab")
		openConversation(t, again, "What is this?")
		again.Until("the picture in a new view", `document.querySelector(".question .thumb img")?.naturalWidth === 1568`)
		again.Screenshot("picture-conversation")
		again.Resize(320, 700)
		again.Screenshot("picture-narrow")
	})
}

// A model that is known to see nothing is not offered pictures; one that comes all the same is told what to do about.
func TestAModelThatSeesNothingIsSaid(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		p.Until("no button for pictures", `!document.querySelector('[aria-label="Add a picture"]')`)
		give(t, p, pasting(b), "chart.png", drawing)
		p.Shows("cannot see pictures. Choose a model that can")
		ask(t, p, "What is this?")
		p.Shows("cannot see pictures")
		p.Locate("button", "Remove the picture chart.png") // it came back
	})
}
