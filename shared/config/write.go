package config

import (
	"encoding/json"
	"reflect"
	"strings"
)

// JSON writes a tree as indented JSON, keys in the order of the struct, secrets hidden.
func (t Trace) JSON() string {
	var b strings.Builder
	writeJSON(&b, t.merged, t.kind, "")
	b.WriteByte('\n')
	return b.String()
}

// Show gives the node's value as JSON on one line.
func (n *Node) Show() string {
	switch {
	case n == nil:
		return ""
	case n.Kind == Array:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = item.Show()
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case n.Kind == Object:
		parts := make([]string, len(n.Members))
		for i, m := range n.Members {
			parts[i] = quote(m.Key) + ": " + m.Value.Show()
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case n.Kind == String || n.Kind == Loose:
		return quote(n.Text)
	default:
		return n.Text
	}
}

// writeJSON writes one node. The Go type tells which texts are secrets.
func writeJSON(b *strings.Builder, n *Node, t reflect.Type, indent string) {
	switch {
	case n.Kind == Object && len(n.Members) > 0:
		fields := shallow(t)
		b.WriteString("{\n")
		for i, m := range n.Members {
			b.WriteString(indent + "  " + quote(m.Key) + ": ")
			writeJSON(b, m.Value, fields[m.Key].Go, indent+"  ")
			b.WriteString(comma(i, len(n.Members)))
		}
		b.WriteString(indent + "}")
	case n.Kind == Array && len(n.Items) > 0 && n.Items[0].Kind == Object:
		b.WriteString("[\n")
		for i, item := range n.Items {
			b.WriteString(indent + "  ")
			writeJSON(b, item, t.Elem(), indent+"  ")
			b.WriteString(comma(i, len(n.Items)))
		}
		b.WriteString(indent + "]")
	case t == reflect.TypeFor[Secret]():
		b.WriteString(quote(Secret(n.Text).String()))
	default:
		b.WriteString(n.Show())
	}
}

// comma ends element i of n.
func comma(i, n int) string {
	if i+1 < n {
		return ",\n"
	}
	return "\n"
}

// quote writes text as a JSON string.
func quote(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(text) // a string always encodes
	return strings.TrimSuffix(b.String(), "\n")
}
