package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// wordBody is the part of a Word file that holds its text.
const wordBody = "word/document.xml"

// maxUnpacked is how large it may be: a bomb is small on disk and endless in memory.
const maxUnpacked = 32 << 20

func bomb() error {
	return fault.New(fault.Malformed, "it unpacks to more than a document can hold").WithRemedy("split it into parts")
}

func damaged(err error) error {
	return fault.Wrap(fault.Malformed, err, "the file is damaged, or not what its name says")
}

// word gives the paragraphs of a Word file.
func word(content []byte) (string, error) {
	z, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return "", damaged(err)
	}
	body, err := z.Open(wordBody)
	if err != nil {
		return "", fault.Wrap(fault.Malformed, err, "it is not a Word document")
	}
	defer body.Close() //nolint:errcheck // it was only read
	text, err := io.ReadAll(io.LimitReader(body, maxUnpacked+1))
	if err != nil {
		return "", damaged(err)
	}
	if len(text) > maxUnpacked {
		return "", bomb()
	}
	return paragraphs(text)
}

func paragraphs(text []byte) (string, error) {
	var out, line strings.Builder
	level, inText := "", false
	d := xml.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return strings.TrimSpace(out.String()), nil
		}
		if err != nil {
			return "", damaged(err)
		}
		switch e := token.(type) {
		case xml.CharData:
			if inText {
				line.Write(e)
			}
		case xml.StartElement:
			inText = e.Name.Local == "t"
			level = begin(e, level, &line)
		case xml.EndElement:
			inText = false
			if e.Name.Local == "p" {
				if words := line.String(); strings.TrimSpace(words) != "" {
					out.WriteString(level + words + "\n\n")
				}
				line.Reset()
				level = ""
			}
		}
	}
}

// begin takes the start of an element: the marks before a heading are what is known of its paragraph.
func begin(e xml.StartElement, level string, line *strings.Builder) string {
	switch e.Name.Local {
	case "tab":
		line.WriteByte('\t')
	case "br":
		line.WriteByte('\n')
	case "pStyle":
		for _, a := range e.Attr {
			if a.Name.Local == "val" {
				return marks(a.Value)
			}
		}
	}
	return level
}

// marks are those before a heading of a style, as Word calls it in its languages.
func marks(style string) string {
	style = strings.ToLower(style)
	for _, name := range []string{"heading", "berschrift", "titre"} {
		if n := strings.TrimSpace(strings.TrimPrefix(style, name)); n != style && n != "" && n[0] >= '1' && n[0] <= '6' {
			return strings.Repeat("#", int(n[0]-'0')) + " "
		}
	}
	if style == "title" {
		return "# "
	}
	return ""
}
