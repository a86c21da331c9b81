package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
)

// constant is one named constant with the comment at its end of line.
type constant struct {
	name, typ, value, comment string
	text                      bool // a string, not a number
}

// source is what one package's files say beyond what reflection can see.
type source struct {
	constants []constant
	docs      map[string]string // "Type" and "Type.Field" -> comment
}

// readSource parses the package at import path pkg; the tree's root holds the module's files.
func readSource(root, pkg string) (source, error) {
	out := source{docs: map[string]string{}}
	dir := filepath.Join(root, strings.TrimPrefix(pkg, module))
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return out, err
	}
	for _, name := range names { // Glob sorts, so the order is the same everywhere
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return out, fmt.Errorf("reading %s: %w", name, err)
		}
		out.addFile(file)
	}
	return out, nil
}

func (s *source) addFile(file *ast.File) {
	for _, decl := range file.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range group.Specs {
			switch spec := spec.(type) {
			case *ast.ValueSpec:
				if group.Tok == token.CONST {
					s.addConstant(spec, group)
				}
			case *ast.TypeSpec:
				s.addType(spec, group)
			}
		}
	}
}

// addConstant keeps constants whose value is a literal; others (expressions) are evaluated where they are used.
func (s *source) addConstant(spec *ast.ValueSpec, group *ast.GenDecl) {
	if len(spec.Names) != 1 || len(spec.Values) != 1 {
		return
	}
	literal, ok := spec.Values[0].(*ast.BasicLit)
	if !ok {
		return
	}
	c := constant{name: spec.Names[0].Name, value: literal.Value, comment: oneLine(spec.Comment.Text())}
	if literal.Kind == token.STRING {
		c.text = true
		c.value, _ = strconv.Unquote(literal.Value) // the parser accepted it as a string
	}
	if name, ok := spec.Type.(*ast.Ident); ok {
		c.typ = name.Name
	}
	s.constants = append(s.constants, c)
}

func (s *source) addType(spec *ast.TypeSpec, group *ast.GenDecl) {
	doc := spec.Doc.Text()
	if doc == "" {
		doc = group.Doc.Text()
	}
	s.docs[spec.Name.Name] = oneLine(doc)
	body, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range body.Fields.List {
		for _, name := range field.Names {
			s.docs[spec.Name.Name+"."+name.Name] = oneLine(field.Comment.Text())
		}
	}
}

func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "*/", "* /")), " ")
}
