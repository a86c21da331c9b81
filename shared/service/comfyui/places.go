package comfyui

import (
	"strings"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// The marks by which a person says where a text goes, in a workflow whose nodes we know nothing of.
const (
	promptMark   = "%prompt%"
	negativeMark = "%negative_prompt%"
	pictureMark  = "%picture%"
)

// places are where the fields of a recipe go. A field without a place is one that the workflow has no use for.
type places map[string][]place

// places finds them: a text by its mark, or else by what the samplers call positive and negative; all else by the names that
// ComfyUI's own nodes give to their inputs.
func (w workflow) places() places {
	out := places{"prompt": w.marked(promptMark), "negative": w.marked(negativeMark)}
	if out["prompt"] == nil {
		out["prompt"] = w.texts("positive", nil)
	}
	if out["prompt"] == nil && !w.linked("positive") { // there are guiders with one side alone
		out["prompt"] = w.texts("conditioning", nil)
	}
	if out["negative"] == nil {
		out["negative"] = w.texts("negative", out["prompt"])
	}
	either := func(lists ...[]place) []place {
		for _, list := range lists {
			if len(list) > 0 {
				return list
			}
		}
		return nil
	}
	out["seed"] = append(w.numbers("seed"), w.numbers("noise_seed")...)
	out["steps"] = w.numbers("steps")
	out["guidance"] = either(w.numbers("cfg"), w.numbers("guidance"))
	out["sampler"] = w.values(func(n *node) bool { return n.text("sampler_name") }, "sampler_name")
	out["model"] = w.values(func(n *node) bool { return n.text("ckpt_name") }, "ckpt_name")
	out["width"] = w.values(sized, "width")
	out["height"] = w.values(sized, "height")
	if out["from"] = w.marked(pictureMark); out["from"] == nil {
		if found := w.values(func(n *node) bool { return n.Class == "LoadImage" && n.text("image") }, "image"); len(found) == 1 {
			out["from"] = found // of several nobody knows which one is meant
		}
	}
	if out["from"] != nil {
		out["change"] = w.numbers("denoise")
	}
	return out
}

// takes lists the fields that have a place.
func (p places) takes() []string {
	out := []string{}
	for _, field := range fields() {
		if len(p[field]) > 0 {
			out = append(out, field)
		}
	}
	return out
}

// fields are those of a recipe.
func fields() []string {
	return []string{"prompt", "negative", "seed", "steps", "guidance", "sampler", "model", "width", "height", "from", "change"}
}

// sized says whether a node has the size of the picture: those that begin one, and ours that scales one.
func sized(n *node) bool {
	return n.number("width") && n.number("height") && (n.number("batch_size") || n.Class == "ImageScale")
}

// values finds the inputs of a name in the nodes that are meant.
func (w workflow) values(meant func(*node) bool, input string) (out []place) {
	for _, id := range w.ids() {
		if meant(w[id]) {
			out = append(out, place{node: id, input: input})
		}
	}
	return out
}

func (w workflow) numbers(input string) []place {
	return w.values(func(n *node) bool { return n.number(input) }, input)
}

// marked finds the texts with a mark.
func (w workflow) marked(mark string) (out []place) {
	for _, id := range w.ids() {
		for input, value := range w[id].Inputs {
			if text, ok := value.(string); ok && strings.Contains(text, mark) {
				out = append(out, place{id, input, mark})
			}
		}
	}
	return out
}

// texts finds the texts that come in at an input of any node, and are not among others.
func (w workflow) texts(side string, not []place) (out []place) {
	seen := map[string]bool{}
	for _, p := range not {
		seen[p.node] = true
	}
	for _, id := range w.ids() {
		if from := w[id].link(side); from != "" {
			out = append(out, w.upstream(from, side, seen)...)
		}
	}
	return out
}

// linked says whether any node has something come in there.
func (w workflow) linked(input string) bool {
	for _, n := range w {
		if n.link(input) != "" {
			return true
		}
	}
	return false
}

// upstream looks for texts in a node and in those that it is made of, each once.
func (w workflow) upstream(id, side string, seen map[string]bool) (out []place) {
	n, ok := w[id]
	if !ok || seen[id] {
		return nil
	}
	seen[id] = true
	for _, input := range textInputs() {
		if n.text(input) {
			out = append(out, place{node: id, input: input})
		}
	}
	if out != nil {
		return out
	}
	for input := range n.Inputs {
		from := n.link(input)
		if from != "" && (input == side || isText(input) || strings.HasPrefix(input, "conditioning")) {
			out = append(out, w.upstream(from, side, seen)...)
		}
	}
	return out
}

// textInputs are what encoders and texts of their own call their text.
func textInputs() []string {
	return []string{"text", "text_g", "text_l", "clip_l", "t5xxl", "prompt", "string", "value"}
}

func isText(input string) bool {
	for _, one := range textInputs() {
		if input == one {
			return true
		}
	}
	return false
}

// fill puts a request into a workflow. Picture is what ComfyUI calls the one to begin from. What has no place is left out.
func (w workflow) fill(r service.PictureRequest, picture string) {
	at := w.places()
	w.put(at["prompt"], r.Prompt)
	w.put(at["negative"], r.Negative)
	w.put(at["seed"], r.Seed)
	for field, value := range map[string]int{"steps": r.Steps, "width": r.Width, "height": r.Height} {
		if value > 0 {
			w.put(at[field], value)
		}
	}
	for field, value := range map[string]float64{"guidance": r.Guidance, "change": r.Change} {
		if value > 0 {
			w.put(at[field], value)
		}
	}
	for field, value := range map[string]string{"sampler": r.Sampler, "model": r.Model, "from": picture} {
		if value != "" {
			w.put(at[field], value)
		}
	}
}

// Read looks into a workflow; see service.WorkflowPainter.
func (c *Connector) Read(text []byte) ([]string, error) {
	w, err := read(text)
	if err != nil {
		return nil, err
	}
	at := w.places()
	if len(at["prompt"]) == 0 {
		return nil, fault.New(fault.Invalid, "no node of that workflow takes the description of a picture").WithField("workflow").
			WithRemedy("connect a CLIP Text Encode to the positive input of the sampler, or write %s into the text that it shall take, and export it again", promptMark)
	}
	return at.takes(), nil
}

// Takes lists all: the usual workflows have a place for each.
func (c *Connector) Takes() []string { return fields() }
