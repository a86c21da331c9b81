package app_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/protocol"
)

// comfy is a kai that uses a ComfyUI, which is a stand-in.
func comfy(t *testing.T) (*paintertest.ComfyUI, *protocol.Peer, string) {
	t.Helper()
	c := paintertest.NewComfyUI()
	t.Cleanup(c.Stop)
	dir := t.TempDir()
	return c, view(t, open(t, dir, withComfyUI(c)), dir), dir
}

func makes(t *testing.T, peer *protocol.Peer, r gallery.Recipe) gallery.Making {
	t.Helper()
	return call[gallery.Making](t, peer, gallery.MethodImagesMake, r)
}

func refused(t *testing.T, peer *protocol.Peer, method string, in any) *fault.Fault {
	t.Helper()
	var f *fault.Fault
	require.ErrorAs(t, peer.Call(t.Context(), method, in, nil), &f)
	return f
}

func making(wanted func(gallery.Making) bool) func(gallery.Images) bool {
	return func(now gallery.Images) bool { return len(now.Making) == 1 && wanted(now.Making[0]) }
}

func atSampler(m gallery.Making) bool { return m.Status == "KSampler" && m.Done == 40 }

func TestComfyUIMakesAPictureByTheUsualWorkflow(t *testing.T) {
	c, peer, _ := comfy(t)
	made := makes(t, peer, gallery.Recipe{Prompt: "a lamp", Negative: "rain", Steps: 12, Guidance: 4.5, Sampler: "dpmpp_2m", Model: "sdxl.safetensors", Width: 640, Height: 768})
	image := until(t, peer, whole1).Images[0]
	assert.Equal(t, made.Image, image.ID)
	assert.Equal(t, "comfyui", image.Service)
	assert.Equal(t, paintertest.Picture(64, 64), call[assistant.Content](t, peer, gallery.MethodImagesContent, assistant.ByID{ID: image.ID}).Data)
	asked := c.Asked()[0]
	sampler := asked["3"].Inputs
	assert.Equal(t, []any{float64(*made.Recipe.Seed), 12.0, 4.5, "dpmpp_2m"}, []any{sampler["seed"], sampler["steps"], sampler["cfg"], sampler["sampler_name"]})
	assert.Equal(t, []any{"a lamp", "rain", "sdxl.safetensors", 640.0, 768.0},
		[]any{asked["6"].Inputs["text"], asked["7"].Inputs["text"], asked["4"].Inputs["ckpt_name"], asked["5"].Inputs["width"], asked["5"].Inputs["height"]})
	assert.Equal(t, "PreviewImage", asked["9"].Class, "ComfyUI is left no copy")
}

func TestComfyUITellsHowFarAPictureIsAndStopsItsOwnJobAlone(t *testing.T) {
	for name, prepare := range map[string]func(*paintertest.ComfyUI){"today's": func(*paintertest.ComfyUI) {}, "of before 2025": (*paintertest.ComfyUI).Old} {
		t.Run(name, func(t *testing.T) {
			c, peer, dir := comfy(t)
			prepare(c)
			c.Hold()
			made := makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
			until(t, peer, making(atSampler))
			call[gallery.Making](t, peer, gallery.MethodImagesCancel, gallery.ByTask{Task: made.Task})
			require.Eventually(t, func() bool { _, n := c.Ended(); return n == 1 }, 10*time.Second, time.Millisecond, "it is interrupted")
			assert.Empty(t, until(t, peer, func(now gallery.Images) bool { return len(now.Making) == 0 }).Images)

			c.Other()
			require.Eventually(t, c.Works, 10*time.Second, time.Millisecond)
			waits := makes(t, peer, gallery.Recipe{Prompt: "another"})
			now := until(t, peer, making(func(m gallery.Making) bool { return m.Status == "queued" }))
			assert.EqualValues(t, 1, now.Making[0].Done, "it is told how many are before it")
			call[gallery.Making](t, peer, gallery.MethodImagesCancel, gallery.ByTask{Task: waits.Task})
			require.Eventually(t, func() bool { n, _ := c.Ended(); return n == 1 }, 10*time.Second, time.Millisecond, "it is taken off the queue")
			taskUntil(t, dir, waits.Task, in(queue.Canceled))
			_, interrupted := c.Ended()
			assert.Equal(t, 1, interrupted)
			assert.True(t, c.Works(), "what somebody else has made goes on")
		})
	}
}

func TestComfyUIIsFollowedWithoutItsWebSocket(t *testing.T) {
	t.Run("that never opens", func(t *testing.T) {
		c, peer, _ := comfy(t)
		c.Deafen(true)
		makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
		until(t, peer, whole1)
		assert.Zero(t, c.Listened())
	})
	t.Run("that breaks before the end", func(t *testing.T) {
		c, peer, _ := comfy(t)
		c.Hold()
		makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
		until(t, peer, making(atSampler))
		c.Deafen(true)
		c.Drop()
		c.Finish()
		until(t, peer, whole1)
		assert.Equal(t, 1, c.Listened())
	})
	t.Run("that breaks and opens again", func(t *testing.T) {
		c, peer, _ := comfy(t)
		c.Hold()
		makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
		until(t, peer, making(atSampler))
		c.Drop()
		require.Eventually(t, func() bool { return c.Listened() == 2 }, 10*time.Second, time.Millisecond)
		c.Finish()
		until(t, peer, whole1)
	})
}

