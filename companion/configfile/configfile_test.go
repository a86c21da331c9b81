package configfile_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func TestYAMLAndJSONGiveTheSameConfiguration(t *testing.T) {
	yaml, err := configfile.Parse("a.yaml", []byte("# mine\nnetworking:\n  port: 0x2328\n  cors: {origins: [\"*\"]}\nauth:\n  mode: local_vault\nstorage:\n  files: |-\n    ./x\n"))
	require.NoError(t, err)
	json, err := configfile.Parse("a.json", []byte(`{"networking": {"port": 9000, "cors": {"origins": ["*"]}}, "auth": {"mode": "local_vault"}, "storage": {"files": "./x"}}`))
	require.NoError(t, err)
	fromYAML, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: yaml})
	require.NoError(t, err)
	fromJSON, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: json})
	require.NoError(t, err)
	assert.Equal(t, fromJSON.Config, fromYAML.Config)
	assert.Equal(t, 9000, fromYAML.Config.Networking.Port)
}

func TestYAMLMistakesHaveTheirPlace(t *testing.T) {
	root, err := configfile.Parse("kai.yaml", []byte("networking:\n  prot: 1\n  port: \"8080\"\n"))
	require.NoError(t, err)
	_, err = config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
	var problems config.Problems
	require.ErrorAs(t, err, &problems)
	assert.Equal(t, "kai.yaml:2:3: networking.prot: there is no such key; did you mean port?\n"+
		`kai.yaml:3:9: networking.port: this is the text "8080"; write a whole number from 0 to 65535`, problems.Error())
}

func TestYAMLThatIsNotPlainIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ text, want string }{
		"twice":           {"a: 1\na: 2\n", "kai.yaml:2:1"},
		"anchor":          {"a: &x 1\n", "anchors, aliases"},
		"alias":           {"a: *x\n", "anchors, aliases"},
		"merge":           {"<<: {a: 1}\n", "<<"},
		"tag":             {"a: !!str 1\n", "anchors, aliases, tags"},
		"two documents":   {"a: 1\n---\nb: 2\n", "kai.yaml:3:"},
		"tab":             {"a:\n\tb: 1\n", "kai.yaml:2:1"},
		"never closed":    {"a: [1, 2\n", "kai.yaml:1:4"},
		"infinity":        {"a: .inf\n", "anchors, aliases"},
		"a list as key":   {"? [a]\n: 1\n", "invalid key"},
		"deep beyond all": {deep(100), "too deep"},
	} {
		t.Run(name, func(t *testing.T) {
			root, err := configfile.Parse("kai.yaml", []byte(c.text))
			if err == nil {
				_, err = config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
			}
			require.Equal(t, fault.Invalid, fault.CodeOf(err))
			assert.Contains(t, err.Error(), c.want)
		})
	}
}

// deep nests lists n levels.
func deep(n int) string {
	text := ""
	for range n {
		text = "[" + text + "]"
	}
	return "a: " + text
}

func TestLoadNamesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	_, err := configfile.Load(filepath.Join(dir, "no.yaml"))
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	_, err = configfile.Load(dir)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	_, err = configfile.Parse("kai.xml", nil)
	assert.Contains(t, err.Error(), "in no format")
	empty, err := configfile.Parse("kai.yaml", []byte("# nothing yet\n"))
	require.NoError(t, err)
	_, err = config.Resolve(config.DefaultStandalone(), config.Source{Root: empty})
	assert.NoError(t, err, "an empty file is the defaults")
}

func TestFindWantsOneFile(t *testing.T) {
	dir := t.TempDir()
	base := filepath.Join(dir, "standalone")
	found, err := configfile.Find(base)
	require.NoError(t, err)
	assert.Empty(t, found)
	require.NoError(t, os.WriteFile(base+".json", []byte("{}"), 0o600))
	found, err = configfile.Find(base)
	require.NoError(t, err)
	assert.Equal(t, base+".json", found)
	require.NoError(t, os.WriteFile(base+".yaml", nil, 0o600))
	_, err = configfile.Find(base)
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

// Whatever a file holds, it is read or refused, never a panic.
func FuzzYAML(f *testing.F) {
	for _, seed := range []string{"a: 1\n", "a: [1, {b: c}]\n", "- a\n- b: |\n    x\n", "a: &x [*x]\n", "? a\n: b", "\xff", "a: \"\\x\"", "---\n...\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		root, err := configfile.Parse("f.yaml", text)
		if err == nil {
			_, err = config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root})
		}
		assert.Contains(t, []fault.Code{"", fault.Invalid}, fault.CodeOf(err))
	})
}
