package files

import (
	"mime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kindos/kai/shared/fault"
)

const (
	maxNameRunes = 200
	maxTypeBytes = 200
	unknownType  = "application/octet-stream"
	formType     = "application/x-www-form-urlencoded" // what programs say that were told nothing (curl --data-binary)
)

// nameOf is the static check of a file's name: a folder, or what turns writing around, has no place in one.
func nameOf(name string) (string, error) {
	name = strings.TrimSpace(name)
	bad := func(r rune) bool {
		return r == '/' || r == '\\' || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
	}
	runes := utf8.RuneCountInString(name)
	if runes == 0 || runes > maxNameRunes || name == "." || name == ".." || !utf8.ValidString(name) || strings.ContainsFunc(name, bad) {
		return "", fault.New(fault.Invalid, "a file's name has 1 to %d characters, and no folder", maxNameRunes).WithField("name").
			WithRemedy("write a name such as report.pdf")
	}
	return name, nil
}

// typeOf is the static check of a media type; none, or a form's, is that of any bytes.
func typeOf(text string) (string, error) {
	kind, parameters, err := mime.ParseMediaType(text)
	switch {
	case text == "" || kind == formType:
		return unknownType, nil
	case err == nil && strings.Contains(kind, "/") && len(text) <= maxTypeBytes:
		if whole := mime.FormatMediaType(kind, parameters); whole != "" {
			return whole, nil
		}
	}
	return "", fault.New(fault.Invalid, "that is no media type").WithField("Content-Type").WithRemedy("write one such as application/pdf, or none")
}
