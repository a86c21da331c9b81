package main

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// field is a struct field as it appears in JSON; owner is the struct that declares it (not the one that embeds it).
type field struct {
	reflect.StructField
	owner    reflect.Type
	json     string
	optional bool
}

// fields lists a struct's JSON fields with embedded structs flattened.
func fields(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		f := t.Field(i)
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct {
			out = append(out, fields(f.Type)...)
			continue
		}
		if !f.IsExported() || tag == "-" {
			continue
		}
		if tag == "" {
			tag = f.Name
		}
		optional := strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
		out = append(out, field{StructField: f, owner: t, json: tag, optional: optional})
	}
	return out
}

func (g *generator) writeTypes() {
	for _, name := range g.names() {
		t := g.types[name]
		if doc := g.sources[t.PkgPath()].docs[t.Name()]; doc != "" {
			g.printf("/** %s */\n", doc)
		}
		if t.Kind() == reflect.Struct {
			g.writeInterface(name, t)
			continue
		}
		g.printf("export type %s = %s;\n\n", name, g.union(t))
	}
}

func (g *generator) writeInterface(name string, t reflect.Type) {
	list := fields(t)
	if len(list) == 0 {
		g.printf("export type %s = { [key: string]: never };\n\n", name)
		return
	}
	g.printf("export interface %s {\n", name)
	for _, f := range list {
		if doc := g.sources[f.owner.PkgPath()].docs[f.owner.Name()+"."+f.Name]; doc != "" {
			g.printf("  /** %s */\n", doc)
		}
		mark, expr := "", g.expr(f.Type)
		if f.optional {
			mark = "?"
		} else if f.Type.Kind() == reflect.Pointer {
			expr += " | null"
		}
		g.printf("  %s%s: %s;\n", f.json, mark, expr)
	}
	g.printf("}\n\n")
}

func (g *generator) union(t reflect.Type) string {
	values := g.values(t)
	if len(values) == 0 {
		return g.basic(t)
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = strconv.Quote(v)
	}
	return strings.Join(quoted, " | ")
}

// expr is the TypeScript expression of a Go type.
func (g *generator) expr(t reflect.Type) string {
	if t == reflect.TypeFor[json.RawMessage]() {
		return "unknown"
	}
	if name := tsName(t.PkgPath(), t.Name()); t.Name() != "" && t.PkgPath() != "" && g.known(name) {
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.expr(t.Elem())
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return "string" // base64
		}
		return g.expr(t.Elem()) + "[]"
	case reflect.Map:
		if key := g.expr(t.Key()); key != "string" {
			return "{ [key in " + key + "]?: " + g.expr(t.Elem()) + " }"
		}
		return "{ [key: string]: " + g.expr(t.Elem()) + " }"
	}
	return g.basic(t)
}

func (g *generator) basic(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8,
		reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		return "number"
	default:
		return "unknown"
	}
}
