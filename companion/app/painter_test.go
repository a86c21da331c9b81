package app_test

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/painter"
	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/protocol"
)

// painting starts a kai that uses a web UI.
func painting(t *testing.T, dir string, change ...func(*app.Options)) (*app.App, *paintertest.WebUI) {
	t.Helper()
	w := paintertest.NewWebUI()
	t.Cleanup(w.Close)
	return open(t, dir, append(change, withWebUI(w))...), w
}

func withWebUI(w *paintertest.WebUI) func(*app.Options) {
	return func(o *app.Options) {
		o.Config.Services.A1111 = true
		at(o, "a1111", w.URL)
	}
}

func withComfyUI(c *paintertest.ComfyUI) func(*app.Options) {
	return func(o *app.Options) {
		o.Config.Services.ComfyUI = true
		at(o, "comfyui", c.URL)
	}
}

// at says where a service is.
func at(o *app.Options, kind, address string) {
	if o.Services == nil {
		o.Services = map[string]string{}
	}
	o.Services[kind] = address
}

func lists(t *testing.T, peer *protocol.Peer) gallery.Images {
	t.Helper()
	return call[gallery.Images](t, peer, gallery.MethodImagesList, gallery.ListImages{})
}

// until waits for the gallery to be as wanted.
func until(t *testing.T, peer *protocol.Peer, wanted func(gallery.Images) bool) (now gallery.Images) {
	t.Helper()
	require.Eventually(t, func() bool {
		now = lists(t, peer)
		return wanted(now)
	}, 20*time.Second, 5*time.Millisecond)
	return now
}

func whole1(now gallery.Images) bool { return len(now.Images) == 1 && len(now.Making) == 0 }

// blobs counts the files that are kept beside the records.
func blobs(t *testing.T, dir string) (n int) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && strings.Contains(path, "-blobs") {
			n++
		}
		return err
	}))
	return n
}

func TestAPictureIsMadeByATaskAndKept(t *testing.T) {
	dir := t.TempDir()
	a, w := painting(t, dir)
	peer := view(t, a, dir)
	made := call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp", Negative: "rain", Steps: 12, Sampler: "Euler a", Model: "sd15", Width: 512, Height: 768})
	require.NotNil(t, made.Recipe.Seed, "a seed is drawn, so that the picture can be made again")
	now := until(t, peer, whole1)
	image := now.Images[0]
	assert.Equal(t, made.Image, image.ID)
	assert.Equal(t, made.Recipe, image.Recipe)
	assert.Equal(t, "a1111", image.Service)
	content := call[assistant.Content](t, peer, gallery.MethodImagesContent, assistant.ByID{ID: image.ID})
	assert.Equal(t, paintertest.Picture(64, 64), content.Data)
	asked := w.Asked()
	require.Len(t, asked, 1)
	assert.Equal(t, map[string]any{
		"prompt": "a lamp", "negative_prompt": "rain", "seed": float64(*made.Recipe.Seed), "steps": 12.0, "sampler_name": "Euler a",
		"width": 512.0, "height": 768.0, "override_settings": map[string]any{"sd_model_checkpoint": "sd15"},
	}, asked[0])
}

