package config_test

import (
	"encoding/json"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/mode"
)

// specified is what the specification says of a mode's configuration: the fields of its interface with their types, the
// defaults of getDefaultConfiguration, and the completions adopted for what those leave out.
type specified struct {
	Fields   map[string]string
	Defaults json.RawMessage
	Adopted  json.RawMessage
}

// defaults are the defaults of every mode.
func defaults() map[mode.Mode]any {
	return map[mode.Mode]any{
		mode.Standalone: config.DefaultStandalone(), mode.Browser: config.DefaultBrowser(), mode.Embedded: config.DefaultEmbedded(),
		mode.Server: config.DefaultServer(), mode.Cluster: config.DefaultCluster(),
	}
}

func readSpecified(t *testing.T) map[mode.Mode]specified {
	t.Helper()
	text, err := os.ReadFile("testdata/specified.json")
	require.NoError(t, err)
	var out map[mode.Mode]specified
	require.NoError(t, json.Unmarshal(text, &out))
	require.Len(t, out, len(mode.All()))
	return out
}

func TestDefaultsOfEveryModeAreTheSpecifiedOnes(t *testing.T) {
	for m, want := range readSpecified(t) {
		t.Run(string(m), func(t *testing.T) {
			base, err := config.ParseJSON("specified", want.Defaults)
			require.NoError(t, err)
			over, err := config.ParseJSON("adopted", want.Adopted)
			require.NoError(t, err)
			for _, f := range config.Fields(defaults()[m]) {
				if a, s := over.Find(f.Path), base.Find(f.Path); f.Leaf() && a != nil {
					assert.Nil(t, s, "%s is specified, so nothing is adopted", f.Path)
				}
			}
			assert.JSONEq(t, config.Merge(base, over).Show(), config.NodeOf(defaults()[m]).Show())
		})
	}
}

func TestFieldsOfEveryModeAreThoseOfItsInterface(t *testing.T) {
	for m, want := range readSpecified(t) {
		t.Run(string(m), func(t *testing.T) {
			got := map[string]string{}
			for _, f := range config.Fields(defaults()[m]) {
				addField(got, f.Path, f, want.Fields)
			}
			assert.Equal(t, want.Fields, got)
		})
	}
}

// addField notes a field as the specification writes it. What the specification only names, as it does CorsConfig, is
// one field.
func addField(got map[string]string, path string, f config.Field, want map[string]string) {
	whole, listed := want[path], f.Element() != nil
	switch {
	case strings.Contains(whole, "Config"):
		got[path] = whole
	case within(path, want):
	case listed:
		for _, e := range f.Element() {
			addField(got, path+"[]."+e.Path, e, want)
		}
	case f.Leaf():
		if f.Omit {
			path += "?"
		}
		got[path] = typeScript(f)
	}
}

// within says whether a path lies in something that the specification only names.
func within(path string, want map[string]string) bool {
	for at, kind := range want {
		if strings.Contains(kind, "Config") && strings.HasPrefix(path, at+".") {
			return true
		}
	}
	return false
}

// typeScript writes a field's type as the specification does.
func typeScript(f config.Field) string {
	switch f.Go.Kind() {
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Slice:
		return "string[]"
	}
	if len(f.Enum) > 0 {
		return "'" + strings.Join(f.Enum, "' | '") + "'"
	}
	return "string"
}

func TestDefaultsOfEveryModeAreValidWithoutWarning(t *testing.T) {
	valid[config.Standalone](t, config.DefaultStandalone())
	valid[config.Browser](t, config.DefaultBrowser())
	valid[config.Embedded](t, config.DefaultEmbedded())
	valid[config.Server](t, config.DefaultServer())
	valid[config.Cluster](t, config.DefaultCluster())
}

func valid[C config.Checked](t *testing.T, def C) {
	t.Helper()
	got, err := config.Resolve(def)
	require.NoError(t, err)
	assert.Empty(t, got.Warnings)
	assert.Equal(t, def, got.Config, "reading the defaults back changes nothing")
}
