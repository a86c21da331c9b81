// Package extract makes text of files: texts in the encoding that they have, tables, web pages, Word documents and PDF, with "# "
// before headings and "\f" between pages.
//
// Whoever wrote a file may wish ill: everything is bounded, and nothing in it is run or fetched. Imports companion/pdf, shared/fault,
// shared/library, golang.org/x/net/html, golang.org/x/text and the standard library.
package extract

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"github.com/kindos/kai/companion/pdf"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
)

// MaxFileBytes is the largest file that is read.
const MaxFileBytes = 64 << 20

// headBytes are looked at for what no text has.
const headBytes = 4096

// Reader reads files.
type Reader struct {
	PDF pdf.Reader // what its zero value leaves unread
}

// Text gives the text of a file, whose kind its name's ending says. What was never a document is fault.Unsupported, what is damaged or
// too large fault.Malformed, and what cannot be read now fault.Unavailable. The end of ctx ends the reading of a PDF.
func (r Reader) Text(ctx context.Context, name string, content []byte) (string, error) {
	if len(content) > MaxFileBytes {
		return "", TooLarge()
	}
	text, err := r.read(ctx, strings.ToLower(filepath.Ext(name)), content)
	if err == nil && len(text) > library.MaxDocumentBytes {
		err = fault.New(fault.Malformed, "it has more than %d MB of text", library.MaxDocumentBytes>>20).WithRemedy("split it into parts")
	}
	if err != nil {
		return "", err
	}
	return text, nil
}

// TooLarge is the fault of a file with more than MaxFileBytes.
func TooLarge() error {
	return fault.New(fault.Malformed, "the file is larger than %d MB", MaxFileBytes>>20).WithRemedy("split it into parts")
}

func (r Reader) read(ctx context.Context, ending string, content []byte) (string, error) {
	switch ending {
	case ".docx":
		return word(content)
	case ".pdf":
		return r.PDF.Text(ctx, content)
	}
	text, err := plain(content)
	if err != nil {
		return "", err
	}
	switch ending {
	case ".csv", ".tsv":
		return table(text)
	case ".html", ".htm", ".xhtml":
		return page(text)
	}
	return text, nil
}

// plain reads what is text already.
func plain(content []byte) (string, error) {
	var in encoding.Encoding
	switch head := content[:min(len(content), headBytes)]; {
	case bytes.HasPrefix(content, []byte{0xff, 0xfe}), bytes.HasPrefix(content, []byte{0xfe, 0xff}):
		in = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
	case bytes.IndexByte(head, 0) >= 0:
		return "", fault.New(fault.Unsupported, "it is not a text")
	case utf8.Valid(content):
		return string(bytes.TrimPrefix(content, []byte("\ufeff"))), nil
	default:
		in = charmap.Windows1252
	}
	text, err := in.NewDecoder().Bytes(content)
	if err != nil {
		return "", fault.Wrap(fault.Malformed, err, "its characters cannot be read")
	}
	return string(text), nil
}