func TestAFailureOfComfyUIIsToldInItsWordsAndLeavesNothing(t *testing.T) {
	own := func(change func(map[string]map[string]any)) func(*testing.T, *protocol.Peer) string {
		return func(t *testing.T, peer *protocol.Peer) string {
			t.Helper()
			var nodes map[string]map[string]any
			require.NoError(t, json.Unmarshal(exported(t, "sd15.json"), &nodes))
			change(nodes)
			text, err := json.Marshal(nodes)
			require.NoError(t, err)
			return call[gallery.Workflow](t, peer, gallery.MethodWorkflowsPut, gallery.Workflow{ID: "w", Name: "Mine", Text: string(text)}).ID
		}
	}
	for name, c := range map[string]struct {
		prepare  func(*paintertest.ComfyUI)
		workflow func(*testing.T, *protocol.Peer) string
		recipe   gallery.Recipe
		after    func(*paintertest.ComfyUI)
		code     fault.Code
		words    string
	}{
		"a model that it has not": {recipe: gallery.Recipe{Model: "none.ckpt"}, code: fault.Invalid, words: "Load Checkpoint (node 4): Value not in list: ckpt_name: 'none.ckpt' not in ['sd15.safetensors'"},
		"a node that it has not": {
			workflow: own(func(n map[string]map[string]any) { n["9"]["class_type"] = "Missing" }), code: fault.Invalid, words: "node Missing does not exist",
		},
		"no picture is made": {
			workflow: own(func(n map[string]map[string]any) { delete(n, "9") }), code: fault.Invalid, words: "Prompt has no outputs",
		},
		"a node that fails": {
			prepare: func(c *paintertest.ComfyUI) { c.Fail("mat1 and mat2 shapes cannot be multiplied") }, code: fault.Unavailable,
			words: "failed at KSampler (node 3): mat1 and mat2",
		},
		"a node that fails while nobody listens": {
			prepare: func(c *paintertest.ComfyUI) { c.Deafen(true); c.Fail("CUDA out of memory") }, code: fault.Unavailable, words: "failed at KSampler (node 3): CUDA out of memory",
		},
		"it is stopped there":   {prepare: (*paintertest.ComfyUI).Hold, after: func(c *paintertest.ComfyUI) { c.Interrupt() }, code: fault.Unavailable, words: "stopped in ComfyUI itself"},
		"it was started afresh": {prepare: (*paintertest.ComfyUI).Hold, after: (*paintertest.ComfyUI).Forget, code: fault.Unavailable, words: "does not know of the picture any more"},
	} {
		t.Run(name, func(t *testing.T) {
			server, peer, dir := comfy(t)
			c.recipe.Prompt = "a lamp"
			if c.prepare != nil {
				c.prepare(server)
			}
			if c.workflow != nil {
				c.recipe.Workflow = c.workflow(t, peer)
			}
			made := makes(t, peer, c.recipe)
			if c.after != nil {
				until(t, peer, making(atSampler))
				c.after(server)
			}
			task := taskUntil(t, dir, made.Task, in(queue.Dead))
			require.NotNil(t, task.Fault)
			assert.Equal(t, c.code, task.Fault.Code, task.Fault.Message)
			assert.Contains(t, task.Fault.Message, c.words)
			assert.NotEmpty(t, task.Fault.Remedy)
			assert.Empty(t, lists(t, peer).Images)
			assert.Zero(t, blobs(t, dir))
		})
	}
}

// exported is a workflow as ComfyUI exports it.
func exported(t *testing.T, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "shared", "service", "comfyui", "testdata", name))
	require.NoError(t, err)
	return text
}

