package product

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// workshop is a checkout with one source and a step that counts how often it is done.
type workshop struct {
	p      *Product
	source string
	step   step
	times  int
	fails  error
}

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	root := folder(t, map[string]string{"src/main.go": "package main", "src/main_test.go": "package main"})
	w := &workshop{p: &Product{root: root, version: "1.0.0", say: io.Discard}, source: filepath.Join(root, "src", "main.go")}
	out := filepath.Join(root, "out")
	w.step = step{
		name: "program", inputs: []input{{path: filepath.Join(root, "src"), keep: goSources}}, outputs: []string{out},
		do: func(context.Context) error {
			w.times++
			return errors.Join(w.fails, writeFile(out, []byte("program")))
		},
	}
	return w
}

func TestAStepIsDoneOnlyWhenItMust(t *testing.T) {
	cases := []struct {
		name   string
		change func(t *testing.T, w *workshop)
		times  int
	}{
		{"nothing changed", func(*testing.T, *workshop) {}, 1},
		{"a source changed", func(t *testing.T, w *workshop) {
			require.NoError(t, os.WriteFile(w.source, []byte("package other"), 0o600))
		}, 2},
		{"a source came", func(t *testing.T, w *workshop) { require.NoError(t, writeFile(w.source+".go", nil)) }, 2},
		{"a test changed", func(t *testing.T, w *workshop) {
			require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(w.source), "main_test.go"), []byte("other"), 0o600))
		}, 1},
		{"the output went", func(t *testing.T, w *workshop) { require.NoError(t, os.Remove(w.step.outputs[0])) }, 2},
		{"a setting changed", func(_ *testing.T, w *workshop) { w.step.settings = []string{"2.0.0"} }, 2},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			w := newWorkshop(t)
			require.NoError(t, w.p.run(t.Context(), w.step))
			c.change(t, w)
			require.NoError(t, w.p.run(t.Context(), w.step))
			require.Equal(t, c.times, w.times)
		})
	}
}

func TestAStepThatFailedIsDoneAgain(t *testing.T) {
	w := newWorkshop(t)
	require.NoError(t, w.p.run(t.Context(), w.step))
	require.NoError(t, os.WriteFile(w.source, []byte("broken"), 0o600))
	w.fails = errors.New("does not compile")
	require.ErrorContains(t, w.p.run(t.Context(), w.step), "program: does not compile")
	w.fails = nil
	require.NoError(t, os.WriteFile(w.source, []byte("package main"), 0o600)) // as before: its old note must not count
	require.NoError(t, w.p.run(t.Context(), w.step))
	require.Equal(t, 3, w.times)
}

func TestAHalfMadeFolderNeverTakesThePlaceOfAGoodOne(t *testing.T) {
	dir := filepath.Join(folder(t, map[string]string{"chrome/manifest.json": "good"}), "chrome")
	err := replaceFolder(dir, func(fresh string) error {
		return errors.Join(writeFile(filepath.Join(fresh, "manifest.json"), nil), errors.New("no room"))
	})
	require.Error(t, err)
	text, err := os.ReadFile(filepath.Join(dir, "manifest.json"))
	require.NoError(t, err)
	require.Equal(t, "good", string(text))
}

func TestCleaningKeepsWhatIsInGit(t *testing.T) {
	dir := folder(t, map[string]string{".keep": "", "tab.js": "", "icons/icon.png": ""})
	require.NoError(t, emptyFolder(dir))
	names, err := filesOf(dir)
	require.NoError(t, err)
	require.Equal(t, []string{".keep"}, names)
}

func TestAProductTooHeavyIsRefused(t *testing.T) {
	p := &Product{say: io.Discard}
	require.NoError(t, p.weigh("package", 100, 100))
	require.ErrorContains(t, p.weigh("package", 101, 100), "over the budget of 100")
}
