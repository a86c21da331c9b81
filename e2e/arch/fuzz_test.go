package arch_test

import (
	"go/ast"
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/kindos/kai/e2e/arch"
)

// unfuzzed are the packages that decode and have no fuzz target of their own, with the reason.
func unfuzzed() map[string]string {
	const (
		own   = "reads what this person's kai wrote into its private folder or database"
		typed = "hands bodies to encoding/json in types of its own; what is in them is parsed and fuzzed elsewhere"
	)
	return map[string]string{
		"companion/api": typed, "companion/app": typed, "companion/exchange": typed, "companion/host": typed, "companion/cli": typed, "companion/rest": typed,
		"companion/bundle": "reads kai's own log, whose lines companion/logfile fuzzes", "companion/cache": own, "companion/chores": own,
		"companion/datadir": own, "companion/keys": own, "companion/queue/local": own, "companion/summaries": own, "companion/store/duckdb": own, "companion/store/postgres": own,
		"companion/sandbox/examples/convert": typed, "companion/sandbox/examples/dice": typed,
		"companion/store/sqlite": own, "companion/telemetry": own, "shared/replica/life": own,
		"shared/run":               "the deltas of a companion are fuzzed by shared/run/journal and shared/protocol",
		"wasm/jsval":               "what the browser's own JSON wrote",
		"wasm/store/chromestorage": own,
	}
}

// decoders are the calls that turn bytes from elsewhere into values.
func decoders() []string {
	return []string{"json.Unmarshal", "json.NewDecoder", "pem.Decode", "toml.Unmarshal", "yaml.Unmarshal", "xml.Unmarshal", "gob.NewDecoder", "zip.NewReader", "tar.NewReader", "gzip.NewReader"}
}

// TestEveryDecoderIsFuzzed demands a fuzz target in each package of the product that decodes, or the reason for none.
func TestEveryDecoderIsFuzzed(t *testing.T) {
	decodes, fuzzes := map[string]string{}, map[string]bool{}
	for _, f := range sources(t) {
		folder := path.Dir(f.Path)
		switch {
		case f.Test:
			fuzzes[folder] = fuzzes[folder] || hasFuzz(f)
		case inProduct(f.Path) && !strings.HasSuffix(folder, "test") && !strings.HasSuffix(folder, "sim"):
			if call := decoding(f); call != "" {
				decodes[folder] = f.Path + " calls " + call
			}
		}
	}
	reasons := unfuzzed()
	for folder, where := range decodes {
		if _, excused := reasons[folder]; fuzzes[folder] == excused {
			t.Errorf("%s: it needs either a fuzz target in its package or a reason in unfuzzed, and not both", where)
		}
	}
	for folder := range reasons {
		if decodes[folder] == "" {
			t.Errorf("%s decodes nothing: take it out of unfuzzed", folder)
		}
	}
}

func inProduct(file string) bool {
	return strings.HasPrefix(file, "shared/") || strings.HasPrefix(file, "companion/") || strings.HasPrefix(file, "wasm/")
}

func hasFuzz(f arch.File) bool {
	return slices.ContainsFunc(f.Syntax.Decls, func(d ast.Decl) bool {
		fn, ok := d.(*ast.FuncDecl)
		return ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Fuzz")
	})
}

// decoding is the first decoder that a file calls.
func decoding(f arch.File) (found string) {
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok && found == "" {
			for _, name := range decoders() {
				if pkg, fn, _ := strings.Cut(name, "."); isSelector(s, pkg, fn) {
					found = name
				}
			}
		}
		return found == ""
	})
	return found
}
