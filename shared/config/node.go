package config

import "strings"

// Kind is the type of a Node.
type Kind uint8

// The kinds of a Node. Loose is text whose type the field decides: environment variables and flags are that.
const (
	Null Kind = iota
	Bool
	Number
	String
	Array
	Object
	Loose
)

// Node is one value of a source and where it was written. Parsers of any format make these.
type Node struct {
	Kind    Kind
	Text    string // of a scalar: the string itself, or the literal as written
	Items   []*Node
	Members []Member // in the order of the source
	Origin  Origin
}

// Member is one key of an object.
type Member struct {
	Key   string
	Value *Node
	At    Origin // of the key
}

// Find follows a dotted path with [index] steps; nil when there is nothing there.
func (n *Node) Find(path string) *Node {
	for path != "" && n != nil {
		var step string
		step, path = cutStep(path)
		n = n.step(step)
	}
	return n
}

// step goes to one key or index.
func (n *Node) step(step string) *Node {
	if strings.HasPrefix(step, "[") {
		for i, item := range n.Items {
			if step == index(i) {
				return item
			}
		}
		return nil
	}
	if m := n.member(step); m != nil {
		return m.Value
	}
	return nil
}

// member finds a key.
func (n *Node) member(key string) *Member {
	for i := range n.Members {
		if n.Members[i].Key == key {
			return &n.Members[i]
		}
	}
	return nil
}

// put sets a key, replacing it where it stands.
func (n *Node) put(m Member) {
	if old := n.member(m.Key); old != nil {
		*old = m
		return
	}
	n.Members = append(n.Members, m)
}

// cutStep takes the first step off a path: "a.b" gives "a", "b"; "a[0].b" gives "a", "[0].b".
func cutStep(path string) (step, rest string) {
	i := strings.IndexAny(path[1:], ".[") + 1
	if i == 0 {
		return path, ""
	}
	return path[:i], strings.TrimPrefix(path[i:], ".")
}

// Merge lays over onto base and returns a new tree: objects merge deep, everything else is replaced.
func Merge(base, over *Node) *Node {
	switch {
	case base == nil:
		return over
	case over == nil:
		return base
	case base.Kind != Object || over.Kind != Object:
		return over
	}
	out := &Node{Kind: Object, Origin: over.Origin, Members: append([]Member(nil), base.Members...)}
	for _, m := range over.Members {
		if m.Value.Kind == Null {
			continue // a mistake that was told: what is below stands, so that the rest can be checked
		}
		if old := out.member(m.Key); old != nil {
			m.Value = Merge(old.Value, m.Value)
		}
		out.put(m)
	}
	return out
}
