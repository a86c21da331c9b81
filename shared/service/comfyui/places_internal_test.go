package comfyui

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/exchange"
)

// text is a workflow of nodes as given.
func text(nodes ...string) []byte { return []byte("{" + strings.Join(nodes, ",") + "}") }

const (
	sampler = `"3":{"class_type":"KSampler","inputs":{"seed":18446744073709551615,"positive":["6",0],"negative":["7",0],"model":["4",0]}}`
	save    = `"9":{"class_type":"SaveImage","inputs":{"images":["3",0]}}`
)

func TestAPromptFindsItsPlace(t *testing.T) {
	const description, unwanted = "a lamp", "rain"
	for name, c := range map[string]struct {
		workflow []byte
		want     map[string]any // of "node.input"
	}{
		"encoders": {
			text(sampler, `"6":{"class_type":"CLIPTextEncode","inputs":{"text":"x"}},"7":{"class_type":"CLIPTextEncode","inputs":{"text":"y"}}`, save),
			map[string]any{"6.text": description, "7.text": unwanted},
		},
		"both texts of SDXL": {
			text(sampler, `"6":{"class_type":"CLIPTextEncodeSDXL","inputs":{"text_g":"x","text_l":"x"}},"7":{"class_type":"CLIPTextEncode","inputs":{"text":"y"}}`),
			map[string]any{"6.text_g": description, "6.text_l": description, "7.text": unwanted},
		},
		"behind a node that has both sides": {
			text(strings.ReplaceAll(strings.ReplaceAll(sampler, `"6",0`, `"10",0`), `"7",0`, `"10",1`),
				`"10":{"class_type":"ControlNetApplyAdvanced","inputs":{"positive":["6",0],"negative":["7",0],"image":["11",0]}}`,
				`"6":{"class_type":"CLIPTextEncode","inputs":{"text":"x"}},"7":{"class_type":"CLIPTextEncode","inputs":{"text":"y"}}`),
			map[string]any{"6.text": description, "7.text": unwanted},
		},
		"a text in a node of its own": {
			text(sampler, `"6":{"class_type":"CLIPTextEncode","inputs":{"text":["12",0]}},"12":{"class_type":"PrimitiveString","inputs":{"value":"x"}}`,
				`"7":{"class_type":"CLIPTextEncode","inputs":{"text":"y"}}`),
			map[string]any{"12.value": description, "7.text": unwanted},
		},
		"a negative side that is made of the prompt itself": {
			text(sampler, `"6":{"class_type":"CLIPTextEncode","inputs":{"text":"x"}},"7":{"class_type":"ConditioningZeroOut","inputs":{"conditioning":["6",0]}}`),
			map[string]any{"6.text": description},
		},
		"marks": {
			text(`"1":{"class_type":"Odd","inputs":{"words":"in oil: %prompt%, no %negative_prompt%"}}`, sampler, `"6":{"class_type":"CLIPTextEncode","inputs":{"text":"as it was"}}`),
			map[string]any{"1.words": "in oil: a lamp, no rain", "6.text": "as it was"},
		},
		"never the negative side": {
			text(sampler, `"6":{"class_type":"Odd","inputs":{"words":"x"}},"7":{"class_type":"ConditioningCombine","inputs":{"conditioning_1":["8",0],"conditioning":["8",0]}}`,
				`"8":{"class_type":"CLIPTextEncode","inputs":{"text":"y"}}`),
			map[string]any{"6.words": "x", "8.text": unwanted},
		},
		"a circle": {
			text(sampler, `"6":{"class_type":"A","inputs":{"conditioning":["7",0]}},"7":{"class_type":"B","inputs":{"conditioning":["6",0],"text":"y"}}`),
			map[string]any{"7.text": description},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, err := read(c.workflow)
			if err != nil {
				t.Fatal(err)
			}
			w.fill(service.PictureRequest{Prompt: description, Negative: unwanted, Seed: 7}, "")
			for at, want := range c.want {
				node, input, _ := strings.Cut(at, ".")
				if got := w[node].Inputs[input]; got != want {
					t.Errorf("%s is %v, want %v", at, got, want)
				}
			}
		})
	}
}

func TestWhatIsNotSaidStays(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "sd15.json"))
	if err != nil {
		t.Fatal(err)
	}
	w, err := read(raw)
	if err != nil {
		t.Fatal(err)
	}
	w.fill(service.PictureRequest{Prompt: "a lamp", Seed: 7}, "")
	got, err := json.Marshal(w["3"].Inputs)
	if err != nil {
		t.Fatal(err)
	}
	if want := `{"cfg":8,"denoise":1,"latent_image":["5",0],"model":["4",0],"negative":["7",0],"positive":["6",0],"sampler_name":"euler","scheduler":"normal","seed":7,"steps":20}`; string(got) != want {
		t.Errorf("the sampler is %s", got)
	}
}

func TestOneOfSeveralPicturesIsMarked(t *testing.T) {
	const two = `"1":{"class_type":"LoadImage","inputs":{"image":"pose.png"}},"2":{"class_type":"LoadImage","inputs":{"image":"MARK"}}`
	for mark, want := range map[string][]place{"start.png": nil, pictureMark: {{"2", "image", pictureMark}}} {
		w, err := read(text(strings.Replace(two, "MARK", mark, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if got := w.places()["from"]; !slices.Equal(got, want) {
			t.Errorf("%s: %v", mark, got)
		}
	}
}

// Whatever a person gives or ComfyUI sends is a workflow that can be filled and sent, or a fault with a remedy.
func FuzzWorkflow(f *testing.F) {
	for _, name := range []string{"sd15.json", "flux.json", "editor.json", "upscale.json"} {
		raw, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"type":"progress","data":{"value":1,"max":0,"node":"3","prompt_id":"x"}}`))
	f.Add([]byte(`{"outputs":{"3":{"images":[{"filename":"a","type":"temp"}]}},"status":{"status_str":"error","messages":[["execution_error",{}]]}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		w, err := read(data)
		if err != nil && fault.Public(err).Remedy == "" {
			t.Fatal(err)
		}
		w.fill(service.PictureRequest{Prompt: "a", Negative: "b", Seed: 1, Steps: 2, Guidance: 3, Sampler: "s", Model: "m", Width: 8, Height: 8, Change: 1}, "p")
		if _, err := json.Marshal(w); err != nil {
			t.Fatal(err)
		}
		j := &job{client: New(service.Spec{}, nil, exchange.DefaultLimits()).client, workflow: w, report: func(service.Progress) {}, id: "x"}
		var m message
		if json.Unmarshal(data, &m) == nil {
			m.Data.Prompt = j.id
			_ = j.hear(m)
		}
		var p past
		if json.Unmarshal(data, &p) == nil {
			if p.Status != nil {
				_ = j.died(p)
			}
			if made, err := j.output(p); err == nil && made.Name == "" {
				t.Fatal("a picture without a name")
			}
		}
		var e entry
		_ = json.Unmarshal(data, &e)
	})
}
