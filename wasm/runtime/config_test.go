package runtime_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/wasm/runtime"
)

func TestWithoutAConfigurationTheSpecifiedDefaultsHold(t *testing.T) {
	for _, text := range []string{"", "{}"} {
		got, warnings, err := runtime.ParseConfig(text)
		require.NoError(t, err)
		require.Empty(t, warnings)
		require.Equal(t, config.DefaultBrowser(), got)
	}
}

func TestAConfigurationIsLaidOverTheDefaults(t *testing.T) {
	got, _, err := runtime.ParseConfig(`{"ui_mode":"popup","local_services":["openai"]}`)
	require.NoError(t, err)
	want := config.DefaultBrowser()
	want.UIMode, want.LocalServices = "popup", []string{"openai"}
	require.Equal(t, want, got)
}

func TestAWrongConfigurationIsNamedAndTheDefaultsHold(t *testing.T) {
	for text, names := range map[string]string{
		`{"ui_mode":"window"}`:               "ui_mode",
		`{"data_store":"floppy"}`:            "data_store",
		`{"datastore":"indexeddb"}`:          "datastore",
		`{"local_services":"ollama"}`:        "local_services",
		`{"local_services":["a","a"]}`:       "local_services[1]",
		`{"permissions":[{"reason":"why"}]}`: "permissions[0].permission",
		`not JSON`:                           "does not fit",
		`[]`:                                 "does not fit",
	} {
		t.Run(text, func(t *testing.T) {
			got, _, err := runtime.ParseConfig(text)
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			require.ErrorContains(t, err, names)
			require.Equal(t, config.DefaultBrowser(), got)
		})
	}
}

func TestWhatThisVersionDoesNotDoIsWarnedOf(t *testing.T) {
	_, warnings, err := runtime.ParseConfig(`{"telemetry":true}`)
	require.NoError(t, err)
	require.NotEmpty(t, warnings)
}
