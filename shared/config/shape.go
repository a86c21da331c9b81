package config

import (
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
)

// shaper compares a source with the struct: are all keys known, has each value the right type?
type shaper struct {
	all      []Field
	problems Problems
	typed    bool // every value has the type of its field
}

// wrong adds a mistake at a place.
func (s *shaper) wrong(path string, at Origin, message, remedy string) {
	s.problems = append(s.problems, Problem{Path: path, Message: message, Remedy: remedy, Origin: at})
}

// mistyped adds a value that can't be read as what its field wants, and takes it out.
func (s *shaper) mistyped(path string, n *Node, message, remedy string) {
	s.wrong(path, n.Origin, message, remedy)
	s.typed, n.Kind = false, Null
}

// object checks every member against a struct's fields. A key that stands twice can't be: parsers refuse it.
func (s *shaper) object(n *Node, t reflect.Type, under string) {
	known := shallow(t)
	for _, m := range n.Members {
		path := join(under, m.Key)
		f, ok := known[m.Key]
		if !ok {
			s.wrong(path, m.At, "there is no such key", s.hint(m.Key, known))
			continue
		}
		f.Path = path
		s.value(m.Value, f)
	}
}

// value checks one value against its field.
func (s *shaper) value(n *Node, f Field) {
	switch {
	case n.Kind == Loose:
		s.loose(n, f)
	case n.Kind == Null:
		s.mistyped(f.Path, n, "null is not a value", "leave the key out to keep the default")
	case n.Kind == Object && f.Go.Kind() == reflect.Struct:
		s.object(n, f.Go, f.Path)
	case n.Kind == Array && f.Go.Kind() == reflect.Slice:
		s.items(n, f)
	case !scalarFits(n, f.Go.Kind()):
		s.mistyped(f.Path, n, "this is "+nodeName(n, f.Go), "write "+Expected(f))
	case secretive(f.Go) && strings.Contains(n.Text, hidden):
		s.wrong(f.Path, n.Origin, hidden+" is what kai shows instead of a secret", "write the secret itself, or vault:<id>")
	}
}

// items checks every item of a list.
func (s *shaper) items(n *Node, f Field) {
	element := Field{Go: f.Go.Elem(), Type: typeName(f.Go.Elem())}
	typed := s.typed
	s.typed = true
	for i, item := range n.Items {
		element.Path = f.Path + index(i)
		before := len(s.problems)
		s.value(item, element)
		if item.Kind == Object && element.Go.Kind() == reflect.Struct && len(s.problems) == before {
			s.complete(item, element)
		}
	}
	if !s.typed {
		n.Kind = Null // a list is taken whole, or not
	}
	s.typed = s.typed && typed
}

// complete wants every key of an item that may not be absent: unlike the rest of a configuration, items have no defaults.
func (s *shaper) complete(item *Node, element Field) {
	for _, f := range fieldsOf(element.Go, "") {
		if !f.Omit && item.Find(f.Path) == nil && (!strings.Contains(f.Path, ".") || item.Find(f.Path[:strings.LastIndexByte(f.Path, '.')]) != nil) {
			s.mistyped(element.Path+"."+f.Path, item, "this key is missing", "write "+Expected(f))
		}
	}
}

// loose checks text from the environment or a flag.
func (s *shaper) loose(n *Node, f Field) {
	if f.Go.Kind() == reflect.Struct {
		s.mistyped(f.Path, n, "this is a group of keys, not a value", "set one of the keys in it")
		return
	}
	before := len(s.problems)
	parsed, ok := tighten(n, f.Go)
	if !ok {
		s.mistyped(f.Path, n, strconv.Quote(clip(n.Text))+" does not fit", "write "+Expected(f))
		return
	}
	if parsed.Kind == Array || parsed.Kind == String {
		s.value(parsed, f)
	}
	if n.Kind = parsed.Kind; len(s.problems) == before {
		*n = *parsed
	}
}

