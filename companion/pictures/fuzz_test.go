package pictures_test

import (
	"encoding/json"
	"testing"

	"github.com/kindos/kai/companion/pictures"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/shared/store/memstore"
)

// FuzzServe: whatever is asked, what is answered is JSON or a fault with a code; only pictures are kept.
func FuzzServe(f *testing.F) {
	f.Add(assistant.MethodBlobPut, []byte(`{"data":"iVBORw0KGgo="}`))
	f.Add(assistant.MethodBlobGet, []byte(`{"id":"sha256:00"}`))
	f.Add(assistant.BlobList, []byte(`{"after":"","limit":3}`))
	f.Add(assistant.BlobSweep, []byte(`{"before":1}`))
	f.Fuzz(func(t *testing.T, method string, body []byte) {
		s := memstore.New(store.Schema())
		out, err := pictures.Blobs{Store: s}.Serve(t.Context(), method, body)
		if err == nil && !json.Valid(out) {
			t.Fatalf("%s %q answers %q", method, body, out)
		}
		if err != nil && (fault.CodeOf(err) == "" || fault.CodeOf(err) == fault.Internal) {
			t.Fatalf("%s %q answers %v", method, body, err)
		}
		kept, _ := s.ListBlobs(t.Context(), "", 0)
		if len(kept) > 0 && (method != assistant.MethodBlobPut || err != nil) {
			t.Fatalf("%s %q kept something", method, body)
		}
	})
}
