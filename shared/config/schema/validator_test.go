package schema_test

import (
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/config/schema"
	"github.com/kindos/kai/shared/mode"
)

func defaults() map[mode.Mode]any {
	return map[mode.Mode]any{
		mode.Standalone: config.DefaultStandalone(), mode.Browser: config.DefaultBrowser(), mode.Embedded: config.DefaultEmbedded(),
		mode.Server: config.DefaultServer(), mode.Cluster: config.DefaultCluster(),
	}
}

// compile makes a validator of the schema of a mode, and so also checks the schema itself against its dialect.
func compile(t *testing.T, m mode.Mode) *jsonschema.Schema {
	t.Helper()
	text, err := schema.Generate("kAI, "+string(m)+" mode", defaults()[m])
	require.NoError(t, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(t, err)
	c := jsonschema.NewCompiler()
	require.NoError(t, c.AddResource("kai.json", doc))
	compiled, err := c.Compile("kai.json")
	require.NoError(t, err)
	return compiled
}

// accepts says whether a validator takes a text.
func accepts(t *testing.T, s *jsonschema.Schema, text string) bool {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	return s.Validate(doc) == nil
}

// taken says whether kai takes a text as a mode's configuration.
func taken(t *testing.T, m mode.Mode, text string) bool {
	t.Helper()
	root, err := config.ParseJSON("kai.json", []byte(text))
	require.NoError(t, err)
	file := config.Source{Layer: config.LayerFile, Root: root}
	switch def := defaults()[m].(type) {
	case config.Standalone:
		_, err = config.Resolve(def, file)
	case config.Browser:
		_, err = config.Resolve(def, file)
	case config.Embedded:
		_, err = config.Resolve(def, file)
	case config.Server:
		_, err = config.Resolve(def, file)
	case config.Cluster:
		_, err = config.Resolve(def, file)
	}
	return err == nil
}

func TestAValidatorAgreesWithKai(t *testing.T) {
	for m, texts := range map[mode.Mode][]string{
		mode.Standalone: {`{}`, `{"storage": {"db": "oracle"}}`, `{"networking": {"port": 65536}}`, `{"networking": {"port": "80"}}`, `{"networking": {"prot": 80}}`, `{"services": {"a1111": true}}`, `{"auth": null}`},
		mode.Browser:    {`{"ui_mode": "tab"}`, `{"ui_mode": "window"}`, `{"permissions": [{"permission": "storage", "required": true}]}`, `{"local_services": [1]}`},
		mode.Embedded: {
			`{"sensors": [{"type": "motion", "pin": 4, "sampling_rate": 0.5, "enabled": true}]}`, `{"sensors": [{"type": "motion", "pin": 4, "sampling_rate": 1}]}`,
			`{"sensors": [{"type": "smell", "sampling_rate": 1, "enabled": false}]}`, `{"sensors": [{"type": "motion", "pin": 4, "sampling_rate": 200000, "enabled": true}]}`,
			`{"actuators": [{"type": "servo", "id": "a", "pin": 4, "safe_state": 0.5, "max": 1.5, "enabled": true}]}`, `{"heartbeat_interval": 1.5}`,
		},
		mode.Server: {
			`{"scaling": {"scale_up_threshold": 1.2}}`, `{"scaling": {"scale_up_threshold": 11}}`, `{"scaling": {"min_workers": 1.2}}`, `{"db_url": 1}`,
			`{"monitoring": {"alerts": {"channels": [{"type": "email", "config": {"to": "a@b.example"}}]}}}`, `{"monitoring": {"alerts": {"channels": [{"type": "email", "config": {"two": "a@b.example"}}]}}}`,
			`{"monitoring": {"logging": {"level": "loud"}}}`,
		},
		mode.Cluster: {`{"orchestrator": "kubernetes"}`, `{"orchestrator": "mesos"}`, `{"control_plane": {"agents": 0}}`, `{"control_plane": {"trust_zones": "public"}}`, `{"services": {"nats": "yes"}}`},
	} {
		t.Run(string(m), func(t *testing.T) {
			s := compile(t, m)
			assert.True(t, accepts(t, s, config.NodeOf(defaults()[m]).Show()), "the defaults fit their own schema")
			for _, text := range texts {
				assert.Equal(t, taken(t, m, text), accepts(t, s, text), text)
			}
		})
	}
}

// A schema is a file that people pass on: no secret stands in it, not even the default password.
func TestNoPasswordStandsInASchema(t *testing.T) {
	text, err := schema.Generate("kAI", config.DefaultServer())
	require.NoError(t, err)
	assert.Contains(t, string(text), `"default": "postgresql://kai:***@localhost/kos"`)
}
