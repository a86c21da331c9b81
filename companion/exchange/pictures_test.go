package exchange_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pictures"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
)

const png = "\x89PNG\r\n\x1a\n and the rest"

func keepPicture(t *testing.T, at pictures.Place) string {
	t.Helper()
	var kept assistant.ByID
	require.NoError(t, at.Call(t.Context(), assistant.MethodBlobPut, assistant.Content{Data: []byte(png)}, &kept))
	return kept.ID
}

func hasPicture(at pictures.Place, name string) bool {
	var got assistant.Content
	return at.Call(context.Background(), assistant.MethodBlobGet, assistant.ByID{ID: name}, &got) == nil && string(got.Data) == png
}

// A picture that a browser keeps is in kai, and in the other browser, before the message that names it.
func TestPicturesComeAlongWithTheirMessages(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	name := keepPicture(t, pictures.Blobs{Store: one.store})
	one.write("m", "look at "+name)
	two.gets("m", "look at "+name)
	require.True(t, hasPicture(pictures.Blobs{Store: w.own}, name), "in kai")
	require.True(t, hasPicture(pictures.Blobs{Store: two.store}, name), "in the other browser")
}

// A message whose picture nobody has any more comes all the same.
func TestAMissingPictureHoldsNoMessageUp(t *testing.T) {
	w := newWorld(t)
	one, two := w.browser("one"), w.browser("two")
	const name = "sha256:00000000000000000000000000000000000000000000000000000000000000aa"
	one.write("m", "look at "+name)
	two.gets("m", "look at "+name)
	require.False(t, hasPicture(pictures.Blobs{Store: two.store}, name))
}

func TestWhatIsNoPictureIsRefused(t *testing.T) {
	w := newWorld(t)
	kai := pictures.Blobs{Store: w.own, Taking: func() func() { return func() {} }}
	for text, code := range map[string]fault.Code{"hello": fault.Invalid, png + string(make([]byte, assistant.MaxPictureBytes)): fault.Exhausted} {
		err := kai.Call(t.Context(), assistant.MethodBlobPut, assistant.Content{Data: []byte(text)}, &assistant.ByID{})
		require.Equal(t, code, fault.CodeOf(err))
	}
	require.Equal(t, fault.NotFound, fault.CodeOf(kai.Call(t.Context(), "blob.what", assistant.Empty{}, nil)))
	name := keepPicture(t, kai)
	require.True(t, hasPicture(kai, name))
	require.NoError(t, kai.Call(t.Context(), assistant.BlobSweep, assistant.SweepBlobs{Before: time.Now().Add(time.Hour).UnixMilli()}, &assistant.Empty{}))
	require.False(t, hasPicture(kai, name), "no record names it")
}
