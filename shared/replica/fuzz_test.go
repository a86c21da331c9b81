package replica_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/kindos/kai/shared/protocol"
	"github.com/kindos/kai/shared/replica"
)

// FuzzMethods holds that nothing that another replica says ends this one, and that its feed can be read afterwards.
func FuzzMethods(f *testing.F) {
	for i, seed := range []string{`{}`, `{"id":"a","era":"b","seen":{}}`, `{"session":"s","page":{"records":[{"kind":"message","id":"x","version":"1"}]}}`, `{"keys":[{"kind":"message","id":"x"}]}`, `[]`} {
		f.Add(uint8(i), []byte(seed))
	}
	f.Fuzz(func(t *testing.T, which uint8, body []byte) {
		if !json.Valid(body) {
			return // the protocol's own parser refuses it: FuzzEnvelope
		}
		d := newDevice(t, "a")
		methods := replica.Methods(d.server())
		for i, name := range names(methods) {
			if i == int(which)%len(methods) {
				_, _ = methods.Serve(t.Context(), protocol.NewRequest(name, body, nil)) // most are refused
			}
		}
		if _, err := d.store.Changes(t.Context(), 0, 100); err != nil {
			t.Fatal(err)
		}
	})
}

func names(m protocol.Mux) []string {
	return slices.Sorted(maps.Keys(m))
}
