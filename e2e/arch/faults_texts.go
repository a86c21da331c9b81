package arch

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"strings"
)

const deepest = 6

// texts are what an expression can be, as format strings.
func (p *place) texts(e ast.Expr, r role, depth int) []string {
	if depth > deepest {
		return []string{"%s"}
	}
	switch e := e.(type) {
	case *ast.ParenExpr:
		return p.texts(e.X, r, depth)
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return []string{"%s"}
		}
		text, _ := strconv.Unquote(e.Value)
		if r != format {
			text = strings.ReplaceAll(text, "%", "%%")
		}
		return []string{text}
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return []string{"%s"}
		}
		return p.joined(e, r, depth)
	case *ast.CallExpr:
		return p.returned(e, r, depth)
	case *ast.Ident:
		return p.variable(e, r, depth)
	case *ast.SelectorExpr:
		if x, ok := e.X.(*ast.Ident); r == plain && depth <= 1 && (!ok || p.imported(x.Name) == "") {
			p.fields[e.Sel.Name] = true
		}
	}
	return []string{"%s"}
}

// joined is a text that is put together with +.
func (p *place) joined(e *ast.BinaryExpr, r role, depth int) []string {
	if depth > 1 || written(e) {
		return []string{p.part(e.X, r, depth+1) + p.part(e.Y, r, depth+1)}
	}
	// Nothing is written here but what stands between: the words are in the parts.
	var out []string
	for _, left := range p.texts(e.X, r, depth+1) {
		for _, right := range p.texts(e.Y, r, depth+1) {
			out = append(out, left+right)
		}
	}
	return out
}

// written says whether there are words among what is put together.
func written(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		return written(e.X) || written(e.Y)
	case *ast.BasicLit:
		return strings.ContainsFunc(e.Value, letter)
	}
	return false
}

// part is a piece of a text that is put together: what is written there, or a place for what varies.
func (p *place) part(e ast.Expr, r role, depth int) string {
	if b, ok := e.(*ast.BinaryExpr); ok {
		return p.joined(b, r, depth)[0]
	}
	if _, ok := e.(*ast.BasicLit); ok {
		return p.texts(e, r, depth)[0]
	}
	if id, ok := e.(*ast.Ident); ok && p.constants[id.Name] != nil && p.assigned(id.Name, r, depth) == nil {
		return p.texts(e, r, depth)[0]
	}
	p.take(e, phrase)
	return "%s"
}

// returned is what a call answers: of what formats, and of the package's own functions that answer words.
func (p *place) returned(e *ast.CallExpr, r role, depth int) []string {
	if named(e.Fun, "fmt", "Sprintf") || named(e.Fun, "fmt", "Errorf") {
		for _, more := range e.Args[1:] {
			p.take(more, phrase)
		}
		return p.texts(e.Args[0], format, depth+1)
	}
	if named(e.Fun, "errors", "New") {
		return p.texts(e.Args[0], r, depth+1)
	}
	name, own := strings.CutPrefix(p.callee(e.Fun), p.dir+".")
	if !own {
		return []string{"%s"}
	}
	var out []string
	for _, f := range p.functions[name] {
		if at := handsOn(f); at >= 0 && at < len(e.Args) {
			p.take(e.Args[at], r) // clip(why, 100) is why, in short
		}
		if f.Body != nil && f.Type.Results != nil && len(f.Type.Results.List) == 1 && named(f.Type.Results.List[0].Type, "", "string") {
			out = append(out, p.answers(f, r, depth)...)
		}
	}
	const most = 24
	if len(out) == 0 || len(out) > most {
		return []string{"%s"}
	}
	return out
}

// handsOn is the parameter that a function answers a part of, or -1: the only text that it takes, if it answers one.
func handsOn(f *ast.FuncDecl) int {
	if f.Type.Results == nil || len(f.Type.Results.List) != 1 || !named(f.Type.Results.List[0].Type, "", "string") {
		return -1
	}
	found, at := -1, 0
	for _, field := range f.Type.Params.List {
		for range field.Names {
			if named(field.Type, "", "string") {
				if found >= 0 {
					return -1
				}
				found = at
			}
			at++
		}
	}
	return found
}

// answers are the texts that a function can return.
func (p *place) answers(f *ast.FuncDecl, r role, depth int) []string {
	var out []string
	inside := &place{sources: p.sources, file: p.file, function: f}
	ast.Inspect(f.Body, func(n ast.Node) bool {
		if ret, ok := n.(*ast.ReturnStmt); ok && len(ret.Results) == 1 {
			out = append(out, inside.texts(ret.Results[0], r, depth+1)...)
		}
		_, another := n.(*ast.FuncLit)
		return !another
	})
	return out
}

// variable is what is assigned to a name: in the function, as a constant, or by those who call the function.
func (p *place) variable(id *ast.Ident, r role, depth int) []string {
	out := p.assigned(id.Name, r, depth)
	if p.handed(id, r, depth) {
		return append(out, "%s")
	}
	if len(out) > 0 {
		return out
	}
	if value, ok := p.constants[id.Name]; ok {
		return p.texts(value, r, depth+1)
	}
	return []string{"%s"}
}

// handed notes that a function is given a text, or a part of one, so that its calls are looked at.
func (p *place) handed(id *ast.Ident, r role, depth int) bool {
	if p.function == nil {
		return false
	}
	name, at := p.parameter(id)
	if at < 0 {
		return false
	}
	name = p.dir + "." + name
	if p.sinks[name] == nil {
		p.sinks[name] = sink{}
	}
	if depth > 0 {
		r = phrase
	}
	p.sinks[name][at] = max(p.sinks[name][at], r)
	return true
}

func (p *place) assigned(name string, r role, depth int) []string {
	if p.function == nil {
		return nil
	}
	var out []string
	ast.Inspect(p.function, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok {
			return true
		}
		for i, left := range a.Lhs {
			if !named(left, "", name) {
				continue
			}
			if len(a.Lhs) != len(a.Rhs) || a.Tok == token.ADD_ASSIGN {
				out = append(out, "%s")
			} else if !mentions(a.Rhs[i], name) {
				out = append(out, p.texts(a.Rhs[i], r, depth+1)...)
			}
		}
		return true
	})
	slices.Sort(out)
	return slices.Compact(out)
}

func mentions(e ast.Expr, name string) bool {
	found := false
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && id.Name == name {
			found = true
		}
		return !found
	})
	return found
}

// parameter is the function, or the local one, that a name is a parameter of, and its place there, or -1.
func (p *place) parameter(id *ast.Ident) (function string, at int) {
	function, at = p.function.Name.Name, parameter(p.function.Type, id.Name)
	ast.Inspect(p.function, func(n ast.Node) bool {
		a, ok := n.(*ast.AssignStmt)
		if !ok || len(a.Rhs) != 1 {
			return true
		}
		local, ok := a.Rhs[0].(*ast.FuncLit)
		if !ok || id.Pos() < local.Pos() || local.End() < id.Pos() {
			return true
		}
		if i := parameter(local.Type, id.Name); i >= 0 {
			if name, ok := a.Lhs[0].(*ast.Ident); ok {
				function, at = name.Name, i
			}
		}
		return true
	})
	return function, at
}

// parameter is the place of a parameter that is a string, or -1.
func parameter(f *ast.FuncType, name string) int {
	at := 0
	for _, field := range f.Params.List {
		for _, n := range field.Names {
			if n.Name == name {
				if named(field.Type, "", "string") {
					return at
				}
				return -1
			}
			at++
		}
	}
	return -1
}
