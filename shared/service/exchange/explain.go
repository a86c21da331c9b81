package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// maxErrorText is how much of an error answer is read, and maxQuote how much of its text is shown to a person.
const (
	maxErrorText = 1 << 20 // ComfyUI lists every model that a wrong name might have meant
	maxQuote     = 300
)

// Refusal is the cause inside a fault that came from an HTTP status. Text is the server's own explanation, cleaned; it is
// empty when the server gave none in JSON.
type Refusal struct {
	Status int
	Text   string
	Body   []byte // as it came
}

// Error states the refusal, for logs.
func (r *Refusal) Error() string { return fmt.Sprintf("HTTP status %d: %s", r.Status, r.Text) }

// trouble says whether the service is the right one but in no state to answer.
func (r *Refusal) trouble() bool {
	return r.Status >= 500 || r.Status == 429 || r.Status == 402 || r.Status == 408
}

// unreachable says that no exchange took place.
func (c *Client) unreachable(err error) error {
	var f *fault.Fault
	if !errors.As(err, &f) {
		f = fault.Wrap(fault.Unavailable, err, "the connection failed")
	}
	doing, remedy := fmt.Sprintf("%s does not answer at %s (%s)", c.Dialect.Name, c.Base, f.Message), c.Dialect.Offline
	switch f.Code {
	case fault.Forbidden:
		doing, remedy = fmt.Sprintf("%s at %s refuses requests from here", c.Dialect.Name, c.Base), c.Dialect.Forbidden
	case fault.Malformed:
		doing, remedy = fmt.Sprintf("something other than %s answers at %s (%s)", c.Dialect.Name, c.Base, f.Message), c.Dialect.Wrong
	}
	if f.Remedy != "" {
		remedy = f.Remedy
	}
	return fault.Wrap(f.Code, err, doing).WithRemedy("%s", remedy)
}

// wrong says that what answers there is not this kind of service.
func (c *Client) wrong(body []byte, err error) error {
	what := "its answer is not " + c.Dialect.Name + "'s"
	if title := pageTitle(body); title != "" {
		what = "a web page titled “" + title + "”"
	} else if isPage(body) {
		what = "a web page"
	}
	return fault.Wrap(fault.Malformed, err, fmt.Sprintf("something other than %s answers at %s: %s", c.Dialect.Name, c.Base, what)).
		WithRemedy("%s", c.Dialect.Wrong)
}

// Wrong is for connectors that read JSON of another shape than their service's.
func (c *Client) Wrong(why string) error { return c.wrong(nil, errors.New(why)) }

// refusal turns an HTTP status into a fault.
func (c *Client) refusal(res *service.Response, body []byte) error {
	cause := &Refusal{Status: res.Status, Text: c.Clean(errorText(body)), Body: body}
	name, quoted := c.Dialect.Name, ""
	if cause.Text != "" {
		quoted = ": " + cause.Text
	}
	switch status := res.Status; {
	case status == 401 && c.Key == "":
		return fault.Wrap(fault.Unauthorized, cause, name+" wants a key").WithRemedy("enter its key in the service's settings")
	case status == 401:
		return fault.Wrap(fault.Unauthorized, cause, name+" refuses the key").WithRemedy("correct the key in the service's settings")
	case status == 403:
		return fault.Wrap(fault.Forbidden, cause, fmt.Sprintf("%s at %s refuses requests from here", name, c.Base)).WithRemedy("%s", c.Dialect.Forbidden)
	case status >= 300 && status < 400:
		return c.redirected(cause, res.Header["location"])
	case cause.trouble():
		return c.trouble(cause, quoted)
	case cause.Text == "":
		return c.wrong(body, cause)
	case status == 404:
		return fault.Wrap(fault.NotFound, cause, name+" does not know that"+quoted)
	case strings.Contains(cause.Text, "does not support"):
		return fault.Wrap(fault.Unsupported, cause, "the model lacks that ability"+quoted).WithRemedy("choose another model")
	}
	return fault.Wrap(fault.Invalid, cause, name+" refuses the request"+quoted)
}

