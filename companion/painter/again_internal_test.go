package painter

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/painter/paintertest"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// brush makes a picture and counts.
type brush struct {
	service.Painter
	painted int
}

func (b *brush) Paint(context.Context, service.PictureRequest, func(service.Progress)) ([]byte, error) {
	b.painted++
	return paintertest.Picture(16, 16), nil
}

// forgetful is a queue that keeps nothing of running work.
type forgetful struct{}

func (forgetful) KeepProgress(int64, queue.Progress)                     {}
func (forgetful) KeepNote(context.Context, int64, json.RawMessage) error { return nil }

// A task may be done twice: kai was killed after the picture was kept and before the task was.
func TestAPictureThatIsThereIsNotMadeAgain(t *testing.T) {
	b := &brush{}
	p := New(Options{
		Store: memstore.New(store.Schema()), Clock: record.NewClock("r", time.Now), Now: time.Now,
		Makers: func(context.Context) []Maker { return []Maker{{Kind: "a1111", Name: "It", Paint: b}} }, Taking: func() func() { return func() {} },
	})
	seed := int64(7)
	body, err := json.Marshal(task{"p1", gallery.Recipe{Service: "a1111", Prompt: "a lamp", Seed: &seed}})
	require.NoError(t, err)
	for range 2 {
		require.NoError(t, p.do(t.Context(), queue.NewWork(queue.Task{Kind: Kind, Body: body}, forgetful{})))
	}
	assert.Equal(t, 1, b.painted)
	_, err = p.Get(t.Context(), "p1")
	require.NoError(t, err)
}
