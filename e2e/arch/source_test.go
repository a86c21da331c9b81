package arch_test

import (
	"go/ast"
	"go/token"
	"path"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/arch"
)

// Sizes above which a thing has more than one subject.
const (
	maxFunction = 60
	maxFile     = 400
	maxTestFile = 700
)

func sources(t *testing.T) []arch.File {
	t.Helper()
	files, err := arch.Parse(root(t))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	return files
}

func TestEveryPackageSaysWhatItIsFor(t *testing.T) {
	documented := map[string]bool{}
	for _, f := range sources(t) {
		if f.Test {
			continue
		}
		dir := path.Dir(f.Path)
		documented[dir] = documented[dir] || f.Syntax.Doc != nil
	}
	for dir, ok := range documented {
		if !ok {
			t.Errorf("%s: no package comment", dir)
		}
	}
}

func TestEveryExportedNameIsDocumented(t *testing.T) {
	for _, f := range sources(t) {
		if f.Test || f.Generated || f.Syntax.Name.Name == "main" {
			continue
		}
		for _, d := range f.Syntax.Decls {
			checkDocs(t, f, d)
		}
	}
}

func checkDocs(t *testing.T, f arch.File, d ast.Decl) {
	t.Helper()
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && exportedReceiver(d) && d.Doc == nil {
			t.Errorf("%s:%d: %s has no comment", f.Path, f.Line(d.Pos()), d.Name.Name)
		}
	case *ast.GenDecl:
		for _, s := range d.Specs {
			checkSpec(t, f, d, s)
		}
	}
}

// exportedReceiver is false for methods of unexported types: nobody outside reads them by name.
func exportedReceiver(d *ast.FuncDecl) bool {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return true
	}
	kind := d.Recv.List[0].Type
	if star, ok := kind.(*ast.StarExpr); ok {
		kind = star.X
	}
	if generic, ok := kind.(*ast.IndexExpr); ok {
		kind = generic.X
	}
	name, ok := kind.(*ast.Ident)
	return ok && name.IsExported()
}

func checkSpec(t *testing.T, f arch.File, d *ast.GenDecl, s ast.Spec) {
	t.Helper()
	switch s := s.(type) {
	case *ast.TypeSpec:
		if s.Name.IsExported() && d.Doc == nil && s.Doc == nil {
			t.Errorf("%s:%d: %s has no comment", f.Path, f.Line(s.Pos()), s.Name.Name)
		}
	case *ast.ValueSpec:
		for _, n := range s.Names {
			if n.IsExported() && d.Doc == nil && s.Doc == nil && s.Comment == nil {
				t.Errorf("%s:%d: %s has no comment", f.Path, f.Line(n.Pos()), n.Name)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	for _, f := range sources(t) {
		limit := maxFile
		if f.Test {
			limit = maxTestFile
		}
		if f.Lines > limit && !f.Generated {
			t.Errorf("%s: %d lines, at most %d", f.Path, f.Lines, limit)
		}
		for _, d := range f.Syntax.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if ok && fn.Body != nil && !f.Test && !isTable(fn) && f.Line(fn.End())-f.Line(fn.Pos())+1 > maxFunction {
				t.Errorf("%s:%d: %s has %d lines, at most %d", f.Path, f.Line(fn.Pos()), fn.Name.Name, f.Line(fn.End())-f.Line(fn.Pos())+1, maxFunction)
			}
		}
	}
}

// isTable lets long tables be: a function that only returns one literal, or is one switch.
func isTable(fn *ast.FuncDecl) bool {
	if len(fn.Body.List) == 0 || len(fn.Body.List) > 2 {
		return false
	}
	if _, ok := fn.Body.List[0].(*ast.SwitchStmt); ok {
		return true
	}
	ret, ok := fn.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(ret.Results) != 1 {
		return false
	}
	_, ok = ret.Results[0].(*ast.CompositeLit)
	return ok
}

func TestNoInitAndNoMutableGlobals(t *testing.T) {
	for _, f := range sources(t) {
		for _, d := range f.Syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s:%d: init runs behind the reader's back; call a function from main", f.Path, f.Line(fn.Pos()))
			}
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR && !f.Test {
				checkGlobals(t, f, g)
			}
		}
	}
}

// checkGlobals lets through what is never assigned again by its nature: sentinel errors, embedded files, interface guards.
func checkGlobals(t *testing.T, f arch.File, g *ast.GenDecl) {
	t.Helper()
	embedded := g.Doc != nil && strings.Contains(docText(g.Doc), "//go:embed")
	for _, s := range g.Specs {
		v, ok := s.(*ast.ValueSpec)
		if !ok {
			continue
		}
		embedded = embedded || v.Doc != nil && strings.Contains(docText(v.Doc), "//go:embed")
		for _, n := range v.Names {
			stamped := (n.Name == "version" || n.Name == "updates") && f.Syntax.Name.Name == "main" // the build stamps it; -X takes variables only
			if n.Name == "_" || embedded || stamped || strings.HasPrefix(n.Name, "err") || strings.HasPrefix(n.Name, "Err") {
				continue
			}
			t.Errorf("%s:%d: %s is a global variable; use a function, a constant or a field", f.Path, f.Line(n.Pos()), n.Name)
		}
	}
}

func docText(c *ast.CommentGroup) string {
	var b strings.Builder
	for _, line := range c.List {
		b.WriteString(line.Text + "\n")
	}
	return b.String()
}

func TestGrabBagNamesAreRefused(t *testing.T) {
	for _, f := range sources(t) {
		switch name := strings.TrimSuffix(f.Syntax.Name.Name, "_test"); name {
		case "util", "utils", "common", "helper", "helpers", "manager", "misc", "types", "base":
			t.Errorf("%s: package %s says nothing of what it provides", f.Path, name)
		}
	}
}

func TestBrowserCallsStayInWasm(t *testing.T) {
	for _, f := range sources(t) {
		for _, i := range f.Syntax.Imports {
			if i.Path.Value == `"syscall/js"` && !strings.HasPrefix(f.Path, "wasm/") {
				t.Errorf("%s imports syscall/js; only wasm touches the browser", f.Path)
			}
		}
	}
}

func TestEveryBackendRunsItsSuite(t *testing.T) {
	suites := []struct{ folder, call string }{
		{"shared/store/memstore", "storetest"}, {"companion/store/", "storetest"}, {"wasm/store/", "storetest"}, {"companion/driver/", "drivertest"},
		{"companion/queue/local", "queuetest"},
	}
	ran := map[string]bool{}
	for _, f := range sources(t) {
		dir := path.Dir(f.Path)
		for _, s := range suites {
			aside := strings.HasSuffix(dir, "test") || dir == "companion/store/blobfile" || dir == "companion/store/upkeep" // serves tests, or backends
			if strings.HasPrefix(f.Path, s.folder) && !aside {
				ran[dir] = ran[dir] || f.Test && calls(f, s.call, "Run")
			}
		}
	}
	for dir, ok := range ran {
		if !ok {
			t.Errorf("%s does not run its conformance suite", dir)
		}
	}
	require.NotEmpty(t, ran)
}

func calls(f arch.File, pkg, name string) bool {
	found := false
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && s.Sel.Name == name {
			x, ok := s.X.(*ast.Ident)
			found = found || ok && x.Name == pkg
		}
		return true
	})
	return found
}
