//go:build !js

package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/wasm/runtime"
)

// FuzzParseConfig holds that a configuration that is wrong leaves the defaults.
func FuzzParseConfig(f *testing.F) {
	for _, seed := range []string{"", "{}", `{"ui_mode":"popup","local_services":["openai"]}`, `{"permissions":[{"reason":"why"}]}`, `[]`, `{"ui_mode":null}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, _, err := runtime.ParseConfig(text)
		if err != nil {
			require.Equal(t, config.DefaultBrowser(), got)
		}
	})
}
