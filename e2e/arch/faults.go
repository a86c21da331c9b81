package arch

import (
	"go/ast"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Texts are what a person may read of faults: each format string in the order of the alphabet, with the first place it stands at.
//
// A text is what stands in the source: the format of fault.New and WithRemedy, what fault.Wrap says is being done, the fields of
// a literal. Words put together with + are one text with %s for what varies. What a function is given for such a place
// (wrong("no name")) counts where it is called, and so does a phrase that goes into a text ("the title").
func Texts(files []File, covered func(file string) bool) map[string]string {
	c := &collector{packages: map[string]*sources{}, sinks: map[string]sink{}, fields: map[string]bool{}, busy: map[ast.Expr]bool{}, found: map[string]string{}}
	for _, f := range files {
		if !f.Test && !f.Generated && covered(f.Path) {
			c.add(path.Dir(f.Path), f)
		}
	}
	for before := -1; before != c.known(); {
		before = c.known()
		for _, dir := range slices.Sorted(maps.Keys(c.packages)) {
			c.packages[dir].walk()
		}
	}
	return c.found
}

type collector struct {
	packages map[string]*sources // by folder
	sinks    map[string]sink     // by package and name of a function
	fields   map[string]bool     // names of fields that hold texts
	busy     map[ast.Expr]bool
	found    map[string]string // text → where it stands
}

func (c *collector) known() int {
	n := len(c.fields)
	for _, s := range c.sinks {
		n += len(s)
	}
	return n
}

// sink says which parameters of a function become texts (formats) or parts of texts.
type sink map[int]role

type role int

const (
	phrase role = iota + 1 // goes into a text
	plain                  // is a text
	format                 // is a text with verbs
)

// sources are the files of one package.
type sources struct {
	*collector
	dir       string
	name      string
	files     []File
	constants map[string]ast.Expr
	functions map[string][]*ast.FuncDecl
}

func (c *collector) add(dir string, f File) {
	s := c.packages[dir]
	if s == nil {
		s = &sources{collector: c, dir: dir, name: f.Syntax.Name.Name, constants: map[string]ast.Expr{}, functions: map[string][]*ast.FuncDecl{}}
		c.packages[dir] = s
	}
	s.files = append(s.files, f)
	for _, d := range f.Syntax.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			s.functions[d.Name.Name] = append(s.functions[d.Name.Name], d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				if v, ok := spec.(*ast.ValueSpec); ok && len(v.Names) == len(v.Values) {
					for i, n := range v.Names {
						s.constants[n.Name] = v.Values[i]
					}
				}
			}
		}
	}
}

func (s *sources) walk() {
	for _, f := range s.files {
		for _, d := range f.Syntax.Decls {
			in := &place{sources: s, file: f}
			in.function, _ = d.(*ast.FuncDecl)
			ast.Inspect(d, in.look)
		}
	}
}

// place is where in the source an expression stands.
type place struct {
	*sources
	file     File
	function *ast.FuncDecl
}

func (p *place) look(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.CallExpr:
		p.call(n)
	case *ast.CompositeLit:
		p.literal(n)
	case *ast.KeyValueExpr:
		if id, ok := n.Key.(*ast.Ident); ok && p.fields[id.Name] {
			p.take(n.Value, plain)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			if sel, ok := left.(*ast.SelectorExpr); ok && p.fields[sel.Sel.Name] && len(n.Lhs) == len(n.Rhs) {
				p.take(n.Rhs[i], plain)
			}
		}
	}
	return true
}

// literal takes the texts of a fault that is written as one.
func (p *place) literal(c *ast.CompositeLit) {
	if !named(c.Type, "fault", "Fault") && (p.name != "fault" || !named(c.Type, "", "Fault")) {
		return
	}
	for _, e := range c.Elts {
		if kv, ok := e.(*ast.KeyValueExpr); ok && (named(kv.Key, "", "Message") || named(kv.Key, "", "Remedy")) {
			p.take(kv.Value, plain)
		}
	}
}

func named(e ast.Expr, pkg, name string) bool {
	if sel, ok := e.(*ast.SelectorExpr); ok {
		x, ok := sel.X.(*ast.Ident)
		return ok && pkg != "" && x.Name == pkg && sel.Sel.Name == name
	}
	id, ok := e.(*ast.Ident)
	return ok && pkg == "" && id.Name == name
}

// call takes the texts of a call: of the package fault's own functions, and of those that hand them on.
func (p *place) call(c *ast.CallExpr) {
	roles := sink{}
	switch {
	case named(c.Fun, "fault", "New"):
		roles[1] = format
	case named(c.Fun, "fault", "Wrap"):
		roles[2] = plain
	default:
		if sel, ok := c.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "WithRemedy" {
			roles[0] = format
			break
		}
		roles = p.sinks[p.callee(c.Fun)]
	}
	for at, r := range roles {
		if at >= len(c.Args) {
			continue
		}
		p.take(c.Args[at], r)
		if r != format {
			continue
		}
		as := phrase
		if lit, ok := c.Args[at].(*ast.BasicLit); ok && lit.Value == `"%s"` {
			as = plain // what follows is the whole text
		}
		for _, more := range c.Args[at+1:] {
			p.take(more, as)
		}
	}
}

// callee names a function of the project: "shared/store.missing".
func (p *place) callee(fun ast.Expr) string {
	switch f := fun.(type) {
	case *ast.Ident:
		return p.dir + "." + f.Name
	case *ast.IndexExpr:
		return p.callee(f.X)
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			if from := p.imported(x.Name); from != "" {
				return strings.TrimPrefix(from, Module+"/") + "." + f.Sel.Name
			}
		}
		return p.dir + "." + f.Sel.Name
	}
	return ""
}

// imported is the path of what a file imports under a name.
func (p *place) imported(name string) string {
	for _, i := range p.file.Syntax.Imports {
		from, _ := strconv.Unquote(i.Path.Value)
		as := path.Base(from)
		if i.Name != nil {
			as = i.Name.Name
		}
		if as == name {
			return from
		}
	}
	return ""
}

// take notes the texts that an expression can be.
func (p *place) take(e ast.Expr, r role) {
	if p.busy[e] {
		return // a function that calls itself
	}
	p.busy[e] = true
	defer delete(p.busy, e)
	for _, text := range p.texts(e, r, 0) {
		if !strings.ContainsFunc(verbs(text), letter) {
			continue // nothing but what varies
		}
		if strings.HasPrefix(text, "{") || (!strings.Contains(text, " ") && text != "stopped") {
			continue // a name, not words
		}
		if _, known := p.found[text]; !known {
			p.found[text] = p.file.Path + ":" + strconv.Itoa(p.file.Line(e.Pos()))
		}
	}
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }

// verbs is a text without what varies.
func verbs(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] != '%' {
			out.WriteByte(text[i])
			continue
		}
		for i++; i < len(text) && !letter(rune(text[i])) && text[i] != '%'; i++ {
		}
	}
	return out.String()
}
