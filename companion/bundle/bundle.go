// Package bundle packs what helps to find a fault into one zip file that can be given away: everything in it has passed a
// redactor, and of logs only what is known to be harmless is taken.
//
// It is handed what to pack and reads nothing itself. Imports companion/redact and the standard library.
package bundle

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/companion/redact"
)

// Bundle collects parts.
type Bundle struct {
	redact *redact.Redactor
	home   string // of the person: its name is theirs
	parts  []Part
}

// Part is one file in the zip.
type Part struct {
	Name string
	Text []byte
}

// New makes an empty bundle. What the redactor knows by heart is nowhere in it; home is written as ~.
func New(r *redact.Redactor, home string) *Bundle { return &Bundle{redact: r, home: home} }

// Parts lists what is in it, in order.
func (b *Bundle) Parts() []Part { return b.parts }

// clean is a text without secrets and without the person's home.
func (b *Bundle) clean(text string) string {
	if len(b.home) > 1 {
		text = strings.ReplaceAll(text, b.home, "~")
	}
	return b.redact.Text(text)
}

// AddText adds a text, line by line without secrets.
func (b *Bundle) AddText(name, text string) {
	b.parts = append(b.parts, Part{name, []byte(b.clean(text))})
}

// AddJSON adds a value as JSON whose texts, and names of members, are without secrets.
func (b *Bundle) AddJSON(name string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return err
	}
	var tree any
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	if err := dec.Decode(&tree); err != nil {
		return err
	}
	raw, err = json.MarshalIndent(b.tree("", tree), "", "  ")
	b.parts = append(b.parts, Part{name, append(raw, '\n')})
	return err
}

// tree cleans the texts of a JSON value.
func (b *Bundle) tree(name string, v any) any {
	switch v := v.(type) {
	case string:
		if redact.SecretName(name) && v != "" {
			return redact.Mask
		}
		return b.clean(v)
	case []any:
		for i := range v {
			v[i] = b.tree(name, v[i])
		}
	case map[string]any:
		out := make(map[string]any, len(v))
		for key, value := range v {
			out[b.clean(key)] = b.tree(key, value)
		}
		return out
	}
	return v
}

// harmless are the members of a log line that are taken as they are, but for secrets in them. Of all others only numbers and
// truth values are taken: a text may be what somebody wrote to the assistant.
func harmless() []string {
	return []string{"time", "level", "msg", "component", "error", "step", "state", "detail", "mistake", "warning", "applied", "restart", "method", "code", "from"}
}

// longest is how much of one text of a log line is taken.
const longest = 400

// AddLog adds lines of JSON, each with what is harmless in it.
func (b *Bundle) AddLog(name string, lines [][]byte) {
	var out bytes.Buffer
	for _, line := range lines {
		var members map[string]any
		dec := json.NewDecoder(bytes.NewReader(line))
		dec.UseNumber()
		if dec.Decode(&members) != nil {
			continue
		}
		text, err := json.Marshal(b.line(members))
		if err == nil {
			out.Write(append(text, '\n'))
		}
	}
	b.parts = append(b.parts, Part{name, out.Bytes()})
}

// line keeps what is harmless.
func (b *Bundle) line(members map[string]any) map[string]any {
	out := map[string]any{}
	for key, value := range members {
		switch v := value.(type) {
		case json.Number, bool:
			out[key] = v
		case string:
			if slices.Contains(harmless(), key) && !redact.SecretName(key) {
				out[key] = b.clean(clip(WithoutQuoted(v)))
			} else {
				out[key] = fmt.Sprintf("(%d characters left out)", len(v))
			}
		default:
			out[key] = "(left out)"
		}
	}
	return out
}

func clip(text string) string {
	if len(text) > longest {
		return strings.ToValidUTF8(text[:longest], "") + "..."
	}
	return text
}

// WithoutQuoted takes out what stands in quotes: messages about mistakes repeat what a person wrote, which may be a
// secret in the wrong place, and errors of model servers repeat questions.
func WithoutQuoted(text string) string {
	return regexp.MustCompile(`"(?:[^"\\]|\\.)*"|the number [^\s;]+`).ReplaceAllString(text, `"..."`)
}

// Write writes the zip. The times in it are all now.
func (b *Bundle) Write(w io.Writer, now time.Time) error {
	z := zip.NewWriter(w)
	for _, p := range b.parts {
		f, err := z.CreateHeader(&zip.FileHeader{Name: p.Name, Method: zip.Deflate, Modified: now})
		if err != nil {
			return err
		}
		if _, err := f.Write(p.Text); err != nil {
			return err
		}
	}
	return z.Close()
}
