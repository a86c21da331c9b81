package config

import (
	"reflect"
	"strconv"
	"strings"
)

// Field describes one key of a configuration: what the struct tags say. The tags are doc (a sentence), enum (the allowed
// words, comma-separated), min and max.
type Field struct {
	Path string
	Type string // "text", "whole number", "number", "true or false", "list", "object"
	Doc  string
	Enum []string
	Min  *int
	Max  *int
	Omit bool // may be absent
	Go   reflect.Type
}

// Env is the environment variable that sets the field: networking.port is KAI_NETWORKING_PORT.
func (f Field) Env() string {
	return "KAI_" + strings.ToUpper(strings.ReplaceAll(f.Path, ".", "_"))
}

// Leaf says whether the field holds a value, not more fields. Lists are leaves: they are replaced whole.
func (f Field) Leaf() bool { return f.Go.Kind() != reflect.Struct }

// Fields lists every key of a configuration, objects before what is in them.
func Fields(c any) []Field {
	return fieldsOf(reflect.TypeOf(c), "")
}

// fieldsOf lists a struct's keys under a path.
func fieldsOf(t reflect.Type, under string) []Field {
	var out []Field
	for i := range t.NumField() {
		f := fieldOf(t.Field(i), under)
		out = append(out, f)
		if !f.Leaf() {
			out = append(out, fieldsOf(f.Go, f.Path)...)
		}
	}
	return out
}

// Element lists the keys of one item of a list of objects, with paths relative to the item.
func (f Field) Element() []Field {
	if f.Go.Kind() != reflect.Slice || f.Go.Elem().Kind() != reflect.Struct {
		return nil
	}
	return fieldsOf(f.Go.Elem(), "")
}

// fieldOf reads one struct field's tags.
func fieldOf(sf reflect.StructField, under string) Field {
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	kind := sf.Type
	if kind.Kind() == reflect.Pointer { // a number whose absence means something else than 0
		kind = kind.Elem()
	}
	f := Field{Path: join(under, name), Doc: sf.Tag.Get("doc"), Go: kind, Type: typeName(kind), Omit: options == "omitempty"}
	if words := sf.Tag.Get("enum"); words != "" {
		f.Enum = strings.Split(words, ",")
	}
	f.Min, f.Max = bound(sf.Tag.Get("min")), bound(sf.Tag.Get("max"))
	return f
}

// bound reads a min or max tag.
func bound(text string) *int {
	n, err := strconv.Atoi(text)
	if err != nil {
		return nil
	}
	return &n
}

// typeName says what to write for a Go type.
func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.Int:
		return "whole number"
	case reflect.Float64:
		return "number"
	case reflect.Slice:
		return "list"
	case reflect.Struct:
		return "object"
	default:
		return "text"
	}
}

// join puts a key under a path.
func join(under, key string) string {
	if under == "" || strings.HasPrefix(key, "[") {
		return under + key
	}
	return under + "." + key
}

// index is the path step of item i.
func index(i int) string { return "[" + strconv.Itoa(i) + "]" }
