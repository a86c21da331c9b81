// Package paintertest stands in for the services that make pictures, for tests: the programs themselves need gigabytes of models
// and a graphics card. Each answers as its published API and clients say (the web UI's /sdapi/v1, PyPI webuiapi; ComfyUI's own server.py
// and script_examples, npm @stable-canvas/comfyui-client).
//
// Imports coder/websocket and the standard library.
package paintertest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
)

// WebUI is a Stable Diffusion web UI. It makes its pictures at once unless it is held.
type WebUI struct {
	*httptest.Server

	mu       sync.Mutex // guards all below
	asked    []map[string]any
	hold     chan struct{} // closed by Finish, or by an interruption
	progress float64
	stopped  int
	answer   func(w http.ResponseWriter) // in the place of a picture
}

// NewWebUI starts one. The caller closes it.
func NewWebUI() *WebUI {
	w := &WebUI{}
	mux := http.NewServeMux()
	say := func(text string) http.HandlerFunc {
		return func(out http.ResponseWriter, _ *http.Request) {
			out.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(out, text)
		}
	}
	mux.HandleFunc("GET /sdapi/v1/sd-models", say(`[{"title":"sd15.safetensors [6ce0161689]","model_name":"sd15","hash":"6ce0161689","sha256":null,"filename":"/x/sd15.safetensors","config":null}]`))
	mux.HandleFunc("GET /sdapi/v1/samplers", say(`[{"name":"Euler a","aliases":["k_euler_a"],"options":{}},{"name":"DPM++ 2M","aliases":["k_dpmpp_2m"],"options":{}}]`))
	mux.HandleFunc("POST /sdapi/v1/txt2img", w.paint)
	mux.HandleFunc("POST /sdapi/v1/img2img", w.paint)
	mux.HandleFunc("GET /sdapi/v1/progress", w.tell)
	mux.HandleFunc("POST /sdapi/v1/interrupt", w.interrupt)
	w.Server = httptest.NewServer(mux)
	return w
}

// Hold has pictures wait at a progress of 0 to 1 until Finish.
func (w *WebUI) Hold(progress float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.hold, w.progress = make(chan struct{}), progress
}

// Finish ends Hold.
func (w *WebUI) Finish() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.hold != nil {
		close(w.hold)
	}
	w.hold = nil
}

// Answer has txt2img answer in a way of its own; nil for pictures again.
func (w *WebUI) Answer(answer func(http.ResponseWriter)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// Asked are the requests for pictures so far.
func (w *WebUI) Asked() []map[string]any {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]map[string]any{}, w.asked...)
}

// Interrupted is how often it was told to stop.
func (w *WebUI) Interrupted() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stopped
}

func (w *WebUI) paint(out http.ResponseWriter, r *http.Request) {
	var in map[string]any
	if json.NewDecoder(r.Body).Decode(&in) != nil {
		http.Error(out, `{"detail":"not JSON"}`, http.StatusUnprocessableEntity)
		return
	}
	if pictures, _ := in["init_images"].([]any); strings.HasSuffix(r.URL.Path, "img2img") != (len(pictures) > 0) {
		http.Error(out, `{"detail":"Init image not found"}`, http.StatusNotFound)
		return
	}
	w.mu.Lock()
	w.asked = append(w.asked, in)
	hold, answer := w.hold, w.answer
	w.mu.Unlock()
	if hold != nil {
		select {
		case <-hold:
		case <-r.Context().Done(): // the web UI itself goes on; a test has no use for that
			return
		}
	}
	if answer != nil {
		answer(out)
		return
	}
	out.Header().Set("Content-Type", "application/json")
	info, _ := json.Marshal(fmt.Sprintf(`{"seed":%v}`, in["seed"]))
	_, _ = fmt.Fprintf(out, `{"images":[%q],"parameters":{},"info":%s}`, base64.StdEncoding.EncodeToString(Picture(64, 64)), info)
}

func (w *WebUI) tell(out http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	progress := w.progress
	if w.hold == nil {
		progress = 0
	}
	w.mu.Unlock()
	out.Header().Set("Content-Type", "application/json")
	_, _ = fmt.Fprintf(out, `{"progress":%g,"eta_relative":1.5,"state":{"skipped":false,"interrupted":false,"job":"","job_count":1,"job_no":0,"sampling_step":3,"sampling_steps":20},"current_image":null,"textinfo":null}`, progress)
}

func (w *WebUI) interrupt(out http.ResponseWriter, _ *http.Request) {
	w.mu.Lock()
	w.stopped++
	w.mu.Unlock()
	out.Header().Set("Content-Type", "application/json")
	_, _ = io.WriteString(out, `{}`)
}

// Picture is a PNG with shades from one corner to the other.
func Picture(width, height int) []byte {
	p := image.NewRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			p.Set(x, y, color.RGBA{uint8(x * 255 / width), uint8(y * 255 / height), 160, 255}) //nolint:gosec // it fits
		}
	}
	var out bytes.Buffer
	_ = png.Encode(&out, p) // into memory
	return out.Bytes()
}
