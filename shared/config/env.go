package config

import (
	"slices"
	"strings"
)

// FromEnv makes a source from environment variables, given as in os.Environ. Variables of kAI that are no key, and not
// among own (those that the program reads itself, like KAI_DATA), come back as warnings: the environment is shared
// with other programs, so they stop nothing.
func FromEnv(fields []Field, environ []string, own ...string) (Source, []Problem) {
	source := Source{Layer: LayerEnv, Root: &Node{Kind: Object}}
	var unknown []Problem
	names := envNames(fields)
	for _, entry := range environ {
		name, value, _ := strings.Cut(entry, "=")
		at := Origin{Layer: LayerEnv, Source: name}
		if path, ok := names[name]; ok {
			Set(source.Root, path, value, at)
		} else if strings.HasPrefix(name, "KAI_") && !slices.Contains(own, name) {
			unknown = append(unknown, Problem{Message: "no key is set by this variable", Remedy: envHint(name, names), Origin: at})
		}
	}
	return source, unknown
}

// FromFlag makes a source from one "path=value" assignment; false when there is no "=" in it.
func FromFlag(flag, assignment string) (Source, bool) {
	path, value, ok := strings.Cut(assignment, "=")
	root := &Node{Kind: Object}
	if ok && path != "" {
		Set(root, path, value, Origin{Layer: LayerFlag, Source: flag})
	}
	return Source{Layer: LayerFlag, Root: root}, ok && path != ""
}

// Set stores loose text under a dotted path, making the objects on the way.
func Set(root *Node, path, value string, at Origin) {
	keys := strings.Split(path, ".")
	for _, key := range keys[:len(keys)-1] {
		m := root.member(key)
		if m == nil || m.Value.Kind != Object {
			root.put(Member{Key: key, Value: &Node{Kind: Object, Origin: at}, At: at})
			m = root.member(key)
		}
		root = m.Value
	}
	root.put(Member{Key: keys[len(keys)-1], Value: &Node{Kind: Loose, Text: value, Origin: at}, At: at})
}

// envNames maps variables to paths.
func envNames(fields []Field) map[string]string {
	names := make(map[string]string)
	for _, f := range fields {
		if f.Leaf() {
			names[f.Env()] = f.Path
		}
	}
	return names
}

// envHint names the variable that was meant.
func envHint(name string, names map[string]string) string {
	known := make([]string, 0, len(names))
	for n := range names {
		known = append(known, n)
	}
	slices.Sort(known)
	if near := Nearest(name, known); near != "" {
		return "did you mean " + near + "?"
	}
	return "kai config schema lists the keys"
}
