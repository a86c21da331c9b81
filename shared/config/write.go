package config

import (
	"encoding/json"
	"strings"
)

// JSON writes a tree as indented JSON, keys in the order of the struct, secrets hidden.
func (t Trace) JSON() string { return IndentedJSON(t.Masked()) }

// IndentedJSON writes a tree as indented JSON. It hides nothing.
func IndentedJSON(n *Node) string {
	var b strings.Builder
	writeJSON(&b, n, "")
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

// Masked is the tree of all sources together, secrets hidden.
func (t Trace) Masked() *Node { return hide(t.merged, t.kind) }

// writeJSON writes one node.
func writeJSON(b *strings.Builder, n *Node, indent string) {
	switch {
	case n.Kind == Object && len(n.Members) > 0:
		b.WriteString("{\n")
		for i, m := range n.Members {
			b.WriteString(indent + "  " + quote(m.Key) + ": ")
			writeJSON(b, m.Value, indent+"  ")
			b.WriteString(comma(i, len(n.Members)))
		}
		b.WriteString(indent + "}")
	case n.Kind == Array && len(n.Items) > 0 && n.Items[0].Kind == Object:
		b.WriteString("[\n")
		for i, item := range n.Items {
			b.WriteString(indent + "  ")
			writeJSON(b, item, indent+"  ")
			b.WriteString(comma(i, len(n.Items)))
		}
		b.WriteString(indent + "]")
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
