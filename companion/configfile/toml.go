package configfile

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"

	"github.com/kindos/kai/shared/config"
)

// parseTOML reads TOML. The library holds the text to the rules of TOML first (no key twice, no table that is a value);
// then its parser is walked for the places.
func parseTOML(name string, text []byte) (root *config.Node, err error) {
	if err := bounded(name, text); err != nil {
		return nil, err
	}
	defer func() {
		if p := recover(); p != nil { // the parser is not ours: no file may bring the program down
			root, err = nil, refused(at(name, 0, 0), fmt.Sprintf("not TOML: %v", p))
		}
	}()
	var whole map[string]any
	if err := toml.Unmarshal(text, &whole); err != nil {
		return nil, notTOML(name, err)
	}
	r := &tomlReader{name: name, text: text, root: &config.Node{Kind: config.Object, Origin: at(name, 1, 1)}}
	r.table = r.root
	r.parser.Reset(text)
	for r.parser.NextExpression() {
		if err := r.expression(r.parser.Expression()); err != nil {
			return nil, err
		}
	}
	if err := r.parser.Error(); err != nil {
		return nil, notTOML(name, err)
	}
	return r.root, nil
}

// notTOML says where the text stops being TOML.
func notTOML(name string, err error) error {
	var d *toml.DecodeError
	if errors.As(err, &d) {
		line, column := d.Position()
		return refused(at(name, line, column), "not "+strings.Replace(d.Error(), "toml", "TOML", 1))
	}
	return refused(at(name, 0, 0), "not TOML: "+err.Error())
}

// tomlReader turns TOML's expressions into nodes.
type tomlReader struct {
	name   string
	text   []byte
	parser unstable.Parser
	root   *config.Node
	table  *config.Node // that keys go into now
	count  int
}

// expression reads one line: a table's head or a key with its value.
func (r *tomlReader) expression(e *unstable.Node) error {
	switch e.Kind {
	case unstable.Table:
		table, _, err := r.follow(r.root, e.Key(), false)
		r.table = table
		return err
	case unstable.ArrayTable:
		list, place, err := r.follow(r.root, e.Key(), true)
		if err != nil {
			return err
		}
		r.table = &config.Node{Kind: config.Object, Origin: place}
		list.Items = append(list.Items, r.table)
		return nil
	case unstable.KeyValue:
		return r.member(r.table, e, 0)
	default:
		return nil // a comment
	}
}

// member reads a key with its value into an object.
func (r *tomlReader) member(into *config.Node, e *unstable.Node, depth int) error {
	var keys []*unstable.Node
	for it := e.Key(); it.Next(); {
		keys = append(keys, it.Node())
	}
	last := keys[len(keys)-1]
	for _, key := range keys[:len(keys)-1] {
		into = r.enter(into, string(key.Data), r.place(key), config.Object)
	}
	value, err := r.value(e.Value(), r.after(last), depth+len(keys))
	if err != nil {
		return err
	}
	into.Members = append(into.Members, config.Member{Key: string(last.Data), Value: value, At: r.place(last)})
	return nil
}

// follow goes down the keys of a table's head, making what is not there; the last one is a list for [[heads]].
func (r *tomlReader) follow(n *config.Node, keys unstable.Iterator, list bool) (*config.Node, config.Origin, error) {
	var place config.Origin
	depth := 0
	for keys.Next() {
		key := keys.Node()
		place = r.place(key)
		if r.count, depth = r.count+1, depth+1; depth > config.MaxDepth || r.count > config.MaxValues {
			return nil, place, refused(place, tooMuch)
		}
		kind := config.Object
		if list && keys.IsLast() {
			kind = config.Array
		}
		n = r.enter(n, string(key.Data), place, kind)
		if n.Kind == config.Array && kind == config.Object {
			n = n.Items[len(n.Items)-1]
		}
	}
	return n, place, nil
}

// enter goes into a key, made when it is not there. The library has refused a key of another kind.
func (r *tomlReader) enter(n *config.Node, key string, place config.Origin, kind config.Kind) *config.Node {
	for _, m := range n.Members {
		if m.Key == key {
			return m.Value
		}
	}
	made := &config.Node{Kind: kind, Origin: place}
	n.Members = append(n.Members, config.Member{Key: key, Value: made, At: place})
	return made
}

// value reads one value; place is where it stands, as far as the parser does not say it.
func (r *tomlReader) value(n *unstable.Node, place config.Origin, depth int) (*config.Node, error) {
	if n.Raw.Length > 0 {
		place = r.place(n)
	}
	if r.count++; depth > config.MaxDepth || r.count > config.MaxValues {
		return nil, refused(place, tooMuch)
	}
	out := &config.Node{Origin: place, Text: string(n.Data)}
	switch n.Kind {
	case unstable.String:
		out.Kind = config.String
	case unstable.Bool:
		out.Kind = config.Bool
	case unstable.Integer:
		whole, err := strconv.ParseInt(strings.TrimPrefix(out.Text, "+"), 0, 64)
		if err != nil {
			return nil, refused(place, "not TOML: "+err.Error())
		}
		out.Kind, out.Text = config.Number, strconv.FormatInt(whole, 10)
	case unstable.Float:
		out.Kind, out.Text = config.Number, strings.ReplaceAll(strings.TrimPrefix(out.Text, "+"), "_", "")
	case unstable.Array:
		return r.array(out, n, depth)
	case unstable.InlineTable:
		out.Kind, out.Text = config.Object, ""
		for it := n.Children(); it.Next(); {
			if err := r.member(out, it.Node(), depth); err != nil {
				return nil, err
			}
		}
	default:
		return nil, refused(place, "dates and times are not used in configurations")
	}
	return out, nil
}

// array reads the items of a list.
func (r *tomlReader) array(out *config.Node, n *unstable.Node, depth int) (*config.Node, error) {
	out.Kind, out.Text = config.Array, ""
	for it := n.Children(); it.Next(); {
		item, err := r.value(it.Node(), out.Origin, depth+1)
		if err != nil {
			return nil, err
		}
		out.Items = append(out.Items, item)
	}
	return out, nil
}

// place is where a node begins.
func (r *tomlReader) place(n *unstable.Node) config.Origin { return r.locate(int(n.Raw.Offset)) }

// after is where the value of a key begins.
func (r *tomlReader) after(key *unstable.Node) config.Origin {
	from := int(key.Raw.Offset + key.Raw.Length)
	rest := r.text[from:]
	value := bytes.TrimLeft(rest[bytes.IndexByte(rest, '=')+1:], " \t")
	return r.locate(from + len(rest) - len(value))
}

// locate turns an offset into a line and a column in characters.
func (r *tomlReader) locate(offset int) config.Origin {
	before := r.text[:offset]
	begin := bytes.LastIndexByte(before, '\n') + 1
	return at(r.name, bytes.Count(before, []byte("\n"))+1, utf8.RuneCount(before[begin:])+1)
}
