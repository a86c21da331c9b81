package chromestorage_test

import (
	"context"
	_ "embed"
	"encoding/json"
	"reflect"
	"testing"

	"github.com/kindos/kai/shared/logs"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/storetest"
	"github.com/kindos/kai/wasm/store/chromestorage"
)

// layout1 is what storetest.Fill left in an area, all items of it; a later layout gets a file of its own beside it.
//
//go:embed testdata/layout1.json
var layout1 []byte //nolint:gochecknoglobals // embedding needs one

// layout2 is the same after two kinds were added: those of replicas.
//
//go:embed testdata/layout2.json
var layout2 []byte //nolint:gochecknoglobals // embedding needs one

// layout3 is the same when folders, prompts, knowledge and their like had been added.
//
//go:embed testdata/layout3.json
var layout3 []byte //nolint:gochecknoglobals // embedding needs one

// filled is an area with the items of a fixture.
func filled(t testing.TB, fixture []byte) chromestorage.Area {
	t.Helper()
	area, items := newArea(t), map[string]json.RawMessage{}
	must(t, json.Unmarshal(fixture, &items))
	must(t, area.Set(context.Background(), items))
	return area
}

func openMarked(t testing.TB) error {
	area := newArea(t)
	set(t, area, map[string]string{"kai/meta": `{"schema":999}`})
	_, err := chromestorage.Open(context.Background(), area, store.Schema(), logs.Discard())
	return err
}

func TestTheFixtureIsOfTheNewestLayout(t *testing.T) {
	ctx, area := context.Background(), newArea(t)
	s := open(t, area)
	must(t, storetest.Fill(ctx, s))
	must(t, s.Close())
	items, err := area.Get(ctx, nil)
	must(t, err)
	kept, err := filled(t, layout3).Get(ctx, nil)
	must(t, err)
	if got, want := decoded(t, items), decoded(t, kept); !reflect.DeepEqual(got, want) {
		t.Fatalf("the layout has changed: keep the fixture, and add one for this layout\n got %v\nwant %v", got, want)
	}
}

func decoded(t testing.TB, items map[string]json.RawMessage) map[string]any {
	t.Helper()
	out := map[string]any{}
	for key, text := range items {
		var value any
		must(t, json.Unmarshal(text, &value))
		out[key] = value
	}
	return out
}
