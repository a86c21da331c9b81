package configfile

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// parseINI reads the INI that people agree on: [sections], KEY = VALUE, lines that begin with ; or #. A section is the
// path of its keys ([networking.cors]). What a value is, its key decides, as it is with environment variables: words with
// commas between are a list, and what begins with [ is a list as JSON has it. "Double quotes" are as in JSON, 'single ones'
// take all as it stands. No library is used: none tells lines and columns.
func parseINI(name string, text []byte) (*config.Node, error) {
	if err := bounded(name, text); err != nil {
		return nil, err
	}
	r := &iniReader{name: name, root: &config.Node{Kind: config.Object, Origin: at(name, 1, 1)}, values: map[string]bool{}, groups: map[string]bool{}}
	for line := range bytes.Lines(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))) {
		r.line++
		r.read(strings.TrimRight(string(line), "\r\n"))
	}
	if len(r.problems) > 0 {
		return nil, fault.Wrap(fault.Invalid, r.problems, "the configuration file has a mistake")
	}
	return r.root, nil
}

// iniReader takes line after line, and remembers every mistake.
type iniReader struct {
	name     string
	root     *config.Node
	section  string
	line     int
	values   map[string]bool // paths that have a value
	groups   map[string]bool // paths that have keys
	problems config.Problems
}

func (r *iniReader) read(line string) {
	text := strings.TrimSpace(line)
	switch {
	case text == "" || text[0] == ';' || text[0] == '#':
	case !utf8.ValidString(text):
		r.wrong(1, "this is not UTF-8 text", "save the file as UTF-8")
	case text[0] == '[':
		r.head(line, text)
	default:
		r.pair(line)
	}
}

// head begins a section.
func (r *iniReader) head(line, text string) {
	section, ok := strings.CutSuffix(text[1:], "]")
	section = strings.TrimSpace(section)
	if !ok || !path(section) {
		r.wrong(column(line, text), "this is no section", "write [name], or [name.name], and nothing after it")
		return
	}
	r.section = section + "."
}

// pair reads a key with its value.
func (r *iniReader) pair(line string) {
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	where := column(line, key)
	full := r.section + key
	switch {
	case !ok:
		r.wrong(where, "this is neither a section nor KEY = VALUE", "put ; before it if it is a remark")
		return
	case !path(key):
		r.wrong(where, "this is no key", "write its name before the =")
		return
	case r.values[full]:
		r.wrong(where, "the key "+full+" stands twice", "keep one of them")
		return
	case r.groups[full] || r.within(full):
		r.wrong(where, full+" is a value here, and a section elsewhere", "keep one of them")
		return
	}
	text, ok := unquote(value)
	if !ok {
		r.wrong(column(line, value), `the text in quotes can't be read`, `write \\ for \ and \" for ", or use 'single quotes'`)
		return
	}
	r.note(full)
	config.Set(r.root, full, text, at(r.name, r.line, after(line)))
}

// note remembers that a path has a value, and so that those above it have keys.
func (r *iniReader) note(full string) {
	r.values[full] = true
	for i, c := range full {
		if c == '.' {
			r.groups[full[:i]] = true
		}
	}
}

// within says whether a path lies in one that has a value.
func (r *iniReader) within(full string) bool {
	for i, c := range full {
		if c == '.' && r.values[full[:i]] {
			return true
		}
	}
	return false
}

func (r *iniReader) wrong(column int, message, remedy string) {
	r.problems = append(r.problems, config.Problem{Message: message, Remedy: remedy, Origin: at(r.name, r.line, column)})
}

// path says whether text is names with dots between, few enough.
func path(text string) bool {
	for step := range strings.SplitSeq(text, ".") {
		if step == "" || strings.ContainsAny(step, "[]\"' \t") {
			return false
		}
	}
	return strings.Count(text, ".") < config.MaxDepth
}

// unquote takes quotes off a value; false when what is in double quotes is no text of JSON.
func unquote(value string) (string, bool) {
	if len(value) < 2 || value[0] != value[len(value)-1] {
		return value, true
	}
	switch value[0] {
	case '\'':
		return value[1 : len(value)-1], true
	case '"':
		var text string
		err := json.Unmarshal([]byte(value), &text)
		return text, err == nil
	}
	return value, true
}

// column is where a part of a line begins, in characters.
func column(line, part string) int {
	return utf8.RuneCountInString(line[:strings.Index(line, part)]) + 1
}

// after is where the value of a line begins.
func after(line string) int {
	begin := strings.IndexByte(line, '=') + 1
	value := strings.TrimLeft(line[begin:], " \t")
	return utf8.RuneCountInString(line[:len(line)-len(value)]) + 1
}
