package comfyui

import (
	"bytes"
	"cmp"
	_ "embed" // for the usual workflows
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// The workflows of who has none: in ComfyUI's own API format. Both end in a preview, so that ComfyUI keeps no copy of its own.
var (
	//go:embed usual.json
	usual []byte
	//go:embed from_picture.json
	fromPicture []byte
)

// workflow is a graph of nodes by their id, in the format of ComfyUI's API.
type workflow map[string]*node

type node struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"` // a value, or a link: [id of a node, number of its output]
	Meta   meta           `json:"_meta"`
}

type meta struct {
	Title string `json:"title"`
}

// read takes a workflow as ComfyUI exports it for its API.
func read(text []byte) (workflow, error) {
	wrong := func(format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).WithField("workflow").
			WithRemedy("in ComfyUI choose Workflow, Export (API), and take that file; in older versions Save (API Format), after switching on the dev mode options")
	}
	var nodes map[string]json.RawMessage
	if err := json.Unmarshal(text, &nodes); err != nil {
		return nil, wrong("that is no workflow: it is not a JSON object")
	}
	if _, isList := nodes["nodes"]; isList {
		return nil, wrong("that is a workflow as ComfyUI's editor keeps it, not as its API takes it")
	}
	if len(nodes) == 0 {
		return nil, wrong("that workflow has no nodes")
	}
	w := make(workflow, len(nodes))
	for id, raw := range nodes {
		var n node
		decoder := json.NewDecoder(bytes.NewReader(raw))
		decoder.UseNumber() // a seed may have more digits than a float
		if err := decoder.Decode(&n); err != nil || n.Class == "" || n.Inputs == nil {
			return nil, wrong("that is no workflow for ComfyUI's API: %.40q is not a node with a class_type and inputs", id)
		}
		w[id] = &n
	}
	return w, nil
}

// ids lists the nodes in the order of their numbers.
func (w workflow) ids() []string {
	return slices.SortedFunc(maps.Keys(w), func(a, b string) int {
		x, _ := strconv.Atoi(a)
		y, _ := strconv.Atoi(b)
		return cmp.Or(cmp.Compare(x, y), strings.Compare(a, b))
	})
}

// name is what a person calls a node.
func (w workflow) name(id string) string {
	n, ok := w[id]
	switch {
	case !ok:
		return ""
	case n.Meta.Title != "":
		return n.Meta.Title
	}
	return n.Class
}

// link is the node that an input is connected to; "" for a value.
func (n *node) link(input string) string {
	if list, ok := n.Inputs[input].([]any); ok && len(list) == 2 {
		id, _ := list[0].(string)
		return id
	}
	return ""
}

// text says whether an input is a text that is written there.
func (n *node) text(input string) bool {
	_, ok := n.Inputs[input].(string)
	return ok
}

// number says whether an input is a number that is written there.
func (n *node) number(input string) bool {
	_, ok := n.Inputs[input].(json.Number)
	return ok
}

// place is where a field of a recipe goes: an input of a node. In is a part of the text there that the field stands for; none for
// all of it.
type place struct{ node, input, in string }

// put writes a value to places.
func (w workflow) put(at []place, value any) {
	for _, p := range at {
		inputs := w[p.node].Inputs
		if text, ok := value.(string); ok && p.in != "" {
			inputs[p.input] = strings.ReplaceAll(inputs[p.input].(string), p.in, text)
			continue
		}
		inputs[p.input] = value
	}
}
