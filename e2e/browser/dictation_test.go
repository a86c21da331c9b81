package browser_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// standInRecognition stands in for the browser's recognition, which sends what it hears to the browser's maker. Its surface is
// that of the Web Speech API: start, stop, abort, and onresult, onerror, onend.
const standInRecognition = `(window.SpeechRecognition = class {
	constructor() { window.hearing = this; }
	start() { this.on = true; }
	stop() { this.onend(); }
	abort() { this.onend(); }
	hears(transcript, isFinal) { this.onresult({ resultIndex: 0, results: [Object.assign([{ transcript }], { isFinal })] }); }
}, true)`

// speechServer stands in for a server of speech. It is held to OpenAI's published API (https://platform.openai.com/docs/api-reference/audio):
// what that would refuse, it refuses with 400, and it answers in that shape.
type speechServer struct {
	url string

	mu     sync.Mutex // guards all below
	asked  int
	said   map[string]any
	fail   http.HandlerFunc // answers instead, if set
	reason string           // why it refused last
}

func serveSpeech(t *testing.T) *speechServer {
	t.Helper()
	s := &speechServer{}
	front := httptest.NewServer(s)
	t.Cleanup(front.Close)
	s.url = front.URL
	return s
}

// ServeHTTP answers as the API says.
func (s *speechServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked++
	if s.fail != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		s.fail(w, r)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "POST /v1/audio/transcriptions":
		if s.reason = notToTranscribe(r); s.reason == "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, `{"text":"hello kai"}`)
			return
		}
	case "POST /v1/audio/speech":
		s.said = map[string]any{}
		if s.reason = notToSpeak(r, s.said); s.reason == "" {
			w.Header().Set("Content-Type", "audio/mpeg")
			_, _ = w.Write(silence())
			return
		}
	default:
		w.WriteHeader(http.StatusNotFound)
		return
	}
	http.Error(w, `{"error":{"message":"`+s.reason+`","type":"invalid_request_error"}}`, http.StatusBadRequest)
}

// notToTranscribe says what is wrong with a request for a transcription.
func notToTranscribe(r *http.Request) string {
	file, head, err := r.FormFile("file")
	if err != nil {
		return "file is required"
	}
	sound, err := io.ReadAll(file)
	switch {
	case err != nil:
		return "file cannot be read"
	case !slices.Contains([]string{".flac", ".mp3", ".mp4", ".mpeg", ".mpga", ".m4a", ".ogg", ".wav", ".webm"}, path.Ext(head.Filename)):
		return "file is of no known format"
	case path.Ext(head.Filename) == ".webm" && !bytes.HasPrefix(sound, []byte("\x1a\x45\xdf\xa3")), path.Ext(head.Filename) == ".ogg" && !bytes.HasPrefix(sound, []byte("OggS")):
		return "file is not what its name says"
	case r.FormValue("model") == "":
		return "model is required"
	case !slices.Contains([]string{"", "json", "text", "srt", "verbose_json", "vtt"}, r.FormValue("response_format")):
		return "response_format is unknown"
	}
	return ""
}

// notToSpeak says what is wrong with a request for speech, which it reads.
func notToSpeak(r *http.Request, said map[string]any) string {
	if r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&said) != nil {
		return "the body is no JSON"
	}
	input, _ := said["input"].(string)
	speed, _ := said["speed"].(float64)
	format, _ := said["response_format"].(string)
	switch {
	case said["model"] == "" || said["voice"] == "":
		return "model and voice are required"
	case input == "" || len([]rune(input)) > 4096:
		return "input has 1 to 4096 characters"
	case speed < 0.25 || speed > 4:
		return "speed is from 0.25 to 4"
	case !slices.Contains([]string{"mp3", "opus", "aac", "flac", "wav", "pcm"}, format):
		return "response_format is unknown"
	}
	return ""
}

// silence is a second of an MP3 file.
func silence() []byte {
	frame := make([]byte, 417) // MPEG-1 layer III, 128 kbit/s, 44.1 kHz, one channel; without bits for sound it is silent
	copy(frame, "\xff\xfb\x90\xc4")
	return bytes.Repeat(frame, 39)
}

