package extract

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// page gives the text of a web page.
func page(text string) (string, error) {
	root, err := html.Parse(strings.NewReader(text))
	if err != nil {
		return "", damaged(err)
	}
	var w writer
	w.write(root)
	emptyLines := regexp.MustCompile(` *\n(?: *\n)+ *`)
	return strings.TrimSpace(emptyLines.ReplaceAllString(w.String(), "\n\n")), nil
}

// writer writes elements as text.
type writer struct {
	strings.Builder
	kept int // how many elements around it keep blanks as they are
}

func (w *writer) write(n *html.Node) {
	if n.Type == html.TextNode {
		if w.kept > 0 {
			w.WriteString(n.Data)
		} else {
			w.words(n.Data)
		}
		return
	}
	if unread(n.DataAtom) {
		return
	}
	before, after := around(n.DataAtom)
	w.WriteString(before)
	if n.DataAtom == atom.Pre {
		w.kept++
		defer func() { w.kept-- }()
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.write(c)
	}
	w.WriteString(after)
}

// words writes a text with one blank where there are some.
func (w *writer) words(text string) {
	blank := false
	for _, r := range text {
		was := blank
		if blank = strings.ContainsRune(" \t\r\n\f", r); !blank {
			w.WriteRune(r)
		} else if !was {
			w.WriteByte(' ')
		}
	}
}

// unread says whether an element holds nothing that is read.
func unread(a atom.Atom) bool {
	switch a {
	case atom.Head, atom.Script, atom.Style, atom.Noscript, atom.Template, atom.Svg, atom.Iframe, atom.Object:
		return true
	default:
		return false
	}
}

// around is what stands around the text of an element.
func around(a atom.Atom) (before, after string) {
	switch a {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		return "\n\n" + strings.Repeat("#", int(a.String()[1]-'0')) + " ", "\n\n"
	case atom.P, atom.Div, atom.Section, atom.Article, atom.Main, atom.Header, atom.Footer, atom.Nav, atom.Aside, atom.Ul, atom.Ol, atom.Dl, atom.Table, atom.Pre, atom.Blockquote, atom.Figure:
		return "\n\n", "\n\n"
	case atom.Li:
		return "\n- ", "\n"
	case atom.Tr, atom.Dt, atom.Dd, atom.Option, atom.Figcaption, atom.Caption:
		return "\n", "\n"
	case atom.Td, atom.Th:
		return "", "\t"
	case atom.Br:
		return "\n", ""
	default:
		return "", ""
	}
}