// trouble is the fault of a service that is in no state to answer.
func (c *Client) trouble(cause *Refusal, quoted string) error {
	name := c.Dialect.Name
	switch cause.Status {
	case 429, 402:
		return fault.Wrap(fault.Exhausted, cause, name+" refuses more requests for now"+quoted).WithRemedy("wait a while, or check the account's limits")
	case 408, 504:
		return fault.Wrap(fault.Timeout, cause, name+" did not finish in its own time"+quoted).WithRemedy("try again")
	}
	if quoted == "" {
		quoted = " with status " + strconv.Itoa(cause.Status)
	}
	return fault.Wrap(fault.Unavailable, cause, name+" failed"+quoted).WithRemedy("try again; if it stays so, look into the log of %s", name)
}

func (c *Client) redirected(cause *Refusal, to string) error {
	if to = c.Clean(to); to == "" {
		to = "elsewhere"
	}
	return fault.Wrap(fault.Malformed, cause, fmt.Sprintf("the address %s sends us on to %s", c.Base, to)).
		WithRemedy("if you trust that address, enter it as the service's address")
}

// Spoken is a fault that the server told inside a stream, after it had answered 200.
func (c *Client) Spoken(text string) error {
	cause := &Refusal{Status: 500, Text: c.Clean(text)}
	return c.trouble(cause, ": "+cause.Text)
}

// Clean makes a server's text fit for a person: one line, short, without control characters and without our key.
func (c *Client) Clean(text string) string {
	if c.Key != "" {
		text = strings.ReplaceAll(text, string(c.Key), "***")
	}
	text = strings.Join(strings.Fields(strings.Map(printable, strings.ToValidUTF8(text, "?"))), " ")
	if runes := []rune(text); len(runes) > maxQuote {
		text = string(runes[:maxQuote]) + "…"
	}
	return text
}

func printable(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	if !unicode.IsPrint(r) {
		return -1
	}
	return r
}

// errorText finds the explanation in the JSON shapes that model servers use; it is empty when there is none.
func errorText(body []byte) string {
	text, status := said(body)
	if text == "" && bytes.HasPrefix(status, []byte{'{'}) {
		text, _ = said(status) // Qdrant has its error in there; no deeper, whatever lies in it
	}
	return text
}

// said is what an error answer explains itself by, and its status.
func said(body []byte) (text string, status json.RawMessage) {
	var shape struct {
		Error   json.RawMessage `json:"error"`
		Message string          `json:"message"`
		Detail  json.RawMessage `json:"detail"`
		Status  json.RawMessage `json:"status"`
	}
	if json.Unmarshal(body, &shape) != nil {
		return "", nil
	}
	for _, raw := range []json.RawMessage{shape.Error, shape.Detail} {
		if text := textOf(raw); text != "" {
			return text, nil
		}
	}
	return shape.Message, shape.Status
}

// textOf reads "text" or {"message":"text"}; other JSON is shown as it is.
func textOf(raw json.RawMessage) string {
	var text string
	if len(raw) == 0 || string(raw) == "null" || json.Unmarshal(raw, &text) == nil {
		return text
	}
	var object struct {
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &object) == nil && object.Message != "" {
		return object.Message
	}
	return string(raw)
}

// ErrorText reads the error field of a streamed message; it is empty when the field is absent.
func ErrorText(raw json.RawMessage) string { return textOf(raw) }

func isHTML(contentType string) bool {
	return strings.Contains(strings.ToLower(contentType), "text/html")
}

func isPage(body []byte) bool { return strings.HasPrefix(strings.TrimSpace(string(body)), "<") }

// pageTitle finds the title of a web page without a parser or a regular expression: both are large in WebAssembly, and
// the title is only a hint for a person.
func pageTitle(body []byte) string {
	if !isPage(body) {
		return ""
	}
	text := string(body)
	lower := strings.ToLower(text)
	start := strings.Index(lower, "<title")
	if start < 0 || len(lower) != len(text) {
		return ""
	}
	open := strings.IndexByte(lower[start:], '>')
	if open < 0 {
		return ""
	}
	start += open + 1
	end := strings.Index(lower[start:], "</title>")
	if end < 0 {
		return ""
	}
	plain := strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#39;", "'", "&nbsp;", " ", "&amp;", "&").Replace(text[start : start+end])
	title := []rune(strings.Join(strings.Fields(strings.Map(printable, plain)), " "))
	return string(title[:min(len(title), 80)])
}

func plural(n int, unit string) string { return strconv.Itoa(n) + " " + unit }