func (s *speechServer) last() (asked int, said map[string]any, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked, s.said, s.reason
}

func (s *speechServer) failWith(fail http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

func withStatus(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
}

func TestAQuestionIsDictatedToTheBrowser(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := view(t, b, "tab", line(t))
		require.False(t, p.Has("button", "Dictate"), "it is off until it is turned on")
		p.Eval(standInRecognition, nil)
		p.Click("button", "Settings")
		choose(p, "Dictate questions", "By the browser")
		p.Shows("Chrome sends it to Google")
		p.Click("button", "Back")

		p.Click("button", "Dictate")
		p.Shows("Listening…")
		p.Eval(`(hearing.hears("hello", false), true)`, nil)
		p.Shows("hello")
		p.Eval(`(hearing.hears("hello kai", true), true)`, nil)
		p.Click("button", "Finish dictating")
		p.Gone("button", "Finish dictating")
		p.Click("button", "Send")
		p.Shows(model.Answer("hello kai"))

		p.Click("button", "Dictate")
		p.Eval(`(hearing.hears("never mind", false), true)`, nil)
		p.Shows("never mind")
		p.Click("button", "Cancel")
		p.Hides("never mind")
		p.Click("button", "Dictate")
		p.Eval(`(hearing.onerror({ error: "not-allowed" }), true)`, nil)
		p.Shows("The browser does not let kAI use the microphone.")
		p.Locate("button", "Dictate")
	})
}

// hearBy has the settings name a server for dictation.
func hearBy(p *harness.Page, url string) {
	p.Click("button", "Settings")
	choose(p, "Dictate questions", "By a server (OpenAI's API)")
	p.Fill("textbox", "Address of the server that listens", url)
}

// speakBy has the settings, where they are open, name a server for reading aloud.
func speakBy(p *harness.Page, url string) {
	p.Click("checkbox", "A button at each answer reads it aloud")
	choose(p, "Read by means of", "By a server (OpenAI's API)")
	p.Fill("textbox", "Address of the server that speaks", url)
}

