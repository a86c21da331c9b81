package arch

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Module is the project's module path.
const Module = "github.com/kindos/kai"

// Package is what the go command says about a package for one platform.
type Package struct {
	ImportPath string
	Dir        string
	GoFiles    []string
	Imports    []string
	Deps       []string
}

// Within says whether the package lies in a folder of the project ("shared", "wasm/store").
func (p Package) Within(folder string) bool {
	path := Module + "/" + folder
	return p.ImportPath == path || strings.HasPrefix(p.ImportPath, path+"/")
}

// List asks the go command for all packages of the project as built for a platform, with their transitive imports.
func List(root, goos, goarch string) ([]Package, error) {
	cmd := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,GoFiles,Imports,Deps", "./...")
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("list packages for %s/%s: %w", goos, goarch, err)
	}
	var all []Package
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p Package
		switch err := decoder.Decode(&p); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return nil, fmt.Errorf("read the package list: %w", err)
		}
		if len(p.GoFiles) > 0 {
			all = append(all, p)
		}
	}
}

// File is one parsed Go file of the project.
type File struct {
	Path      string // from the root, with slashes
	Syntax    *ast.File
	Set       *token.FileSet
	Lines     int
	Generated bool
	Test      bool
}

// Line is the line of a position.
func (f File) Line(p token.Pos) int { return f.Set.Position(p).Line }

// Parse reads every Go file of the project, whatever its platform.
func Parse(root string) ([]File, error) {
	var files []File
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if skipped(d.Name()) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") {
			return nil
		}
		f, err := parse(root, path)
		files = append(files, f)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}
	return files, nil
}

func skipped(name string) bool {
	return name == "node_modules" || name == "testdata" || name == "build" || name == "dist" || (strings.HasPrefix(name, ".") && name != ".")
}

func parse(root, path string) (File, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, path, nil, parser.ParseComments)
	if err != nil {
		return File{}, fmt.Errorf("parse %s: %w", path, err)
	}
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return File{}, fmt.Errorf("name %s: %w", path, err)
	}
	return File{
		Path: filepath.ToSlash(rel), Syntax: syntax, Set: set, Lines: set.File(syntax.Pos()).LineCount(),
		Generated: ast.IsGenerated(syntax), Test: strings.HasSuffix(path, "_test.go"),
	}, nil
}
