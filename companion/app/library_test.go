package app_test

import (
	"net/http"
	"strings"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/gallery"
)

// library calls the operations of what a person keeps to use again.
func library(p *program) []step {
	var out []step
	for _, shelf := range []struct {
		name, path    string
		item, refused map[string]any
	}{
		{"Folder", "folders", map[string]any{"id": "x", "name": "Work", "created": "2026-01-01T00:00:00Z"}, map[string]any{"id": "x", "name": "", "created": ""}},
		{"Prompt", "prompts", map[string]any{"id": "x", "name": "Greet", "template": "Hello {{name}}"}, map[string]any{"id": "x", "name": "Greet", "template": ""}},
		{"Persona", "personas", map[string]any{"id": "x", "name": "Ada", "injections": map[string]any{"system_prompt": "Be exact."}}, map[string]any{"id": "x", "name": "", "injections": map[string]any{}}},
	} {
		path := "/api/v1/" + shelf.path
		one := path + "/0192f0a1-0000-7000-8000-000000000001"
		out = append(out,
			step{"put" + shelf.name, func() {
				assert.Contains(p.t, string(p.call(http.StatusOK, "PUT", one, shelf.item)), shelf.item["name"])
				p.call(http.StatusUnprocessableEntity, "PUT", one, shelf.refused)
			}},
			step{"list" + shelf.name + "s", func() {
				assert.Contains(p.t, string(p.call(http.StatusOK, "GET", path, nil)), shelf.item["name"])
			}},
			step{"remove" + shelf.name, func() {
				assert.JSONEq(p.t, `{"items":[]}`, string(p.call(http.StatusOK, "DELETE", one, nil)))
			}},
		)
	}
	return out
}

// pictures calls the operations of pictures for questions.
func pictures(p *program) []step {
	var kept assistant.ByID
	dot := []byte("\x89PNG\r\n\x1a\n a picture of a dot")
	return []step{
		{"addPicture", func() {
			kept = read[assistant.ByID](p, http.StatusCreated, "POST", "/api/v1/pictures", assistant.Content{Data: dot})
			p.call(http.StatusUnprocessableEntity, "POST", "/api/v1/pictures", assistant.Content{}) // without bytes
		}},
		{"getPicture", func() {
			assert.Equal(p.t, dot, read[assistant.Content](p, http.StatusOK, "GET", "/api/v1/pictures/"+kept.ID, nil).Data)
			p.call(http.StatusBadRequest, "GET", "/api/v1/pictures/unknown", nil)
			p.call(http.StatusNotFound, "GET", "/api/v1/pictures/sha256:"+strings.Repeat("0", 64), nil)
		}},
	}
}

// images calls the operations of pictures that a service makes.
func images(p *program) []step {
	var made gallery.Making
	const path, workflow = "/api/v1/images", "/api/v1/image-workflows/w1"
	return []step{
		{"createImage", func() {
			made = read[gallery.Making](p, http.StatusAccepted, "POST", path, map[string]any{"prompt": "a lamp", "seed": 7})
			p.call(http.StatusUnprocessableEntity, "POST", path, map[string]any{"prompt": "a lamp", "steps": 151})
			p.call(http.StatusBadRequest, "POST", path, map[string]any{"prompt": " "})
		}},
		{"listImages", func() {
			require.Eventually(p.t, func() bool { return len(read[gallery.Images](p, http.StatusOK, "GET", path, nil).Images) == 1 }, 20*time.Second, 5*time.Millisecond)
			p.call(http.StatusUnprocessableEntity, "GET", path+"?limit=101", nil)
		}},
		{"getImage", func() {
			image := read[gallery.Image](p, http.StatusOK, "GET", path+"/"+made.Image, nil)
			assert.EqualValues(p.t, 7, *image.Seed)
			p.call(http.StatusOK, "GET", "/api/v1/pictures/"+image.Blob, nil)
			p.call(http.StatusNotFound, "GET", path+"/none", nil)
		}},
		{"deleteImage", func() {
			p.call(http.StatusNoContent, "DELETE", path+"/"+made.Image, nil)
			p.call(http.StatusNotFound, "GET", path+"/"+made.Image, nil)
			p.call(http.StatusNotFound, "DELETE", path+"/none", nil)
		}},
		{"setImage", func() {
			assert.Equal(p.t, made.Image, read[gallery.Image](p, http.StatusOK, "PUT", path+"/"+made.Image, map[string]any{"removed": false}).ID)
			p.call(http.StatusNotFound, "PUT", path+"/none", map[string]any{"removed": false})
		}},
		{"listImageServices", func() {
			assert.Contains(p.t, string(p.call(http.StatusOK, "GET", "/api/v1/image-services", nil)), `"samplers":["Euler a"`)
		}},
		{"putImageWorkflow", func() {
			put := read[gallery.Workflow](p, http.StatusOK, "PUT", workflow, map[string]any{"name": "Mine", "text": string(exported(p.t, "sd15.json"))})
			assert.Contains(p.t, put.Takes, "negative")
			p.call(http.StatusBadRequest, "PUT", workflow, map[string]any{"name": "Mine", "text": "{}"})
			p.call(http.StatusUnprocessableEntity, "PUT", workflow, map[string]any{"name": "Mine"})
		}},
		{"getImageWorkflow", func() {
			assert.Contains(p.t, read[gallery.Workflow](p, http.StatusOK, "GET", workflow, nil).Text, "KSampler")
			p.call(http.StatusNotFound, "GET", workflow+"x", nil)
		}},
		{"removeImageWorkflow", func() {
			p.call(http.StatusOK, "DELETE", workflow, nil)
			p.call(http.StatusNotFound, "DELETE", workflow, nil)
		}},
	}
}
