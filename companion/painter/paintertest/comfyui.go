package paintertest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"

	"github.com/coder/websocket"
)

// ComfyUI is a ComfyUI, written after its server.py and execution.py. It does one job after the other, at once unless it is held.
type ComfyUI struct {
	*httptest.Server

	end    context.CancelFunc // ends the worker
	worked chan struct{}      // closed when it has ended

	mu       sync.Mutex // guards all below
	changed  *sync.Cond // anything
	over     bool
	asked    []Graph
	number   float64
	pending  []*job
	running  *job
	past     map[string]any
	sockets  map[string]*websocket.Conn
	deaf     bool // opens no WebSocket
	old      bool // of before 2025
	held     bool
	uploads  map[string][]byte // by name and type
	failure  string            // of the sampler
	deleted  int
	stopped  int
	listened int
}

// Graph is a workflow as it came.
type Graph map[string]struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"`
}

type job struct {
	number  float64
	id      string
	owner   string
	graph   Graph
	stopped bool
}

// NewComfyUI starts one. The caller closes it by Stop.
func NewComfyUI() *ComfyUI {
	c := &ComfyUI{past: map[string]any{}, sockets: map[string]*websocket.Conn{}, uploads: map[string][]byte{}, worked: make(chan struct{})}
	c.changed = sync.NewCond(&c.mu)
	mux := http.NewServeMux()
	answers := func(route, text string) {
		mux.HandleFunc("GET "+route, func(w http.ResponseWriter, _ *http.Request) { says(w, http.StatusOK, json.RawMessage(text)) })
	}
	answers("/system_stats", `{"system":{"os":"posix","comfyui_version":"0.3.40","python_version":"3.12"},"devices":[]}`)
	answers("/models/checkpoints", `["sd15.safetensors","sdxl.safetensors"]`)
	answers("/object_info/KSampler", `{"KSampler":{"input":{"required":{"seed":["INT",{"default":0}],"sampler_name":[["euler","dpmpp_2m"],{"tooltip":"x"}]}}}}`)
	mux.HandleFunc("POST /upload/image", c.upload)
	mux.HandleFunc("POST /prompt", c.prompt)
	mux.HandleFunc("GET /queue", c.queue)
	mux.HandleFunc("POST /queue", c.dequeue)
	mux.HandleFunc("POST /interrupt", c.interrupt)
	mux.HandleFunc("GET /history/{id}", c.history)
	mux.HandleFunc("GET /view", c.view)
	mux.HandleFunc("GET /ws", c.socket)
	ctx, end := context.WithCancel(context.Background())
	c.Server, c.end = httptest.NewServer(mux), end
	go c.work(ctx)
	return c
}

// Stop ends it.
func (c *ComfyUI) Stop() {
	c.set(func() { c.over = true })
	c.end()
	<-c.worked
	c.Drop()
	c.CloseClientConnections()
	c.Close()
}

// set changes something and tells the worker.
func (c *ComfyUI) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
	c.changed.Broadcast()
}

// Hold has jobs wait in the middle of their sampler until Finish.
func (c *ComfyUI) Hold() { c.set(func() { c.held = true }) }

// Finish ends Hold.
func (c *ComfyUI) Finish() { c.set(func() { c.held = false }) }

// Fail has samplers fail with a message; "" for no more.
func (c *ComfyUI) Fail(message string) { c.set(func() { c.failure = message }) }

// Old has it be as before 2025: it chooses the ids, and an interruption ends whatever runs.
func (c *ComfyUI) Old() { c.set(func() { c.old = true }) }

// Deafen has it open no WebSocket, or open them again.
func (c *ComfyUI) Deafen(deaf bool) { c.set(func() { c.deaf = deaf }) }

// Forget loses every job, as a restart does.
func (c *ComfyUI) Forget() {
	c.set(func() {
		c.pending, c.past = nil, map[string]any{}
		if c.running != nil {
			c.running.stopped, c.running.id = true, "forgotten"
		}
	})
}

// Drop cuts every WebSocket.
func (c *ComfyUI) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.sockets {
		_ = s.CloseNow() // it may be gone
	}
}

// Interrupt ends what is being done, as somebody there can.
func (c *ComfyUI) Interrupt() {
	c.set(func() {
		if c.running != nil {
			c.running.stopped = true
		}
	})
}

// Other puts the job of somebody else into the queue.
func (c *ComfyUI) Other() {
	c.set(func() {
		c.pending = append(c.pending, &job{number: c.number, id: "other", graph: Graph{"1": {Class: "KSampler"}}})
		c.number++
	})
}

// Asked are the workflows that it took.
func (c *ComfyUI) Asked() []Graph { return get(c, func() []Graph { return slices.Clone(c.asked) }) }

// Uploaded is a picture that it was given, by what a node calls it.
func (c *ComfyUI) Uploaded(name string) []byte {
	return get(c, func() []byte { return c.uploads[name] })
}

// Ended counts the jobs that were taken off its queue, and those that were interrupted.
func (c *ComfyUI) Ended() (deleted, interrupted int) {
	both := get(c, func() [2]int { return [2]int{c.deleted, c.stopped} })
	return both[0], both[1]
}

// Listened counts the WebSockets that were opened.
func (c *ComfyUI) Listened() int { return get(c, func() int { return c.listened }) }

// Works says whether the job of somebody else is being done.
func (c *ComfyUI) Works() bool {
	return get(c, func() bool { return c.running != nil && c.running.id == "other" })
}

