package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Editors find the schema that the first line of a new file names.
func TestANewFileNamesItsSchemaAndHasItBesideIt(t *testing.T) {
	home := t.TempDir()
	text, err := kai(t, home, "config", "init").CombinedOutput()
	require.NoError(t, err, string(text))
	file, err := os.ReadFile(filepath.Join(home, "data", "standalone.yaml"))
	require.NoError(t, err)
	first, _, _ := strings.Cut(string(file), "\n")
	name, ok := strings.CutPrefix(first, "# yaml-language-server: $schema=")
	require.True(t, ok, first)
	schema, err := os.ReadFile(filepath.Join(home, "data", name))
	require.NoError(t, err)
	var in struct {
		Properties map[string]any `json:"properties"`
	}
	require.NoError(t, json.Unmarshal(schema, &in))
	assert.Contains(t, in.Properties, "networking")
}