func TestABrowsersGalleryIsKaisOwn(t *testing.T) {
	dir := t.TempDir()
	a, _ := painting(t, dir)
	call[gallery.Making](t, hosted(t, dir), gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
	until(t, view(t, a, dir), whole1)
	got := call[gallery.Services](t, hosted(t, dir), gallery.MethodImagesServices, assistant.Empty{})
	require.Len(t, got.Services, 1)
	assert.Equal(t, gallery.Service{
		Kind: "a1111", Name: "Stable Diffusion web UI", Models: []string{"sd15"}, Samplers: []string{"Euler a", "DPM++ 2M"},
		Takes: []string{"prompt", "negative", "seed", "steps", "guidance", "sampler", "model", "width", "height", "from", "change"},
	}, got.Services[0])
}

func TestAPictureTellsHowFarItIsAndIsCanceled(t *testing.T) {
	dir := t.TempDir()
	a, w := painting(t, dir)
	w.Hold(0.4)
	peer := view(t, a, dir)
	made := call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
	now := until(t, peer, func(now gallery.Images) bool { return len(now.Making) == 1 && now.Making[0].Done == 40 })
	assert.Equal(t, gallery.Running, now.Making[0].State)
	assert.EqualValues(t, 100, now.Making[0].Total)
	call[gallery.Making](t, peer, gallery.MethodImagesCancel, gallery.ByTask{Task: made.Task})
	now = until(t, peer, func(now gallery.Images) bool { return len(now.Making) == 0 })
	assert.Empty(t, now.Images)
	assert.Zero(t, blobs(t, dir))
	require.Eventually(t, func() bool { return w.Interrupted() == 1 }, 10*time.Second, time.Millisecond, "the web UI is told to stop")
}

func TestAPictureGoesOnWhenKaiStartsAgain(t *testing.T) {
	dir := t.TempDir()
	a, w := painting(t, dir)
	w.Hold(0.4)
	made := call[gallery.Making](t, view(t, a, dir), gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
	require.Eventually(t, func() bool { return len(w.Asked()) == 1 }, 10*time.Second, time.Millisecond)
	shut(t, a)
	w.Finish()
	b := open(t, dir, withWebUI(w))
	now := until(t, view(t, b, dir), whole1)
	assert.Equal(t, made.Image, now.Images[0].ID)
	assert.Equal(t, w.Asked()[0], w.Asked()[1], "the same picture is asked for again")
}

func TestAWrongAnswerIsToldAndLeavesNothing(t *testing.T) {
	text := func(status int, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	picture := func(data []byte) func(http.ResponseWriter) {
		return text(200, fmt.Sprintf(`{"images":[%q]}`, base64.StdEncoding.EncodeToString(data)))
	}
	bomb := paintertest.Picture(8, 8)
	copy(bomb[16:24], []byte{0, 0, 0x40, 0, 0, 0, 0x40, 0}) // 16,384 × 16,384 pixels, says its header
	binary.BigEndian.PutUint32(bomb[29:], crc32.ChecksumIEEE(bomb[12:29]))
	dir := t.TempDir()
	a, w := painting(t, dir)
	peer := view(t, a, dir)
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		code   fault.Code
	}{
		"an error of its own":      {text(500, `{"error":"OutOfMemoryError","detail":"","body":"","errors":"CUDA out of memory"}`), fault.Unavailable},
		"another type":             {text(200, `{"images":"none"}`), fault.Malformed},
		"no picture":               {text(200, `{"images":[]}`), fault.Malformed},
		"nothing":                  {text(200, ``), fault.Malformed},
		"base64 that is cut":       {text(200, `{"images":["iVBORw0KGgoAAAA"]}`), fault.Malformed},
		"a picture that is cut":    {picture(paintertest.Picture(64, 64)[:len(paintertest.Picture(64, 64))/2]), fault.Malformed},
		"no PNG":                   {picture([]byte("<svg/>")), fault.Malformed},
		"too many pixels":          {picture(bomb), fault.Exhausted},
		"too many bytes":           {picture(make([]byte, assistant.MaxPictureBytes+1)), fault.Exhausted},
		"a connection that breaks": {func(http.ResponseWriter) { panic(http.ErrAbortHandler) }, fault.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			w.Answer(c.answer)
			made := call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
			task := taskUntil(t, dir, made.Task, in(queue.Dead))
			require.NotNil(t, task.Fault)
			assert.Equal(t, c.code, task.Fault.Code, task.Fault.Message)
			assert.NotEmpty(t, task.Fault.Message)
			now := lists(t, peer)
			assert.Empty(t, now.Images)
			assert.Equal(t, gallery.Failed, now.Making[0].State)
			assert.Zero(t, blobs(t, dir))
			t.Log(task.Fault.Message, "|", task.Fault.Remedy)
		})
	}
	w.Answer(nil)
	failed := lists(t, peer).Making[0]
	call[gallery.Making](t, peer, gallery.MethodImagesRetry, gallery.ByTask{Task: failed.Task})
	until(t, peer, func(now gallery.Images) bool { return len(now.Images) == 1 && now.Images[0].ID == failed.Image })
}

func TestARemovedPictureComesBackOrIsErased(t *testing.T) {
	dir := t.TempDir()
	var later atomic.Int64
	now := func(o *app.Options) { o.Now = func() time.Time { return time.Now().Add(time.Duration(later.Load())) } }
	a, _ := painting(t, dir, now)
	peer := view(t, a, dir)
	call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
	image := until(t, peer, whole1).Images[0]
	set := func(removed bool) {
		call[gallery.Image](t, peer, gallery.MethodImagesSet, gallery.SetImage{ID: image.ID, Removed: removed})
	}
	set(true)
	assert.Empty(t, lists(t, peer).Images)
	set(false)
	assert.Equal(t, []gallery.Image{image}, lists(t, peer).Images)
	set(true)
	assert.Equal(t, 1, blobs(t, dir))
	later.Store(int64(-time.Hour)) // a clock that was set back erases nothing
	assert.Empty(t, lists(t, peer).Images)
	set(false)
	assert.Equal(t, []gallery.Image{image}, lists(t, peer).Images)
	later.Store(0)
	set(true)
	shut(t, a)
	later.Store(int64(painter.UndoWindow + time.Minute))
	b := open(t, dir, now)
	assert.Empty(t, lists(t, view(t, b, dir)).Images)
	assert.Zero(t, blobs(t, dir))
}

// An import brings pictures that were made elsewhere, also where no service makes any.
func TestAPictureThatWasMadeElsewhereIsAddedOnce(t *testing.T) {
	dir := t.TempDir()
	peer := view(t, open(t, dir), dir)
	in := gallery.AddImage{
		ID: "0197a000-0000-7000-8000-000000000001", Data: paintertest.Picture(64, 64), Created: "2025-05-23T11:33:23.000Z",
		Recipe: gallery.Recipe{Service: "comfyui", Prompt: "a red stork", Steps: 12},
	}
	added := call[gallery.Image](t, peer, gallery.MethodImagesAdd, in)
	assert.Equal(t, gallery.Recipe{Service: "comfyui", Prompt: "a red stork"}, added.Recipe, "how else it was made is not known")
	assert.Equal(t, []gallery.Image{added}, lists(t, peer).Images)
	assert.Equal(t, in.Data, call[assistant.Content](t, peer, gallery.MethodImagesContent, assistant.ByID{ID: in.ID}).Data)
	assert.Equal(t, fault.Conflict, fault.CodeOf(peer.Call(t.Context(), gallery.MethodImagesAdd, in, nil)))
	call[gallery.Image](t, peer, gallery.MethodImagesSet, gallery.SetImage{ID: in.ID, Removed: true})
	call[gallery.Image](t, peer, gallery.MethodImagesAdd, in)
	assert.Len(t, lists(t, peer).Images, 1, "taken back, it comes again")
	for field, change := range map[string]func(*gallery.AddImage){
		"id": func(i *gallery.AddImage) { i.ID = "../x" }, "created": func(i *gallery.AddImage) { i.Created = "today" },
		"recipe": func(i *gallery.AddImage) { i.Recipe.Prompt = strings.Repeat("x", 9000) },
	} {
		wrong := in
		change(&wrong)
		assert.Equal(t, field, fault.Public(peer.Call(t.Context(), gallery.MethodImagesAdd, wrong, nil)).Field)
	}
	in.ID, in.Data = "0197a000-0000-7000-8000-000000000002", []byte("\x89PNG, cut")
	assert.Equal(t, fault.Malformed, fault.CodeOf(peer.Call(t.Context(), gallery.MethodImagesAdd, in, nil)))
}

func TestDeletingAllLeavesNoPicture(t *testing.T) {
	dir := t.TempDir()
	a, w := painting(t, dir)
	peer := view(t, a, dir)
	call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"})
	until(t, peer, whole1)
	w.Hold(0.1)
	call[gallery.Making](t, peer, gallery.MethodImagesMake, gallery.Recipe{Prompt: "another"})
	call[assistant.Empty](t, peer, assistant.MethodDataDeleteAll, assistant.Empty{})
	now := lists(t, peer)
	assert.Empty(t, now.Images)
	assert.Empty(t, now.Making)
}

func TestAWrongRecipeIsRefused(t *testing.T) {
	dir := t.TempDir()
	a, _ := painting(t, dir)
	peer := view(t, a, dir)
	far := int64(1) << 32
	for field, recipe := range map[string]gallery.Recipe{
		"prompt": {}, "seed": {Prompt: "x", Seed: &far}, "steps": {Prompt: "x", Steps: 151}, "width": {Prompt: "x", Width: 100},
		"height": {Prompt: "x", Height: 4096}, "guidance": {Prompt: "x", Guidance: -1}, "service": {Prompt: "x", Service: "paintbrush"},
	} {
		var f *fault.Fault
		require.ErrorAs(t, peer.Call(t.Context(), gallery.MethodImagesMake, recipe, nil), &f)
		assert.Equal(t, []any{fault.Invalid, field}, []any{f.Code, f.Field}, f.Message)
		assert.NotEmpty(t, f.Remedy)
	}
}

func TestWithoutAServiceNoPictureIsPromised(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	peer := view(t, a, dir)
	assert.Empty(t, call[gallery.Services](t, peer, gallery.MethodImagesServices, assistant.Empty{}).Services)
	err := peer.Call(t.Context(), gallery.MethodImagesMake, gallery.Recipe{Prompt: "a lamp"}, nil)
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}
