package config_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Whatever a file holds, it is read or refused with fault.Invalid, never a panic.
func FuzzResolve(f *testing.F) {
	for _, seed := range []string{`{}`, `{"networking":{"port":1}}`, `[[[`, `{"a":`, "\xef\xbb\xbf{}", `{"storage":{"db":"duckdb"},"storage":1}`,
		`{"networking":{"cors":{"origins":["*"],"credentials":true}}}`, `{"permissions":[{"permission":"storage","reason":"r","required":true}]}`,
		`{"sensors":[{"type":"motion","pin":4,"sampling_rate":1e3,"enabled":true}],"mqtt_host":"mqtts://a:b@c"}`,
		`{"db_url":"postgres://a:b@c/d?e","monitoring":{"alerts":{"channels":[{"type":"slack","config":{"url":"vault:x"}}]}}}`,
		`{"secrets":{"rotate_interval":"9w"},"control_plane":{"trust_zones":["a-b"]}}`} {
		f.Add([]byte(seed), "networking.port", "80")
	}
	f.Fuzz(func(t *testing.T, text []byte, path, value string) {
		root, err := config.ParseJSON("f", text)
		if err != nil {
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		flag, _ := config.FromFlag("--set", path+"="+value)
		standalone, err := config.Resolve(config.DefaultStandalone(), config.Source{Layer: config.LayerFile, Root: root}, flag)
		if err != nil {
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
		} else {
			require.NoError(t, config.Validate(standalone.Config))
			standalone.Trace.Explain(path)
		}
		orInvalid[config.Browser](t, config.DefaultBrowser(), root)
		orInvalid[config.Embedded](t, config.DefaultEmbedded(), root)
		orInvalid[config.Server](t, config.DefaultServer(), root)
		orInvalid[config.Cluster](t, config.DefaultCluster(), root)
	})
}

// orInvalid demands that a file is taken or refused, and that what is taken is valid.
func orInvalid[C config.Checked](t *testing.T, def C, root *config.Node) {
	t.Helper()
	got, err := config.Resolve(def, config.Source{Layer: config.LayerFile, Root: root})
	assert.Contains(t, []fault.Code{"", fault.Invalid}, fault.CodeOf(err))
	if err == nil {
		require.NoError(t, config.Validate(got.Config))
	}
}

// Merging is what people expect of layers: nothing over x is x, x over itself is x, and layers may be grouped.
func TestMergeHasTheLawsOfLayers(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		a, b, c := tree(r, 3), tree(r, 3), tree(r, 3)
		assert.Equal(t, a.Show(), config.Merge(a, &config.Node{Kind: config.Object}).Show())
		assert.Equal(t, a.Show(), config.Merge(a, a).Show())
		before := a.Show()
		left, right := config.Merge(config.Merge(a, b), c), config.Merge(a, config.Merge(b, c))
		require.Equal(t, left.Show(), right.Show())
		require.Equal(t, before, a.Show(), "merging changes neither side")
	}
}

// tree makes an object; a key's depth decides whether it is an object or a value, as in a well-typed configuration.
func tree(r *rand.Rand, depth int) *config.Node {
	n := &config.Node{Kind: config.Object}
	for _, key := range []string{"a", "b", "c", "o", "p"} {
		if r.IntN(2) == 0 {
			continue
		}
		value := &config.Node{Kind: config.Number, Text: string(rune('0' + r.IntN(10)))}
		if key >= "o" && depth > 0 {
			value = tree(r, depth-1)
		}
		n.Members = append(n.Members, config.Member{Key: key, Value: value})
	}
	return n
}