// What is asked of a server is what the API says: real ones take more. Microphone, recorder and loudspeaker are real.
func TestAQuestionIsDictatedToAServerAndItsAnswerReadByOne(t *testing.T) {
	t.Parallel()
	harness.InEachWithSound(t, func(t *testing.T, b harness.Browser, sound *harness.Sound) {
		s := serveSpeech(t)
		p := view(t, b, "tab", line(t))
		p.Eval(`(() => {
			const own = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
			window.microphones = [];
			navigator.mediaDevices.getUserMedia = async (what) => { const m = await own(what); window.microphones.push(m); return m; };
			return true;
		})()`, nil)
		hearBy(p, s.url)
		speakBy(p, s.url)
		if b.Name() == "chromium" {
			p.Eval(`for (const s of document.querySelectorAll(".section")) s.hidden = !s.querySelector("input[type=range]")`, nil)
			p.Shoot("dictation-settings")
			p.Resize(1280, 800)
		}
		p.Click("button", "Back")

		p.Click("button", "Dictate")
		p.Shows("Listening…")
		p.Until("the time", `/0:0[1-9] of 5:00/.test(document.body.innerText)`)
		sound.Hum()
		p.Until("something to hear", `document.querySelector(".level")?.value > 0.1`)
		if b.Name() == "chromium" {
			p.Shoot("dictating")
			p.Resize(1280, 800)
		}
		p.Click("button", "Finish dictating")
		p.Until("what was said", `document.querySelector("#message").value === "hello kai" && document.activeElement.id === "message"`)
		_, _, reason := s.last()
		require.Empty(t, reason)
		p.Until("the microphone to be let go", `microphones.length === 1 && microphones.every((m) => m.getTracks().every((x) => x.readyState === "ended"))`)
		p.Press("Enter")
		p.Shows("tokens/s")

		p.Click("button", "Read aloud")
		require.Eventually(t, func() bool { _, said, _ := s.last(); return said != nil }, harness.Patience, harness.Patience/1000)
		_, said, reason := s.last()
		require.Empty(t, reason)
		require.Equal(t, model.Answer("hello kai"), said["input"])
		p.Locate("button", "Read aloud") // once it is said
		require.NotContains(t, p.Text(), "The server that reads aloud")

		s.failWith(withStatus(http.StatusUnauthorized))
		p.Click("button", "Read aloud")
		p.Shows("The server that reads aloud wants a key (HTTP status 401)")
		s.failWith(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<!doctype html>") })
		p.Click("button", "Read aloud")
		p.Shows("The server that reads aloud gives something else")
	})
}

func TestDictationIsCancelledByKeyAndKeepsNothing(t *testing.T) {
	t.Parallel()
	harness.InEachWithSound(t, func(t *testing.T, b harness.Browser, _ *harness.Sound) {
		s := serveSpeech(t)
		p := view(t, b, "tab", line(t))
		hearBy(p, s.url)
		p.Click("button", "Back")
		p.Fill("textbox", "Message", "hello")
		for range 12 {
			p.Press("Tab")
			var name string
			if p.Eval(`document.activeElement.getAttribute("aria-label") ?? ""`, &name); name == "Dictate" {
				break
			}
		}
		p.Press("Enter")
		p.Shows("Listening…")
		p.Press("Escape")
		p.Hides("Listening…")
		p.Until("the text box as it was", `document.querySelector("#message").value === "hello" && document.activeElement.id === "message"`)
		asked, _, _ := s.last()
		require.Zero(t, asked, "what is cancelled goes nowhere")

		p.Click("button", "Dictate")
		p.Shows("Listening…")
		p.Click("textbox", "Message")
		p.Press("Enter")
		p.Until("what was said, after what was there", `document.querySelector("#message").value === "hello hello kai"`)
	})
}

// Whatever a server of speech does wrong is told in words, with what to do, and the person goes on.
func TestATroubleOfAServerOfSpeechIsTold(t *testing.T) {
	t.Parallel()
	harness.InEachWithSound(t, func(t *testing.T, b harness.Browser, _ *harness.Sound) {
		s := serveSpeech(t)
		p := view(t, b, "tab", line(t))
		hearBy(p, s.url)
		p.Click("button", "Back")
		for _, c := range []struct {
			words string
			fail  http.HandlerFunc
		}{
			{"wants a key (HTTP status 401), and kAI sends none.", withStatus(http.StatusUnauthorized)},
			{"has nothing at this address, or does not know the model (HTTP status 404).", withStatus(http.StatusNotFound)},
			{"refused (HTTP status 503).", withStatus(http.StatusServiceUnavailable)},
			{"gives something else than servers of speech do", func(w http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(w, "<!doctype html><title>Router</title>")
			}},
			{"broke off before it was done.", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				_, _ = io.WriteString(w, `{"text":"hel`)
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}},
			{"does not answer. Start it, or look at its address", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }},
		} {
			s.failWith(c.fail)
			p.Click("button", "Dictate")
			p.Shows("Listening…")
			p.Click("button", "Finish dictating")
			p.Shows("The server that listens " + c.words)
			p.Locate("button", "Dictate")
		}
		p.Screenshot("dictation-trouble-" + b.Name())
		s.failWith(nil)
		p.Click("button", "Dictate")
		p.Shows("Listening…")
		p.Click("button", "Finish dictating")
		p.Until("what was said", `document.querySelector("#message").value === "hello kai"`)
	})
}

func TestAMicrophoneThatIsRefusedIsTold(t *testing.T) {
	t.Parallel()
	harness.InEach(t, harness.Options{Muted: true}, func(t *testing.T, b harness.Browser) {
		s := serveSpeech(t)
		p := view(t, b, "tab", line(t))
		hearBy(p, s.url)
		p.Click("button", "Back")
		p.Click("button", "Dictate")
		p.Shows("The browser does not let kAI use the microphone.")
		p.Locate("button", "Dictate")
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
	})
}
