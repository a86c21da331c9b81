// Package schema writes JSON Schemas of configurations, for editors that complete and check while a person types.
//
// Apart from shared/config so that the browser runtime does not carry it. Imports shared/config and the standard library.
package schema

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/kindos/kai/shared/config"
)

// Dialect is the version of JSON Schema written.
const Dialect = "https://json-schema.org/draft/2020-12/schema"

// schema is one JSON Schema; the order of its fields is the order in the file.
type schema struct {
	Dialect     string            `json:"$schema,omitempty"`
	Title       string            `json:"title,omitempty"`
	Description string            `json:"description,omitempty"`
	Type        string            `json:"type"`
	Enum        []string          `json:"enum,omitempty"`
	Minimum     *int              `json:"minimum,omitempty"`
	Maximum     *int              `json:"maximum,omitempty"`
	Default     any               `json:"default,omitempty"`
	Items       *schema           `json:"items,omitempty"`
	Properties  orderedProperties `json:"properties,omitempty"`
	Required    []string          `json:"required,omitempty"`
	Closed      *bool             `json:"additionalProperties,omitempty"`
}

// property is one named schema.
type property struct {
	name string
	schema
}

// orderedProperties marshals as an object in the order of the struct.
type orderedProperties []property

// MarshalJSON writes the properties in order.
func (p orderedProperties) MarshalJSON() ([]byte, error) {
	var b strings.Builder
	b.WriteByte('{')
	for i, one := range p {
		text, err := json.Marshal(one.schema)
		if err != nil {
			return nil, err
		}
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + one.name + `":` + string(text))
	}
	b.WriteByte('}')
	return []byte(b.String()), nil
}

// Generate writes the schema of a configuration; def holds the defaults. No key of a file is required, because every
// key has a default; the keys of an item in a list are.
func Generate(title string, def any) ([]byte, error) {
	root := object(config.Fields(def), reflect.ValueOf(def), false)
	root.Dialect, root.Title = Dialect, title
	return json.MarshalIndent(root, "", "  ")
}

// object describes the keys of one level; deeper ones are reached through their parents.
func object(fields []config.Field, value reflect.Value, item bool) schema {
	closed := false
	out := schema{Type: "object", Closed: &closed}
	for _, f := range fields {
		if strings.Contains(f.Path, ".") {
			continue
		}
		out.Properties = append(out.Properties, property{f.Path, describe(f, fields, valueOf(value, f.Path))})
		if item && !f.Omit {
			out.Required = append(out.Required, f.Path)
		}
	}
	return out
}

// describe makes the schema of one field.
func describe(f config.Field, fields []config.Field, value reflect.Value) schema {
	var out schema
	switch f.Go.Kind() {
	case reflect.Struct:
		out = object(within(fields, f.Path), value, false)
	case reflect.Slice:
		out = schema{Type: "array", Items: element(f)}
	default:
		out = schema{Type: jsonType(f.Go.Kind()), Enum: f.Enum, Minimum: f.Min, Maximum: f.Max}
	}
	out.Description = f.Doc
	if f.Leaf() && value.IsValid() {
		out.Default = value.Interface()
	}
	return out
}

// element describes an item of a list.
func element(f config.Field) *schema {
	item := schema{Type: jsonType(f.Go.Elem().Kind())}
	if fields := f.Element(); fields != nil {
		item = object(fields, reflect.Value{}, true)
	}
	return &item
}

// within keeps the fields under a path, made relative to it.
func within(fields []config.Field, path string) []config.Field {
	var out []config.Field
	for _, f := range fields {
		if rest, ok := strings.CutPrefix(f.Path, path+"."); ok {
			f.Path = rest
			out = append(out, f)
		}
	}
	return out
}

// valueOf finds a default by its key; an invalid value when there is none.
func valueOf(v reflect.Value, path string) reflect.Value {
	if !v.IsValid() {
		return v
	}
	for i := range v.NumField() {
		name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
		if name == path {
			return v.Field(i)
		}
	}
	return reflect.Value{}
}

// jsonType names a Go kind in JSON Schema's words.
func jsonType(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "boolean"
	case reflect.Int:
		return "integer"
	case reflect.Float64:
		return "number"
	default:
		return "string"
	}
}
