package comfyui

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service/exchange"
)

// ending is the fault of a job that has ended: asking again would not change it.
type ending struct{ error }

func (e *ending) Unwrap() error { return e.error }

// refused says in words why ComfyUI did not take a workflow.
func (j *job) refused(err error, r *exchange.Refusal) error {
	var answer struct {
		Error struct {
			Message string `json:"message"`
			Details string `json:"details"`
		} `json:"error"`
		Nodes json.RawMessage `json:"node_errors"` // an empty list where there are none
	}
	if json.Unmarshal(r.Body, &answer) != nil || answer.Error.Message == "" {
		return err
	}
	var nodes map[string]struct {
		Class  string `json:"class_type"`
		Errors []struct {
			Message string `json:"message"`
			Details string `json:"details"`
		} `json:"errors"`
	}
	_ = json.Unmarshal(answer.Nodes, &nodes) // then there are none
	var told []string
	for _, id := range slices.Sorted(maps.Keys(nodes)) {
		for _, e := range nodes[id].Errors {
			told = append(told, j.client.Clean(j.called(id, nodes[id].Class)+": "+joined(e.Message, e.Details)))
		}
	}
	if told == nil {
		told = []string{j.client.Clean(joined(answer.Error.Message, answer.Error.Details))}
	}
	const most = 3
	if len(told) > most {
		told = append(told[:most], "and more")
	}
	return fault.Wrap(fault.Invalid, r, "ComfyUI refuses the workflow: "+strings.Join(told, "; ")).WithField("workflow").
		WithRemedy("choose a model and a sampler that ComfyUI has, or install what the workflow needs and export it again")
}

// failed says in words why a node did not do its work.
func (j *job) failed(f failure) error {
	text := j.client.Clean(f.Message)
	if text == "" {
		text = "it does not say why"
	}
	remedy := "look at ComfyUI's own log"
	if lower := strings.ToLower(f.Message); strings.Contains(lower, "out of memory") || strings.Contains(lower, "allocation on device") {
		remedy = "make a smaller picture, or choose a smaller model"
	}
	return &ending{fault.New(fault.Unavailable, "ComfyUI failed at %s: %s", j.called(f.NodeID, f.NodeType), text).WithRemedy("%s", remedy)}
}

// died says in words why a job in the history did not come to its end.
func (j *job) died(p past) error {
	for _, m := range p.Status.Messages {
		var word string
		if len(m) < 2 || json.Unmarshal(m[0], &word) != nil {
			continue
		}
		switch word {
		case "execution_error":
			var f failure
			_ = json.Unmarshal(m[1], &f) // then it does not say why
			return j.failed(f)
		case "execution_interrupted":
			return &ending{fault.New(fault.Unavailable, "the picture was stopped in ComfyUI itself").WithRemedy("try again")}
		}
	}
	return j.failed(failure{})
}

// called is what a person knows a node by.
func (j *job) called(id, class string) string {
	name := j.workflow.name(id)
	if name == "" {
		name = class
	}
	if name == "" {
		return "a node"
	}
	if id != "" {
		name += " (node " + id + ")"
	}
	return j.client.Clean(name)
}

func joined(message, details string) string {
	if details == "" {
		return message
	}
	return message + ": " + details
}
