package main

import (
	"fmt"
	"regexp"
	"strings"
)

// method is one row of the table of methods: the constant, its name on the wire, and the TypeScript types.
type method struct {
	constant, name, in, chunk, out string
}

// parseMethods reads the comments "In ~ Chunk -> Out" behind the Method constants of methods.go.
func (g *generator) parseMethods(src source) ([]method, error) {
	var out []method
	for _, c := range src.constants {
		if !strings.HasPrefix(c.name, "Method") {
			continue
		}
		m, err := g.parseMethod(c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.name, err)
		}
		out = append(out, m)
	}
	return out, nil
}

func (g *generator) parseMethod(c constant) (method, error) {
	text := regexp.MustCompile(`\([^)]*\)`).ReplaceAllString(c.comment, "")
	text, _, _ = strings.Cut(text, ";")
	in, out, ok := strings.Cut(text, "->")
	if !ok {
		return method{}, fmt.Errorf("its comment %q does not say In -> Out", c.comment)
	}
	in, chunk, _ := strings.Cut(in, "~")
	m := method{constant: strings.TrimPrefix(c.name, "Method"), name: c.value, chunk: "never"}
	var err error
	if m.in, err = g.wireName(in); err != nil {
		return m, err
	}
	if m.out, err = g.wireName(out); err != nil {
		return m, err
	}
	if strings.TrimSpace(chunk) != "" {
		m.chunk, err = g.wireName(chunk)
	}
	return m, err
}

// wireName turns a type's name in a comment ("Sent", "run.Delta", "... some fields of Settings") into TypeScript.
func (g *generator) wireName(text string) (string, error) {
	text = strings.TrimSpace(text)
	if _, whole, partial := strings.Cut(text, "some fields of "); partial {
		name, err := g.wireName(whole)
		return "Partial<" + name + ">", err
	}
	pkg, name, qualified := strings.Cut(text, ".")
	if !qualified {
		pkg, name = "assistant", text
	}
	full := tsName(module+"/shared/"+pkg, name)
	if !g.known(full) {
		return "", fmt.Errorf("%q is not among assistant.Wire()", text)
	}
	return full, nil
}

func (g *generator) writeMethods(methods []method) {
	g.printf("/** Method holds the name of every method that a view may call. */\nexport const Method = {\n")
	for _, m := range methods {
		g.printf("  %s: %q,\n", m.constant, m.name)
	}
	g.printf("} as const;\n\n/** Methods gives each method its request, the chunks of its stream (never: no stream) and its reply. */\n")
	g.printf("export interface Methods {\n")
	for _, m := range methods {
		g.printf("  %q: { in: %s; chunk: %s; out: %s };\n", m.name, m.in, m.chunk, m.out)
	}
	g.printf("}\n\n/** MethodName is the name of a method. */\nexport type MethodName = keyof Methods;\n")
}
