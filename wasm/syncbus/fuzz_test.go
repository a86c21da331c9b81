//go:build !js

package syncbus_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/syncbus"
)

func FuzzParse(f *testing.F) {
	text, _ := syncbus.Encode(news()) // encodes by the test above
	f.Add(text)
	f.Add([]byte(`{"type":"state_update","context":"tab","data":{"id":"1","origin":"a","changes":[{"kind":"message"}]},"timestamp":1}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		parsed, err := syncbus.Parse(text)
		if err != nil {
			require.Equal(t, fault.Malformed, fault.CodeOf(err))
			return
		}
		again, err := syncbus.Encode(parsed)
		require.NoError(t, err)
		_, err = syncbus.Parse(again)
		require.NoError(t, err)
	})
}
