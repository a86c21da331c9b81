package config

// Change is a key that holds something else in another configuration. From or To is nil where the key is not there.
// Secrets in them are hidden; Secret says that only a hidden part differs.
type Change struct {
	Path     string
	From, To *Node
	Secret   bool
}

// Diff lists the values that differ between two configurations, which may be of two modes, in the order of the first one's
// keys and then the other's.
func Diff(from, to Trace) []Change {
	var out []Change
	seen := map[string]bool{}
	for _, f := range append(append([]Field{}, from.fields...), to.fields...) {
		if !f.Leaf() || seen[f.Path] {
			continue
		}
		seen[f.Path] = true
		a, b := from.merged.Find(f.Path), to.merged.Find(f.Path)
		if a.Show() == b.Show() {
			continue
		}
		c := Change{Path: f.Path, From: hide(a, typeAt(from.kind, f.Path)), To: hide(b, typeAt(to.kind, f.Path))}
		c.Secret = c.From.Show() == c.To.Show()
		out = append(out, c)
	}
	return out
}

// String reads "networking.port: 8080 -> 9000".
func (c Change) String() string {
	show := func(n *Node) string {
		if n == nil {
			return "(not set)"
		}
		return n.Show()
	}
	text := c.Path + ": " + show(c.From) + " -> " + show(c.To)
	if c.Secret {
		text += " (the hidden part differs)"
	}
	return text
}
