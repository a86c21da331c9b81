package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/config/schema"
)

func TestSchemaTellsTypesChoicesDefaultsAndMeaning(t *testing.T) {
	text, err := schema.Generate("kAI standalone", config.DefaultStandalone())
	require.NoError(t, err)
	var got struct {
		Schema               string `json:"$schema"`
		AdditionalProperties bool
		Properties           map[string]struct {
			AdditionalProperties *bool
			Properties           map[string]map[string]any
		}
	}
	require.NoError(t, json.Unmarshal(text, &got))
	assert.Equal(t, schema.Dialect, got.Schema)
	require.NotNil(t, got.Properties["storage"].AdditionalProperties)
	assert.False(t, *got.Properties["storage"].AdditionalProperties, "unknown keys are mistakes at every level")
	assert.Equal(t, []any{"sqlite", "duckdb"}, got.Properties["storage"].Properties["db"]["enum"])
	port := got.Properties["networking"].Properties["port"]
	assert.Equal(t, []any{"integer", 0.0, 65535.0, 8080.0}, []any{port["type"], port["minimum"], port["maximum"], port["default"]})
	assert.NotEmpty(t, port["description"])
}

func TestItemsOfAListAreDescribed(t *testing.T) {
	text, err := schema.Generate("kAI browser", config.DefaultBrowser())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"required": [`)
	assert.Contains(t, string(text), `"sync_with_kOS"`)
}

func TestEveryKeyHasADescription(t *testing.T) {
	for _, c := range defaults() {
		for _, f := range config.Fields(c) {
			assert.NotEmpty(t, f.Doc, f.Path)
			for _, e := range f.Element() {
				assert.NotEmpty(t, e.Doc, f.Path+"[]."+e.Path)
			}
		}
	}
}
