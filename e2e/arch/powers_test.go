package arch_test

import (
	"fmt"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/arch"
)

// TestTheTableOfGapsIsTrue compares the table of ARCHITECTURE.md with the gaps that the backends claim in their tests. The
// suite itself makes sure that a gap which is claimed is there, and that one which is there is claimed.
func TestTheTableOfGapsIsTrue(t *testing.T) {
	table := []string{"| Store | Has no | Because |", "|---|---|---|"}
	stores := []string{}
	for _, f := range sources(t) {
		if !f.Test || !isBackend(f.Path) {
			continue
		}
		ast.Inspect(f.Syntax, func(n ast.Node) bool {
			if options, ok := n.(*ast.CompositeLit); ok && isSelector(options.Type, "storetest", "Options") {
				name, gaps := claims(t, f, options)
				stores, table = append(stores, name), append(table, gaps...)
			}
			return true
		})
	}
	slices.Sort(stores)
	slices.Sort(table[2:])
	text, err := os.ReadFile(filepath.Join(root(t), "ARCHITECTURE.md"))
	require.NoError(t, err)
	want := fmt.Sprintf("Stores: %s.\n\n%s\n", strings.Join(stores, ", "), strings.Join(table, "\n"))
	if !strings.Contains(string(text), want) {
		t.Errorf("the table of ARCHITECTURE.md differs from what the tests claim; put this there:\n%s", want)
	}
}

// isBackend says whether a file tests a backend; other tests wrap one to hide its powers.
func isBackend(path string) bool {
	return strings.HasPrefix(path, "shared/store/memstore/") || strings.HasPrefix(path, "companion/store/") || strings.HasPrefix(path, "wasm/store/")
}

func isSelector(e ast.Expr, pkg, name string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok || s.Sel.Name != name {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == pkg
}

// claims reads the name of a backend and the lines of its gaps from its options.
func claims(t *testing.T, f arch.File, options *ast.CompositeLit) (name string, lines []string) {
	t.Helper()
	var gaps *ast.CompositeLit
	for _, element := range options.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		require.True(t, ok, f.Path)
		switch pair.Key.(*ast.Ident).Name {
		case "Name":
			name = literal(t, f, pair.Value)
		case "Gaps":
			gaps, ok = pair.Value.(*ast.CompositeLit)
			require.True(t, ok, "%s: write the gaps where the options are", f.Path)
		}
	}
	if gaps == nil {
		return name, nil
	}
	for _, element := range gaps.Elts {
		pair := element.(*ast.KeyValueExpr)
		power, ok := pair.Key.(*ast.SelectorExpr)
		require.True(t, ok, "%s: name the power by its constant", f.Path)
		lines = append(lines, fmt.Sprintf("| %s | %s | %s |", name, power.Sel.Name, literal(t, f, pair.Value)))
	}
	return name, lines
}

// literal is the text of a string that is written where it is used.
func literal(t *testing.T, f arch.File, e ast.Expr) string {
	t.Helper()
	text, ok := e.(*ast.BasicLit)
	require.True(t, ok, "%s: write names and reasons as plain texts", f.Path)
	out, err := strconv.Unquote(text.Value)
	require.NoError(t, err)
	return out
}
