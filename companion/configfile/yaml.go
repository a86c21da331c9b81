package configfile

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/kindos/kai/shared/config"
)

// parseYAML reads the plain part of YAML: mappings, lists, scalars, comments. Anchors, tags and several documents in a
// file are refused: a configuration says what it means where it stands.
func parseYAML(name string, text []byte) (root *config.Node, err error) {
	if err := bounded(name, text); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // the parser is not ours: no file may bring the program down
			root, err = nil, refused(at(name, 0, 0), fmt.Sprintf("not YAML: %v", p))
		}
	}()
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return nil, syntax(name, err)
	}
	if len(file.Docs) > 1 && file.Docs[1].Body != nil {
		return nil, refused(place(name, file.Docs[1].Body.GetToken()), "a second document starts here")
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return &config.Node{Kind: config.Object, Origin: config.Origin{Layer: config.LayerFile, Source: name}}, nil
	}
	r := &yamlReader{name: name}
	return r.value(file.Docs[0].Body, 0)
}

// yamlReader turns a YAML tree into nodes.
type yamlReader struct {
	name  string
	count int
}

// value turns one YAML node into ours.
func (r *yamlReader) value(n ast.Node, depth int) (*config.Node, error) {
	if r.count++; depth > config.MaxDepth || r.count > config.MaxValues {
		return nil, refused(r.at(n.GetToken()), tooMuch)
	}
	out := &config.Node{Origin: r.at(n.GetToken())}
	switch v := n.(type) {
	case *ast.MappingNode:
		return r.mapping(out, v.Values, depth)
	case *ast.MappingValueNode:
		return r.mapping(out, []*ast.MappingValueNode{v}, depth)
	case *ast.SequenceNode:
		return r.sequence(out, v.Values, depth)
	case *ast.NullNode:
		out.Kind, out.Text = config.Null, "null"
	case *ast.BoolNode:
		out.Kind, out.Text = config.Bool, strconv.FormatBool(v.Value)
	case *ast.IntegerNode:
		out.Kind, out.Text = config.Number, fmt.Sprint(v.Value)
	case *ast.FloatNode:
		out.Kind, out.Text = config.Number, v.Token.Value
	case *ast.StringNode:
		out.Kind, out.Text = config.String, v.Value
	case *ast.LiteralNode:
		out.Kind, out.Text = config.String, v.Value.Value
	default:
		return nil, refused(r.at(n.GetToken()), "anchors, aliases, tags and merge keys are not used in configurations")
	}
	return out, nil
}

// mapping reads the members of an object. The parser refuses a key that stands twice.
func (r *yamlReader) mapping(out *config.Node, values []*ast.MappingValueNode, depth int) (*config.Node, error) {
	out.Kind = config.Object
	for i, v := range values {
		key := v.Key.GetToken()
		if _, plain := v.Key.(ast.ScalarNode); !plain {
			return nil, refused(r.at(key), "a key is one word")
		}
		value, err := r.value(v.Value, depth+1)
		if err != nil {
			return nil, err
		}
		if i == 0 {
			out.Origin = r.at(key)
		}
		out.Members = append(out.Members, config.Member{Key: key.Value, Value: value, At: r.at(key)})
	}
	return out, nil
}

// sequence reads the items of a list.
func (r *yamlReader) sequence(out *config.Node, values []ast.Node, depth int) (*config.Node, error) {
	out.Kind = config.Array
	for _, v := range values {
		item, err := r.value(v, depth+1)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// at is the place of a token.
func (r *yamlReader) at(t *token.Token) config.Origin { return place(r.name, t) }

// place is where a token stands in a file.
func place(name string, t *token.Token) config.Origin {
	at := config.Origin{Layer: config.LayerFile, Source: name}
	if t != nil && t.Position != nil {
		at.Line, at.Column = t.Position.Line, t.Position.Column
	}
	return at
}

// syntax says where the text stops being YAML.
func syntax(name string, err error) error {
	var s *yaml.SyntaxError
	if errors.As(err, &s) {
		return refused(place(name, s.Token), "not YAML: "+s.Message)
	}
	return refused(at(name, 0, 0), "not YAML: "+err.Error())
}
