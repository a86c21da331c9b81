package api_test

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// How long a comparison takes tells a stranger how much of a guess was right. So what is secret is compared by crypto/subtle,
// hmac.Equal, or as the key of a map of hashes, and by == only with nothing.
func TestSecretsAreNeverComparedByEquals(t *testing.T) {
	secret := regexp.MustCompile(`(?i)^(token|given|secret|session|mark|seal|once|password|value|cookie)$`)
	files, err := os.ReadDir(".")
	require.NoError(t, err)
	compared := 0
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), ".go") || strings.HasSuffix(file.Name(), "_test.go") {
			continue
		}
		set := gotoken.NewFileSet()
		parsed, err := parser.ParseFile(set, file.Name(), nil, 0)
		require.NoError(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && (name(call.Fun) == "ConstantTimeCompare" || name(call.Fun) == "Equal") {
				compared++
			}
			b, ok := n.(*ast.BinaryExpr)
			if !ok || b.Op != gotoken.EQL && b.Op != gotoken.NEQ || nothing(b.X) || nothing(b.Y) {
				return true
			}
			assert.False(t, secret.MatchString(name(b.X)) || secret.MatchString(name(b.Y)), "%s compares a secret", set.Position(b.Pos()))
			return true
		})
	}
	assert.GreaterOrEqual(t, compared, 3, "the token, the session's seal and the mark")
}

// name is the last word of an expression.
func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

// nothing says whether an expression is nil, empty text or a number.
func nothing(e ast.Expr) bool {
	literal, ok := e.(*ast.BasicLit)
	return name(e) == "nil" || ok && (literal.Value == `""` || literal.Kind == gotoken.INT)
}
