package debug_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/debug"
	"github.com/kindos/kai/shared/mode"
)

// The tools of the specification, field by field, with what it calls a tool.
func TestTheSpecifiedToolsAreThere(t *testing.T) {
	want := map[mode.Mode]string{
		mode.Standalone: `[{"name": "devtools-agent", "mode": "standalone", "type": "inspector", "endpoint": "http://localhost:8080/debug", "configuration": {"realtime": true}},
			{"name": "tail-log", "mode": "standalone", "type": "logger", "configuration": {"logLevel": "debug", "follow": true}}]`,
		mode.Browser: `[{"name": "indexeddb-inspector", "mode": "browser", "type": "inspector", "configuration": {"database": "kai-cd"}},
			{"name": "extension-console", "mode": "browser", "type": "logger", "configuration": {"context": "all"}}]`,
		mode.Cluster: `[{"name": "kiali", "mode": "cluster", "type": "monitor", "endpoint": "http://kiali.istio-system:20001", "configuration": {"namespace": "kai-system"}},
			{"name": "jaeger", "mode": "cluster", "type": "profiler", "endpoint": "http://jaeger.observability:16686", "configuration": {"service": "kai-agents"}}]`,
		mode.Embedded: `[]`, mode.Server: `[]`,
	}
	for _, info := range mode.All() {
		specified := []map[string]any{}
		for _, tool := range debug.Tools(info.Mode) {
			assert.NotEmpty(t, tool.Use, tool.Name)
			assert.Equal(t, info.Mode, tool.Mode)
			if tool.Adopted {
				continue
			}
			text, err := json.Marshal(tool)
			require.NoError(t, err)
			var one map[string]any
			require.NoError(t, json.Unmarshal(text, &one))
			delete(one, "built")
			delete(one, "use")
			specified = append(specified, one)
		}
		got, err := json.Marshal(specified)
		require.NoError(t, err)
		assert.JSONEq(t, want[info.Mode], string(got))
	}
	assert.Nil(t, debug.Tools("desktop"))
}
