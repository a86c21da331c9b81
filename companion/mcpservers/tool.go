package mcpservers

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// maxTitle bounds what people call a tool, in bytes.
const maxTitle = 100

// definition is a server's tool as models know it: with the server's name before its own, so that those of several servers
// are told apart.
func definition(server string, t *mcp.Tool) (tool.Definition, error) {
	schema, err := json.Marshal(t.InputSchema)
	if err != nil {
		return tool.Definition{}, fault.New(fault.Invalid, "the parameters of the tool %.80q are no JSON: %w", t.Name, err)
	}
	title := t.Title
	if title == "" && t.Annotations != nil {
		title = t.Annotations.Title
	}
	d := tool.Definition{
		Name: nameOf(server, t.Name), Title: cut(line(title), maxTitle), Description: cut(t.Description, tool.MaxDescription),
		Parameters: schema, Source: SourcePrefix + server,
	}
	if d.Title == "" {
		d.Title = cut(line(t.Name), maxTitle)
	}
	return d, tool.Check(d)
}

// nameOf has only what services take in a name.
func nameOf(server, name string) string {
	plain := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, name)
	return cut(server+"_"+plain, tool.MaxName)
}

// textOf is what a tool said: its texts, and of what is none the kind.
func textOf(r *mcp.CallToolResult) string {
	var parts []string
	for _, c := range r.Content {
		switch c := c.(type) {
		case *mcp.TextContent:
			parts = append(parts, c.Text)
		case *mcp.EmbeddedResource:
			if c.Resource != nil && c.Resource.Text != "" {
				parts = append(parts, c.Resource.Text)
				continue
			}
			parts = append(parts, "(a file, which is left out)")
		case *mcp.ResourceLink:
			parts = append(parts, c.URI)
		default:
			parts = append(parts, fmt.Sprintf("(%s, which is left out)", kindOf(c)))
		}
	}
	if len(parts) == 0 && r.StructuredContent != nil {
		if raw, err := json.Marshal(r.StructuredContent); err == nil {
			parts = append(parts, string(raw))
		}
	}
	return strings.Join(parts, "\n")
}

func kindOf(c mcp.Content) string {
	switch c.(type) {
	case *mcp.ImageContent:
		return "a picture"
	case *mcp.AudioContent:
		return "a sound"
	}
	return "something else than text"
}

// maxQuote is how much of a server's own words a fault repeats, in bytes.
const maxQuote = 500

func short(text string) string { return cut(line(text), maxQuote) }

// line is a text without line breaks and other control characters.
func line(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
}

// cut bounds a text at a character's boundary.
func cut(text string, most int) string {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return text
	}
	for most > 0 && text[most]&0xc0 == 0x80 {
		most--
	}
	return text[:most]
}
