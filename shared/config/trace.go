package config

import (
	"cmp"
	"reflect"
	"slices"
	"strconv"
)

// Trace remembers every source of a configuration, so that it can say where each value came from.
type Trace struct {
	fields  []Field
	kind    reflect.Type
	sources []Source
	merged  *Node
}

// Explanation says of one key what it is, what it holds, and who set it.
type Explanation struct {
	Field   Field
	Value   *Node
	Origin  Origin
	History []Setting // lowest layer first; the last one holds
}

// Setting is one source's value for a key.
type Setting struct {
	Origin Origin
	Value  *Node
}

// newTrace lays the sources over the defaults.
func newTrace(def any, sources []Source) Trace {
	t := Trace{fields: Fields(def), kind: reflect.TypeOf(def)}
	t.sources = append([]Source{{Layer: LayerDefault, Root: NodeOf(def)}}, sources...)
	return t
}

// shape checks every source, then merges them; typed says whether all values had the type of their field: those that had
// not are left out. Loose text is only read as a
// type once its field is known, so the check comes first.
func (t *Trace) shape() (problems Problems, typed bool) {
	s := &shaper{all: t.fields, typed: true}
	for _, source := range t.sources {
		switch {
		case source.Root == nil || source.Root.Kind == Null:
			continue
		case source.Root.Kind != Object:
			s.mistyped("", source.Root, "this is "+nodeName(source.Root, nil), "write an object with keys")
		default:
			s.object(source.Root, t.kind, "")
			t.merged = Merge(t.merged, source.Root)
		}
	}
	return s.problems, s.typed
}

// place says of each problem where the value in force was written, and brings them into the order of the sources.
func (t *Trace) place(problems []Problem) {
	for i := range problems {
		if n := t.merged.Find(problems[i].Path); n != nil && problems[i].Origin.Layer == "" {
			problems[i].Origin = n.Origin
		}
	}
	slices.SortStableFunc(problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(a.Origin.Layer), rank(b.Origin.Layer)), cmp.Compare(a.Origin.Line, b.Origin.Line), cmp.Compare(a.Origin.Column, b.Origin.Column))
	})
}

// rank is a layer's place in the order.
func rank(l Layer) int {
	return slices.Index([]Layer{LayerDefault, LayerFile, LayerEnv, LayerFlag}, l)
}

// Merged is the tree of all sources together.
func (t Trace) Merged() *Node { return t.merged }

// Fields lists the keys that there are.
func (t Trace) Fields() []Field { return t.fields }

// Explain tells all about one key; false when there is no such key or item.
func (t Trace) Explain(path string) (Explanation, bool) {
	value := t.merged.Find(path)
	i := slices.IndexFunc(t.fields, func(f Field) bool { return f.Path == path })
	if i < 0 && value == nil {
		return Explanation{}, false
	}
	e := Explanation{Field: Field{Path: path}, Origin: Origin{Layer: LayerDefault}}
	if i >= 0 {
		e.Field = t.fields[i]
	}
	kind := typeAt(t.kind, path)
	e.Value = hide(value, kind)
	for _, source := range t.sources {
		if n := hide(source.Root.Find(path), kind); n != nil {
			e.History = append(e.History, Setting{Origin: n.Origin, Value: n})
			e.Origin = n.Origin
		}
	}
	return e, true
}

// NodeOf turns a configuration struct into nodes of the default layer. Fields that may be absent and are empty stay out.
func NodeOf(c any) *Node {
	return nodeOf(reflect.ValueOf(c))
}

// nodeOf turns one Go value into a node.
func nodeOf(v reflect.Value) *Node {
	n := &Node{Kind: String, Origin: Origin{Layer: LayerDefault}}
	switch v.Kind() {
	case reflect.Bool:
		n.Kind, n.Text = Bool, strconv.FormatBool(v.Bool())
	case reflect.Int:
		n.Kind, n.Text = Number, strconv.FormatInt(v.Int(), 10)
	case reflect.Float64:
		n.Kind, n.Text = Number, strconv.FormatFloat(v.Float(), 'f', -1, 64)
	case reflect.Pointer:
		return nodeOf(v.Elem())
	case reflect.Slice:
		n.Kind = Array
		for i := range v.Len() {
			n.Items = append(n.Items, nodeOf(v.Index(i)))
		}
	case reflect.Struct:
		n.Kind = Object
		n.Members = membersOf(v, n.Origin)
	default:
		n.Text = v.String()
	}
	return n
}

// membersOf turns a struct's fields into members.
func membersOf(v reflect.Value, at Origin) []Member {
	var out []Member
	for i := range v.NumField() {
		f := fieldOf(v.Type().Field(i), "")
		if f.Omit && v.Field(i).IsZero() {
			continue
		}
		out = append(out, Member{Key: f.Path, Value: nodeOf(v.Field(i)), At: at})
	}
	return out
}
