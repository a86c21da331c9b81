package config

import (
	"reflect"
	"strings"
)

// secretive says whether texts of a type are, or may hold, secrets.
func secretive(t reflect.Type) bool {
	return t == reflect.TypeFor[Secret]() || t == reflect.TypeFor[SecretURL]()
}

// hide copies a node with the secrets in it masked; t is what it is decoded into, nil for nothing known.
func hide(n *Node, t reflect.Type) *Node {
	if n == nil || t == nil {
		return n
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	out := *n
	switch {
	case t == reflect.TypeFor[Secret]():
		out.Kind, out.Text = String, Secret(n.Text).String()
	case t == reflect.TypeFor[SecretURL]():
		out.Kind, out.Text = String, SecretURL(n.Text).String()
	case n.Kind == Array && t.Kind() == reflect.Slice:
		out.Items = make([]*Node, len(n.Items))
		for i, item := range n.Items {
			out.Items[i] = hide(item, t.Elem())
		}
	case n.Kind == Object && t.Kind() == reflect.Struct:
		fields := shallow(t)
		out.Members = make([]Member, len(n.Members))
		for i, m := range n.Members {
			m.Value = hide(m.Value, fields[m.Key].Go)
			out.Members[i] = m
		}
	}
	return &out
}

// typeAt follows a dotted path with [index] steps through a struct type; nil when there is nothing there.
func typeAt(t reflect.Type, path string) reflect.Type {
	for path != "" && t != nil {
		var step string
		step, path = cutStep(path)
		switch {
		case strings.HasPrefix(step, "[") && t.Kind() == reflect.Slice:
			t = t.Elem()
		case t.Kind() == reflect.Struct:
			t = shallow(t)[step].Go
		default:
			t = nil
		}
	}
	return t
}

// Secrets lists every secret of a configuration, and of what its sources held: passwords of addresses by themselves too.
// It is for those who must know what never to write.
func (t Trace) Secrets() []string {
	var out []string
	for _, source := range t.sources {
		secrets(source.Root, t.kind, &out)
	}
	return out
}

// secrets collects the secrets of a node.
func secrets(n *Node, t reflect.Type, out *[]string) {
	switch {
	case n == nil || t == nil:
	case secretive(t):
		if _, ok := Secret(n.Text).Reference(); !ok && hide(n, t).Text != n.Text {
			*out = append(*out, n.Text)
			if _, password, has := strings.Cut(userOf(SecretURL(n.Text)), ":"); has {
				*out = append(*out, password)
			}
		}
	case n.Kind == Array && t.Kind() == reflect.Slice:
		for _, item := range n.Items {
			secrets(item, t.Elem(), out)
		}
	case n.Kind == Object && t.Kind() == reflect.Struct:
		fields := shallow(t)
		for _, m := range n.Members {
			secrets(m.Value, fields[m.Key].Go, out)
		}
	}
}
