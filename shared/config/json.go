package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseJSON reads a JSON file into nodes that know their line and column. A key that stands twice, nesting beyond
// MaxDepth and text after the value are mistakes; the error is fault.Invalid and carries Problems.
func ParseJSON(name string, text []byte) (*Node, error) {
	if len(text) > MaxBytes {
		return nil, Problems{{Message: "the file is larger than 1 MiB", Remedy: "a configuration is a few lines; is this the right file?",
			Origin: Origin{Layer: LayerFile, Source: name}}}.fault()
	}
	p := &jsonParser{name: name, text: bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))}
	p.dec = json.NewDecoder(bytes.NewReader(p.text))
	p.dec.UseNumber()
	root, err := p.value(0)
	if err == nil {
		err = p.end()
	}
	if err != nil {
		return nil, p.problem(err).fault()
	}
	if len(p.twice) > 0 {
		return nil, p.twice.fault()
	}
	return root, nil
}

// jsonParser turns tokens into nodes. Offsets become lines and columns.
type jsonParser struct {
	name  string
	text  []byte
	dec   *json.Decoder
	twice Problems
	count int

	offset, line, column int // where at stood last; columns and lines from 0
}

// What no honest configuration does.
var (
	errDepth = errors.New("nested deeper than " + strconv.Itoa(MaxDepth) + " levels")
	errCount = errors.New("more than " + strconv.Itoa(MaxValues) + " values")
)

// value reads one value.
func (p *jsonParser) value(depth int) (*Node, error) {
	if depth > MaxDepth {
		return nil, errDepth
	}
	if p.count++; p.count > MaxValues {
		return nil, errCount
	}
	at := p.next()
	token, err := p.dec.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case json.Delim:
		return p.compound(t, at, depth)
	case string:
		return &Node{Kind: String, Text: t, Origin: at}, nil
	case json.Number:
		return &Node{Kind: Number, Text: t.String(), Origin: at}, nil
	case bool:
		return &Node{Kind: Bool, Text: strconv.FormatBool(t), Origin: at}, nil
	default:
		return &Node{Kind: Null, Text: "null", Origin: at}, nil
	}
}

// compound reads the rest of an array or object and its closing bracket.
func (p *jsonParser) compound(open json.Delim, at Origin, depth int) (*Node, error) {
	n := &Node{Kind: Array, Origin: at}
	if open == '{' {
		n.Kind = Object
	}
	for p.dec.More() {
		if err := p.element(n, depth); err != nil {
			return nil, err
		}
	}
	_, err := p.dec.Token()
	return n, err
}

// element reads one item or one member into n.
func (p *jsonParser) element(n *Node, depth int) error {
	if n.Kind == Array {
		item, err := p.value(depth + 1)
		n.Items = append(n.Items, item)
		return err
	}
	at := p.next()
	token, err := p.dec.Token()
	if err != nil {
		return err
	}
	key, _ := token.(string)
	value, err := p.value(depth + 1)
	if err != nil {
		return err
	}
	if n.member(key) != nil {
		p.twice = append(p.twice, Problem{Path: key, Message: "this key stands twice", Remedy: "keep one of them", Origin: at})
	}
	n.put(Member{Key: key, Value: value, At: at})
	return nil
}

// end demands that nothing follows the value.
func (p *jsonParser) end() error {
	if _, err := p.dec.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is text after the closing bracket")
	}
	return nil
}

// next is the place of the next token.
func (p *jsonParser) next() Origin {
	offset := int(p.dec.InputOffset())
	for offset < len(p.text) && strings.IndexByte(" \t\r\n,:", p.text[offset]) >= 0 {
		offset++
	}
	return p.at(offset)
}

// at turns an offset into a line and a column in characters. It walks on from the last place, so that a long file is
// read once.
func (p *jsonParser) at(offset int) Origin {
	if offset < p.offset {
		p.offset, p.line, p.column = 0, 0, 0
	}
	for p.offset < min(offset, len(p.text)) {
		if p.text[p.offset] == '\n' {
			p.line, p.column = p.line+1, -1
		}
		_, size := utf8.DecodeRune(p.text[p.offset:])
		p.offset, p.column = p.offset+size, p.column+1
	}
	return Origin{Layer: LayerFile, Source: p.name, Line: p.line + 1, Column: p.column + 1}
}

// problem says where the text stops being JSON.
func (p *jsonParser) problem(err error) Problems {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return Problems{{Message: "not JSON: " + syntax.Error(), Remedy: "mend the text there", Origin: p.at(int(syntax.Offset) - 1)}}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Problems{{Message: "the text ends too early", Remedy: "close what was opened", Origin: p.at(len(p.text))}}
	default:
		return Problems{{Message: err.Error(), Remedy: "mend the text there", Origin: p.next()}}
	}
}
