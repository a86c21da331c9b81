package configfile

import (
	"regexp"
	"strings"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Sheet is a configuration to be written for people.
type Sheet struct {
	Fields []config.Field // the keys of the mode, in their order
	Values *config.Node   // what each key holds; keys that may be absent need not be there
	Notes  []string       // lines at the top

	// Active says which keys are in force; the others are written as remarks, with what they hold by default and what they
	// mean. Nil means that all are, and then nothing is explained.
	Active func(path string) bool
}

// Formats lists what a Sheet can be written as.
func Formats() []string { return []string{"yaml", "json", "toml", "ini"} }

// Write gives the sheet as text. JSON has no remarks: it holds the active keys only. An unknown format answers
// fault.Invalid.
func (s Sheet) Write(format string) (string, error) {
	w := &writer{Sheet: s, format: format, remark: "#"}
	switch format {
	case "json":
		return config.IndentedJSON(s.object("")), nil
	case "ini":
		w.remark = ";"
	case "yaml", "toml":
	default:
		return "", fault.New(fault.Invalid, "%q is not a format", format).WithRemedy("write one of %s", strings.Join(Formats(), ", "))
	}
	for _, note := range s.Notes {
		w.out.WriteString(strings.TrimRight(w.remark+" "+note, " ") + "\n")
	}
	w.level("", 0)
	return strings.TrimLeft(w.out.String(), "\n"), nil
}

// object is the tree of the active keys under a path.
func (s Sheet) object(under string) *config.Node {
	out := &config.Node{Kind: config.Object}
	for _, f := range s.children(under) {
		value := s.Values.Find(f.Path)
		if !f.Leaf() {
			value = s.object(f.Path)
			if len(value.Members) == 0 {
				continue
			}
		}
		if value != nil && (!f.Leaf() || s.active(f.Path)) {
			out.Members = append(out.Members, config.Member{Key: last(f.Path), Value: value})
		}
	}
	return out
}

// children are the keys right under a path, values before groups: in TOML and INI a group takes all that follows it.
func (s Sheet) children(under string) []config.Field {
	var values, groups []config.Field
	for _, f := range s.Fields {
		parent := strings.TrimSuffix(strings.TrimSuffix(f.Path, last(f.Path)), ".")
		switch {
		case parent != under:
		case f.Leaf():
			values = append(values, f)
		default:
			groups = append(groups, f)
		}
	}
	return append(values, groups...)
}

func (s Sheet) active(path string) bool { return s.Active == nil || s.Active(path) }

// any says whether a group has an active key.
func (s Sheet) any(under string) bool {
	for _, f := range s.Fields {
		if f.Leaf() && strings.HasPrefix(f.Path, under+".") && s.active(f.Path) && s.Values.Find(f.Path) != nil {
			return true
		}
	}
	return false
}

// last is the last step of a path.
func last(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

// Expected says what to write for a field, where the format decides about quotes.
func Expected(f config.Field) string {
	return strings.NewReplacer(", without quotes", "", " in quotes", "").Replace(config.Expected(f))
}

// writer writes a sheet in a format with remarks.
type writer struct {
	Sheet
	format string
	remark string
	out    strings.Builder
}

// level writes the keys right under a path, and all below them.
func (w *writer) level(under string, depth int) {
	indent := ""
	if w.format == "yaml" {
		indent = strings.Repeat("  ", depth)
	}
	for _, f := range w.children(under) {
		if f.Leaf() {
			w.value(f, indent)
			continue
		}
		w.group(f, indent)
		w.level(f.Path, depth+1)
	}
}

// group writes the head of a group.
func (w *writer) group(f config.Field, indent string) {
	if w.Active == nil && !w.any(f.Path) {
		return
	}
	if w.Active != nil {
		w.out.WriteString("\n" + indent + w.remark + " " + f.Doc + "\n")
	}
	switch {
	case w.format != "yaml":
		w.out.WriteString("[" + f.Path + "]\n")
	case w.any(f.Path):
		w.out.WriteString(indent + last(f.Path) + ":\n")
	default:
		w.out.WriteString(w.remark + indent + last(f.Path) + ":\n")
	}
}

// value writes one key.
func (w *writer) value(f config.Field, indent string) {
	value := w.Values.Find(f.Path)
	active := w.active(f.Path) && value != nil
	if value == nil {
		value = &config.Node{Kind: config.String}
	}
	if w.Active != nil {
		w.out.WriteString(indent + w.remark + " " + f.Doc + "\n" + indent + w.remark + "   " + Expected(f) + "\n")
	} else if !active {
		return
	}
	mark := ""
	if !active {
		mark = w.remark
	}
	sign := " = "
	if w.format == "yaml" {
		sign = ": "
	}
	w.out.WriteString(mark + indent + last(f.Path) + sign + w.text(value) + "\n")
}

// text writes one value.
func (w *writer) text(n *config.Node) string {
	switch w.format {
	case "toml":
		return tomlText(n)
	case "ini":
		if n.Kind == config.String && !iniPlain(n.Text) {
			return n.Show()
		}
		if n.Kind == config.String {
			return n.Text
		}
		return n.Show()
	default:
		if n.Kind == config.String && yamlPlain(n.Text) {
			return n.Text
		}
		return n.Show() // JSON is YAML
	}
}

// yamlPlain says whether a text can stand in YAML without quotes, whoever reads it.
func yamlPlain(text string) bool {
	word := regexp.MustCompile(`^[A-Za-z./][A-Za-z0-9_./-]*$`)
	switch strings.ToLower(text) {
	case "true", "false", "null", "yes", "no", "on", "off", "y", "n", ".inf", ".nan", "...":
		return false
	}
	return word.MatchString(text)
}

// iniPlain says whether a text can stand in INI without quotes.
func iniPlain(text string) bool {
	return text != "" && strings.TrimSpace(text) == text && !strings.ContainsAny(text[:1]+text[len(text)-1:], `"'[`) &&
		strings.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\ufffd' }) < 0
}

// tomlText writes a value in one line. Texts of JSON are texts of TOML, but for one character.
func tomlText(n *config.Node) string {
	switch n.Kind {
	case config.Object:
		parts := make([]string, len(n.Members))
		for i, m := range n.Members {
			parts[i] = m.Key + " = " + tomlText(m.Value)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case config.Array:
		parts := make([]string, len(n.Items))
		for i, item := range n.Items {
			parts[i] = tomlText(item)
		}
		return "[" + strings.Join(parts, ", ") + "]"
	default:
		return strings.ReplaceAll(n.Show(), "\x7f", `\u007f`)
	}
}