func get[T any](c *ComfyUI, what func() T) T {
	c.mu.Lock()
	defer c.mu.Unlock()
	return what()
}

func says(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}

func (c *ComfyUI) upload(w http.ResponseWriter, r *http.Request) {
	part, header, err := r.FormFile("image")
	if err != nil {
		http.Error(w, "", http.StatusBadRequest)
		return
	}
	data, _ := io.ReadAll(part)
	kind := r.FormValue("type")
	c.set(func() { c.uploads[header.Filename+" ["+kind+"]"] = data })
	says(w, http.StatusOK, map[string]string{"name": header.Filename, "subfolder": "", "type": kind})
}

func (c *ComfyUI) prompt(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Prompt Graph  `json:"prompt"`
		Client string `json:"client_id"`
		ID     string `json:"prompt_id"`
	}
	if json.NewDecoder(r.Body).Decode(&in) != nil || in.Prompt == nil {
		says(w, http.StatusBadRequest, map[string]any{"error": map[string]any{"type": "no_prompt", "message": "No prompt provided", "details": "No prompt provided", "extra_info": map[string]any{}}, "node_errors": map[string]any{}})
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if failed, wrong := c.validate(in.Prompt); failed != nil {
		says(w, http.StatusBadRequest, map[string]any{"error": failed, "node_errors": wrong})
		return
	}
	j := &job{number: c.number, id: in.ID, owner: in.Client, graph: in.Prompt}
	if c.old || j.id == "" {
		j.id = fmt.Sprintf("job-%g", c.number)
	}
	c.number++
	c.asked = append(c.asked, in.Prompt)
	c.pending = append(c.pending, j)
	c.changed.Broadcast()
	says(w, http.StatusOK, map[string]any{"prompt_id": j.id, "number": j.number, "node_errors": map[string]any{}})
}

// validate looks at what the real one looks at: whether nodes and files are there, and something is made of it all.
func (c *ComfyUI) validate(g Graph) (failed, wrong map[string]any) {
	output, nodes := false, map[string]any{}
	complain := func(id, kind, message, details string) {
		nodes[id] = map[string]any{"errors": []any{map[string]any{"type": kind, "message": message, "details": details, "extra_info": map[string]any{}}}, "dependent_outputs": []string{"9"}, "class_type": g[id].Class}
	}
	for id, n := range g {
		switch n.Class {
		case "SaveImage", "PreviewImage":
			output = true
		case "CheckpointLoaderSimple":
			if name := n.Inputs["ckpt_name"]; name != "sd15.safetensors" && name != "sdxl.safetensors" {
				complain(id, "value_not_in_list", "Value not in list", fmt.Sprintf("ckpt_name: '%v' not in ['sd15.safetensors', 'sdxl.safetensors']", name))
			}
		case "LoadImage":
			if name, _ := n.Inputs["image"].(string); c.uploads[name] == nil {
				complain(id, "custom_validation_failed", "Custom validation failed for node", "image - Invalid image file: "+name)
			}
		case "Missing":
			return map[string]any{"type": "invalid_prompt", "message": "Cannot execute because node Missing does not exist.", "details": "Node ID '#" + id + "'", "extra_info": map[string]any{}}, map[string]any{}
		}
	}
	switch {
	case !output:
		return map[string]any{"type": "prompt_no_outputs", "message": "Prompt has no outputs", "details": "", "extra_info": map[string]any{}}, map[string]any{}
	case len(nodes) > 0:
		return map[string]any{"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation", "details": "", "extra_info": map[string]any{}}, nodes
	}
	return nil, nil
}

func (c *ComfyUI) queue(w http.ResponseWriter, _ *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry := func(j *job) any {
		return []any{j.number, j.id, j.graph, map[string]any{"client_id": j.owner}, []string{"9"}}
	}
	lists := map[string][]any{"queue_running": {}, "queue_pending": {}}
	if c.running != nil {
		lists["queue_running"] = append(lists["queue_running"], entry(c.running))
	}
	for _, j := range c.pending {
		lists["queue_pending"] = append(lists["queue_pending"], entry(j))
	}
	says(w, http.StatusOK, lists)
}

func (c *ComfyUI) dequeue(w http.ResponseWriter, r *http.Request) {
	var in struct {
		Delete []string `json:"delete"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	c.set(func() {
		before := len(c.pending)
		c.pending = slices.DeleteFunc(c.pending, func(j *job) bool { return slices.Contains(in.Delete, j.id) })
		c.deleted += before - len(c.pending)
	})
	w.WriteHeader(http.StatusOK) // without a body
}

func (c *ComfyUI) interrupt(w http.ResponseWriter, r *http.Request) {
	var in struct {
		ID string `json:"prompt_id"`
	}
	_ = json.NewDecoder(r.Body).Decode(&in)
	c.set(func() {
		if c.running != nil && (c.old || in.ID == "" || in.ID == c.running.id) {
			c.running.stopped = true
			c.stopped++
		}
	})
	w.WriteHeader(http.StatusOK)
}

func (c *ComfyUI) history(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := map[string]any{}
	if p, ok := c.past[r.PathValue("id")]; ok {
		out[r.PathValue("id")] = p
	}
	says(w, http.StatusOK, out)
}

func (c *ComfyUI) view(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if !strings.HasPrefix(q.Get("filename"), "ComfyUI_") || q.Get("type") == "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(Picture(64, 64))
}