// tighten reads loose text as the type that the field wants. A list is JSON when it starts with "[", else words with
// commas between.
func tighten(n *Node, t reflect.Type) (*Node, bool) {
	out := &Node{Text: strings.TrimSpace(n.Text), Origin: n.Origin}
	switch t.Kind() {
	case reflect.Bool:
		v, known := looseBool(out.Text)
		out.Kind, out.Text = Bool, strconv.FormatBool(v)
		return out, known
	case reflect.Int:
		out.Kind = Number
		return out, scalarFits(out, reflect.Int)
	case reflect.Float64:
		out.Kind = Number
		return out, scalarFits(out, reflect.Float64)
	case reflect.Slice:
		return looseList(out)
	default:
		out.Kind, out.Text = String, n.Text
		return out, true
	}
}

// looseBool reads the words for true and false that people write in variables and INI files.
func looseBool(text string) (v, known bool) {
	switch strings.ToLower(text) {
	case "yes", "on":
		return true, true
	case "no", "off":
		return false, true
	}
	v, err := strconv.ParseBool(text)
	return v, err == nil
}

// looseList reads a list from text.
func looseList(n *Node) (*Node, bool) {
	if strings.HasPrefix(n.Text, "[") {
		parsed, err := ParseJSON(n.Origin.Source, []byte(n.Text))
		if err != nil {
			return n, false
		}
		reoriginate(parsed, n.Origin)
		return parsed, true
	}
	n.Kind = Array
	for word := range strings.SplitSeq(n.Text, ",") {
		if word = strings.TrimSpace(word); word != "" {
			n.Items = append(n.Items, &Node{Kind: String, Text: word, Origin: n.Origin})
		}
	}
	return n, true
}

// reoriginate says of a whole tree that it came from one variable or flag.
func reoriginate(n *Node, at Origin) {
	n.Origin = at
	for _, item := range n.Items {
		reoriginate(item, at)
	}
	for i := range n.Members {
		n.Members[i].At = at
		reoriginate(n.Members[i].Value, at)
	}
}

// scalarFits says whether a scalar node can be stored in a Go kind.
func scalarFits(n *Node, k reflect.Kind) bool {
	switch k {
	case reflect.Bool:
		return n.Kind == Bool
	case reflect.Int:
		_, err := strconv.ParseInt(n.Text, 10, 32)
		return n.Kind == Number && err == nil
	case reflect.Float64:
		f, err := strconv.ParseFloat(n.Text, 64)
		return n.Kind == Number && err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
	case reflect.String:
		return n.Kind == String
	default:
		return false
	}
}

// Expected says in words what to write for a field.
func Expected(f Field) string {
	switch {
	case len(f.Enum) > 0:
		return "one of " + strings.Join(f.Enum, ", ")
	case f.Min != nil && f.Max != nil:
		return "a " + f.Type + " from " + strconv.Itoa(*f.Min) + " to " + strconv.Itoa(*f.Max)
	case f.Go.Kind() == reflect.Bool:
		return "true or false, without quotes"
	case f.Go.Kind() == reflect.Int:
		return "a whole number, without quotes"
	case f.Go.Kind() == reflect.Float64:
		return "a number, without quotes"
	case f.Go.Kind() == reflect.Slice:
		return "a list"
	case f.Go.Kind() == reflect.Struct:
		return "an object with keys"
	default:
		return "text in quotes"
	}
}

// nodeName says what a node is, with its text unless that may be a secret.
func nodeName(n *Node, t reflect.Type) string {
	if secretive(t) && n.Kind != Array && n.Kind != Object {
		return strings.TrimSpace(scalarName(&Node{Kind: n.Kind, Text: ""}))
	}
	switch n.Kind {
	case Array:
		return "a list"
	case Object:
		return "an object"
	default:
		return scalarName(n)
	}
}

func scalarName(n *Node) string {
	kind := map[Kind]string{Bool: "the truth value ", Number: "the number ", String: "the text "}[n.Kind]
	text, err := json.Marshal(n.Text)
	if n.Kind != String || err != nil {
		text = []byte(n.Text)
	}
	return kind + clip(string(text))
}

// clip keeps messages short.
func clip(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "..."
	}
	return text
}

// shallow maps the keys of a struct, without those inside them.
func shallow(t reflect.Type) map[string]Field {
	out := make(map[string]Field, t.NumField())
	for i := range t.NumField() {
		f := fieldOf(t.Field(i), "")
		out[f.Path] = f
	}
	return out
}
