package comfyui

import (
	"context"
	"encoding/json"
	"net/url"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// message is what ComfyUI tells on its WebSocket.
type message struct {
	Type string `json:"type"`
	Data struct {
		Prompt string  `json:"prompt_id"`
		Node   *string `json:"node"`
		Value  float64 `json:"value"`
		Max    float64 `json:"max"`
		failure
	} `json:"data"`
}

// failure is why a node did not do its work.
type failure struct {
	NodeID   string `json:"node_id"`
	NodeType string `json:"node_type"`
	Message  string `json:"exception_message"`
}

// greeting is a message of ours: the WebSocket is open, or cannot be opened.
const greeting = "kai greeting"

// listen keeps the WebSocket open, and hands on what is told there, until ctx ends.
func (j *job) listen(ctx context.Context, news chan<- message) {
	tell := func(m message) {
		select {
		case news <- m:
		case <-ctx.Done():
		}
	}
	ear, ok := j.client.Transport.(service.Listener)
	if !ok {
		tell(message{Type: greeting})
		return
	}
	greeted := false
	greet := func() {
		if !greeted {
			greeted = true
			tell(message{Type: greeting})
		}
	}
	at := j.client.Request("GET", "/ws?"+url.Values{"clientId": {j.owner}}.Encode())
	for ctx.Err() == nil {
		_ = ear.Listen(ctx, at, func(text []byte) { // why it ended does not matter: what it does not tell is asked for
			greet()
			var m message
			if json.Unmarshal(text, &m) == nil {
				tell(m)
			}
		})
		greet()
		select {
		case <-time.After(dialEvery):
		case <-ctx.Done():
		}
	}
}

// hear takes a message to heart.
func (j *job) hear(m message) error {
	if m.Data.Prompt != j.id {
		return nil // of another's job, or of the whole queue
	}
	j.heard = true
	switch m.Type {
	case "executing":
		if m.Data.Node == nil {
			j.ended = true
			return nil
		}
		j.tell(*m.Data.Node, 0, 0)
	case "progress":
		if m.Data.Node != nil && m.Data.Max > 0 && m.Data.Value >= 0 && m.Data.Value <= m.Data.Max {
			j.tell(*m.Data.Node, m.Data.Value, m.Data.Max)
		}
	case "execution_success", "execution_interrupted":
		j.ended = true // the history says how
	case "execution_error":
		return j.failed(m.Data.failure)
	}
	return nil
}

// tell reports how far a node is.
func (j *job) tell(node string, done, total float64) {
	p := service.Progress{Status: j.client.Clean(j.workflow.name(node))}
	if total > 0 {
		p.Completed, p.Total = int64(100*done/total), 100
	}
	j.report(p)
}

// entry is a job in ComfyUI's queue: [number, id, workflow, …].
type entry struct {
	number float64
	id     string
}

// UnmarshalJSON reads the two that are wanted.
func (e *entry) UnmarshalJSON(raw []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(raw, &list); err != nil || len(list) < 2 {
		return fault.New(fault.Malformed, "an entry of ComfyUI's queue has another shape than known").WithRemedy("update kai")
	}
	if err := json.Unmarshal(list[0], &e.number); err != nil {
		return err
	}
	return json.Unmarshal(list[1], &e.id)
}

// past is what the history has of a job that ended.
type past struct {
	Outputs map[string]struct {
		Images []file `json:"images"`
	} `json:"outputs"`
	Status *struct {
		Word     string              `json:"status_str"`
		Messages [][]json.RawMessage `json:"messages"` // [type, data]
	} `json:"status"` // early versions say nothing
}

// history looks for it among what has ended.
func (j *job) history(ctx context.Context) (*file, error) {
	var all map[string]past
	if err := j.client.JSON(ctx, "GET", "/history/"+url.PathEscape(j.id), nil, &all, j.client.Limits.Reply); err != nil {
		return nil, err
	}
	found, ok := all[j.id]
	if !ok {
		return nil, nil //nolint:nilnil // not yet
	}
	if found.Status != nil && found.Status.Word == "error" {
		return nil, j.died(found)
	}
	return j.output(found)
}

// output is the picture that a job made: the first that was saved, or else previewed.
func (j *job) output(p past) (*file, error) {
	var preview *file
	for _, id := range j.workflow.ids() {
		for _, f := range p.Outputs[id].Images {
			if f.Name == "" {
				continue
			}
			if f.Type == "output" {
				return &f, nil
			}
			if preview == nil {
				preview = &f
			}
		}
	}
	if preview == nil {
		return nil, &ending{fault.New(fault.Malformed, "ComfyUI ended the workflow and has no picture of it").WithRemedy("let the workflow end in a Save Image or a Preview Image")}
	}
	return preview, nil
}
