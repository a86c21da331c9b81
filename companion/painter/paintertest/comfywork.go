package paintertest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/coder/websocket"
)

// work does the jobs, the lowest number first.
func (c *ComfyUI) work(ctx context.Context) {
	defer close(c.worked)
	for {
		c.mu.Lock()
		for len(c.pending) == 0 && !c.over {
			c.changed.Wait()
		}
		if c.over {
			c.mu.Unlock()
			return
		}
		slices.SortFunc(c.pending, func(a, b *job) int { return int(a.number - b.number) })
		c.running, c.pending = c.pending[0], c.pending[1:]
		j := c.running
		c.mu.Unlock()
		c.tell(ctx, "", "status", c.remaining())
		past := c.do(ctx, j)
		c.set(func() {
			c.past[j.id] = past
			c.running = nil
		})
		c.tell(ctx, j.owner, "executing", map[string]any{"node": nil, "prompt_id": j.id})
		c.tell(ctx, "", "status", c.remaining())
	}
}

func (c *ComfyUI) remaining() any {
	n := get(c, func() int {
		if c.running != nil {
			return len(c.pending) + 1
		}
		return len(c.pending)
	})
	return map[string]any{"status": map[string]any{"exec_info": map[string]any{"queue_remaining": n}}}
}

// do is one job. It answers what the history has of it.
func (c *ComfyUI) do(ctx context.Context, j *job) any {
	var said [][]any
	say := func(kind string, data map[string]any) {
		data["prompt_id"] = j.id
		said = append(said, []any{kind, data})
		c.tell(ctx, j.owner, kind, data)
	}
	outputs := map[string]any{}
	ended := func(word string) any {
		return map[string]any{
			"prompt": []any{j.number, j.id, j.graph, map[string]any{}, []string{"9"}}, "outputs": outputs, "meta": map[string]any{},
			"status": map[string]any{"status_str": word, "completed": word == "success", "messages": said},
		}
	}
	say("execution_start", map[string]any{})
	say("execution_cached", map[string]any{"nodes": []string{}})
	for _, id := range slices.Sorted(maps.Keys(j.graph)) {
		class := j.graph[id].Class
		c.tell(ctx, j.owner, "executing", map[string]any{"node": id, "display_node": id, "prompt_id": j.id})
		switch class {
		case "KSampler", "KSamplerAdvanced", "SamplerCustomAdvanced":
			c.tell(ctx, j.owner, "progress", map[string]any{"value": 8, "max": 20, "prompt_id": j.id, "node": id})
			c.preview(ctx, j.owner)
			stopped, failure := c.wait(j)
			if stopped {
				say("execution_interrupted", map[string]any{"node_id": id, "node_type": class, "executed": []string{}})
				return ended("error")
			}
			if failure != "" {
				say("execution_error", map[string]any{"node_id": id, "node_type": class, "exception_message": failure, "exception_type": "RuntimeError", "traceback": []string{"line 1"}})
				return ended("error")
			}
		case "SaveImage", "PreviewImage":
			kind := map[string]string{"SaveImage": "output", "PreviewImage": "temp"}[class]
			out := map[string]any{"images": []any{map[string]any{"filename": fmt.Sprintf("ComfyUI_%g_%s_.png", j.number, id), "subfolder": "", "type": kind}}}
			outputs[id] = out
			c.tell(ctx, j.owner, "executed", map[string]any{"node": id, "display_node": id, "output": out, "prompt_id": j.id})
		}
	}
	say("execution_success", map[string]any{})
	return ended("success")
}

// wait holds a job while that is wanted, and says how it is to end.
func (c *ComfyUI) wait(j *job) (stopped bool, failure string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.held && !j.stopped && !c.over {
		c.changed.Wait()
	}
	return j.stopped, c.failure
}

func (c *ComfyUI) socket(w http.ResponseWriter, r *http.Request) {
	if get(c, func() bool { return c.deaf }) {
		http.Error(w, "", http.StatusForbidden)
		return
	}
	conn, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	id := r.URL.Query().Get("clientId")
	c.set(func() {
		c.sockets[id] = conn
		c.listened++
	})
	status, _ := c.remaining().(map[string]any)
	status["sid"] = id
	c.tell(r.Context(), id, "status", status)
	_, _, _ = conn.Read(r.Context()) // until it closes; clients say nothing
	c.set(func() {
		if c.sockets[id] == conn {
			delete(c.sockets, id)
		}
	})
	_ = conn.CloseNow() // it may be gone
}

// tell sends to one client, or to all.
func (c *ComfyUI) tell(ctx context.Context, to, kind string, data any) {
	text, _ := json.Marshal(map[string]any{"type": kind, "data": data})
	c.send(ctx, to, websocket.MessageText, text)
}

// preview sends a picture in the making: 1 is a preview, then 1 a JPEG.
func (c *ComfyUI) preview(ctx context.Context, to string) {
	c.send(ctx, to, websocket.MessageBinary, append([]byte{0, 0, 0, 1, 0, 0, 0, 1}, "JPEG"...))
}

func (c *ComfyUI) send(ctx context.Context, to string, kind websocket.MessageType, data []byte) {
	for _, s := range get(c, func() (out []*websocket.Conn) {
		for id, s := range c.sockets {
			if to == "" || id == to {
				out = append(out, s)
			}
		}
		return out
	}) {
		_ = s.Write(ctx, kind, data) // it may be gone
	}
}
