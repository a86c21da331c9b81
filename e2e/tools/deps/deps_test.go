package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestNodeMajor(t *testing.T) {
	for version, want := range map[string]int{"v20.20.2\n": 20, "v8.1.0": 8, "": 0, "not a version": 0} {
		require.Equal(t, want, nodeMajor(version), version)
	}
}

func TestInstalled(t *testing.T) {
	const want = `{"packages":{"":{},"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"2.0.0","optional":true}}}`
	cases := []struct {
		name, have string
		fits       bool
	}{
		{"nothing installed", "", false},
		{"all of it", `{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"2.0.0"}}}`, true},
		{"without what is for another platform", `{"packages":{"node_modules/a":{"version":"1.0.0"}}}`, true},
		{"an older version", `{"packages":{"node_modules/a":{"version":"0.9.0"}}}`, false},
		{"an older optional one", `{"packages":{"node_modules/a":{"version":"1.0.0"},"node_modules/b":{"version":"1.0.0"}}}`, false},
		{"a damaged note", `{"packages":`, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "package-lock.json"), []byte(want), 0o600))
			require.NoError(t, os.Mkdir(filepath.Join(dir, "node_modules"), 0o700))
			if c.have != "" {
				require.NoError(t, os.WriteFile(filepath.Join(dir, "node_modules", ".package-lock.json"), []byte(c.have), 0o600))
			}
			fits, err := installed(dir)
			require.NoError(t, err)
			require.Equal(t, c.fits, fits)
		})
	}
}

func TestWhatIsMissingDependsOnThePurpose(t *testing.T) {
	never := func(context.Context) bool { return false }
	all := []part{{name: "a", since: forBuild, have: never}, {name: "b", since: forTest, have: never}}
	c := &computer{}
	require.Len(t, c.missing(t.Context(), all, forBuild), 1)
	require.Len(t, c.missing(t.Context(), all, forTest), 2)
}

func TestAMissingPartIsNamedWithItsCommand(t *testing.T) {
	t.Setenv("PATH", t.TempDir()) // no apt, no brew: nothing can be installed
	var said bytes.Buffer
	c := &computer{say: &said}
	err := c.get(t.Context(), c.missing(t.Context(), parts(), forBuild))
	require.ErrorIs(t, err, errMissing)
	require.Contains(t, said.String(), "node")
	require.Contains(t, said.String(), "https://nodejs.org")
}

func TestEveryPartSaysWhyAndWhere(t *testing.T) {
	for _, p := range parts() {
		require.NotEmpty(t, p.why, p.name)
		require.NotEmpty(t, p.apt, p.name)
		require.NotEmpty(t, p.other, p.name)
	}
}