func TestAPersonsOwnWorkflowMakesThePicture(t *testing.T) {
	c, peer, _ := comfy(t)
	kept := call[gallery.Workflow](t, peer, gallery.MethodWorkflowsPut, gallery.Workflow{ID: "mine", Name: " Flux ", Text: string(exported(t, "flux.json"))})
	assert.Equal(t, []string{"prompt", "seed", "steps", "guidance", "sampler", "width", "height"}, kept.Takes)
	services := call[gallery.Services](t, peer, gallery.MethodImagesServices, assistant.Empty{}).Services
	require.Len(t, services, 1)
	assert.Equal(t, []gallery.Workflow{{ID: "mine", Name: "Flux", Takes: kept.Takes}}, services[0].Workflows)
	assert.Equal(t, []string{"euler", "dpmpp_2m"}, services[0].Samplers)

	made := makes(t, peer, gallery.Recipe{Prompt: "a lamp", Workflow: "mine", Steps: 8})
	until(t, peer, whole1)
	asked := c.Asked()[0]
	assert.Equal(t, "a lamp", asked["6"].Inputs["text"])
	assert.InDelta(t, float64(*made.Recipe.Seed), asked["25"].Inputs["noise_seed"], 0)
	assert.InDelta(t, 8, asked["17"].Inputs["steps"], 0)
	assert.Equal(t, "flux1-dev.safetensors", asked["12"].Inputs["unet_name"], "what is not said stays")

	assert.Equal(t, "negative", refused(t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp", Workflow: "mine", Negative: "rain"}).Field, "what has no place is refused")
	was := call[gallery.Workflow](t, peer, gallery.MethodWorkflowsRemove, assistant.ByID{ID: "mine"})
	assert.Equal(t, fault.NotFound, refused(t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp", Workflow: "mine"}).Code)
	call[gallery.Workflow](t, peer, gallery.MethodWorkflowsPut, was) // taken back
	assert.JSONEq(t, string(exported(t, "flux.json")), call[gallery.Workflow](t, peer, gallery.MethodWorkflowsGet, assistant.ByID{ID: "mine"}).Text)
	call[assistant.Empty](t, peer, assistant.MethodDataDeleteAll, assistant.Empty{})
	assert.Equal(t, fault.NotFound, refused(t, peer, gallery.MethodWorkflowsGet, assistant.ByID{ID: "mine"}).Code)
}

func TestAWorkflowThatCannotBeUsedIsRefused(t *testing.T) {
	_, peer, _ := comfy(t)
	good := string(exported(t, "sd15.json"))
	for name, c := range map[string]struct {
		in    gallery.Workflow
		field string
		words string
	}{
		"without a name":               {gallery.Workflow{ID: "w", Text: good}, "name", "name"},
		"of the editor":                {gallery.Workflow{ID: "w", Name: "n", Text: string(exported(t, "editor.json"))}, "workflow", "as ComfyUI's editor keeps it"},
		"where nothing takes a prompt": {gallery.Workflow{ID: "w", Name: "n", Text: string(exported(t, "upscale.json"))}, "workflow", "takes the description"},
		"too large":                    {gallery.Workflow{ID: "w", Name: "n", Text: string(make([]byte, gallery.MaxWorkflow+1))}, "text", "at most 1 MB"},
	} {
		t.Run(name, func(t *testing.T) {
			f := refused(t, peer, gallery.MethodWorkflowsPut, c.in)
			assert.Equal(t, c.field, f.Field)
			assert.Contains(t, f.Message, c.words)
			assert.NotEmpty(t, f.Remedy)
		})
	}
}

func TestAPictureIsMadeFromAnother(t *testing.T) {
	t.Run("by ComfyUI", func(t *testing.T) {
		c, peer, _ := comfy(t)
		first := makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
		until(t, peer, whole1)
		makes(t, peer, gallery.Recipe{Prompt: "a lamp at night", From: first.Image, Change: 0.3})
		now := until(t, peer, func(now gallery.Images) bool { return len(now.Images) == 2 })
		assert.Equal(t, first.Image, now.Images[0].From)
		asked := c.Asked()[1]
		name, _ := asked["10"].Inputs["image"].(string)
		assert.Equal(t, paintertest.Picture(64, 64), c.Uploaded(name))
		assert.Contains(t, name, " [temp]", "ComfyUI is left no copy")
		assert.Equal(t, []any{0.3, 64.0, 64.0}, []any{asked["3"].Inputs["denoise"], asked["11"].Inputs["width"], asked["11"].Inputs["height"]})
	})
	t.Run("by the web UI", func(t *testing.T) {
		dir := t.TempDir()
		a, w := painting(t, dir)
		peer := view(t, a, dir)
		first := makes(t, peer, gallery.Recipe{Prompt: "a lamp"})
		until(t, peer, whole1)
		made := makes(t, peer, gallery.Recipe{Prompt: "a lamp at night", From: first.Image, Change: 0.3})
		until(t, peer, func(now gallery.Images) bool { return len(now.Images) == 2 })
		picture, err := json.Marshal(paintertest.Picture(64, 64))
		require.NoError(t, err)
		var text string
		require.NoError(t, json.Unmarshal(picture, &text))
		assert.Equal(t, map[string]any{
			"prompt": "a lamp at night", "seed": float64(*made.Recipe.Seed), "width": 64.0, "height": 64.0,
			"init_images": []any{text}, "denoising_strength": 0.3, "resize_mode": 1.0,
		}, w.Asked()[1])

		call[gallery.Image](t, peer, gallery.MethodImagesSet, gallery.SetImage{ID: first.Image, Removed: true})
		assert.Equal(t, "from", refused(t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "x", From: first.Image}).Field)
		assert.Equal(t, "change", refused(t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "x", Change: 0.5}).Field)
		assert.Equal(t, "workflow", refused(t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "x", Workflow: "w"}).Field)
	})
}

func TestAWorkflowNeedsAServiceThatWorksByThem(t *testing.T) {
	dir := t.TempDir()
	a, _ := painting(t, dir)
	f := refused(t, view(t, a, dir), gallery.MethodWorkflowsPut, gallery.Workflow{ID: "w", Name: "n", Text: "{}"})
	assert.Equal(t, fault.Unsupported, f.Code)
	assert.Contains(t, f.Remedy, "services.comfyui: true")
}
