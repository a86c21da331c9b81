package stream_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/service/stream"
)

// chunked reads text in pieces of the given sizes, repeating the last size; a fuzzer chooses them.
type chunked struct {
	text  string
	sizes []byte
}

func (c *chunked) Read(p []byte) (int, error) {
	if c.text == "" {
		return 0, io.EOF
	}
	n := 1
	if len(c.sizes) > 0 {
		n = int(c.sizes[0])%7 + 1
		c.sizes = c.sizes[1:]
	}
	n = min(n, len(c.text), len(p))
	copy(p, c.text[:n])
	c.text = c.text[n:]
	return n, nil
}

type line struct {
	text  string
	whole bool
}

func readLines(r io.Reader, limit int) (out []line, err error) {
	for n := stream.NewNDJSON(r, limit); ; {
		text, whole, err := n.Next()
		if err != nil {
			return out, err
		}
		out = append(out, line{string(text), whole})
	}
}

type event struct {
	name, data string
	cut        bool
}

func readEvents(r io.Reader, limit int) (out []event, err error) {
	for s := stream.NewSSE(r, limit); ; {
		e, err := s.Next()
		if err != nil {
			return out, err
		}
		out = append(out, event{e.Name, string(e.Data), e.Cut})
	}
}

func TestNDJSON(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []line
	}{
		"nothing":              {"", nil},
		"two lines":            {"{\"a\":1}\n{\"b\":2}\n", []line{{`{"a":1}`, true}, {`{"b":2}`, true}}},
		"carriage returns":     {"{}\r\n[]\r\n", []line{{"{}", true}, {"[]", true}}},
		"blank lines":          {"\n\n {} \n\n", []line{{"{}", true}}},
		"no newline at end":    {"{}\n[1]", []line{{"{}", true}, {"[1]", false}}},
		"cut inside character": {"{}\n{\"a\":\"\xf0\x9f", []line{{"{}", true}, {"{\"a\":\"\xf0\x9f", false}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readLines(iotest.OneByteReader(strings.NewReader(c.in)), 0)
			assert.ErrorIs(t, err, io.EOF)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestSSE(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want []event
	}{
		"nothing":               {"", nil},
		"one event":             {"data: hello\n\n", []event{{data: "hello"}}},
		"no space after colon":  {"data:hello\n\n", []event{{data: "hello"}}},
		"only one space goes":   {"data:  hello\n\n", []event{{data: " hello"}}},
		"data of several lines": {"data: a\ndata: b\ndata\n\n", []event{{data: "a\nb\n"}}},
		"named":                 {"event: error\ndata: x\n\ndata: y\n\n", []event{{name: "error", data: "x"}, {data: "y"}}},
		"name without data":     {"event: ping\n\ndata: y\n\n", []event{{data: "y"}}},
		"CRLF":                  {"data: a\r\n\r\ndata: b\r\n\r\n", []event{{data: "a"}, {data: "b"}}},
		"CRLF inside an event":  {"event: x\r\ndata: a\r\ndata: b\r\n\r\n", []event{{name: "x", data: "a\nb"}}},
		"CR":                    {"data: a\r\rdata: b\r\r", []event{{data: "a"}, {data: "b"}}},
		"comments":              {": keep-alive\n\n:\ndata: a\n:x\n\n", []event{{data: "a"}}},
		"unknown fields":        {"id: 7\nretry: 10\nfoo: bar\ndata: a\n\n", []event{{data: "a"}}},
		"byte order mark":       {"\xef\xbb\xbfdata: a\n\n", []event{{data: "a"}}},
		"no blank line at end":  {"data: a\n", []event{{data: "a", cut: true}}},
		"cut inside character":  {"data: a\n\ndata: \xf0\x9f", []event{{data: "a"}, {data: "\xf0\x9f", cut: true}}},
		"cut before the data":   {"data: a\n\ndat", []event{{data: "a"}}},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := readEvents(iotest.OneByteReader(strings.NewReader(c.in)), 0)
			assert.ErrorIs(t, err, io.EOF)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestEventsComeAsSoonAsTheyAreWhole(t *testing.T) {
	r, w := io.Pipe()
	go func() { _, _ = w.Write([]byte("data: a\r\r")) }() // and nothing after: a reader that peeks for LF would hang
	e, err := stream.NewSSE(r, 0).Next()
	require.NoError(t, err)
	assert.Equal(t, "a", string(e.Data))
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("x", 100)
	_, err := readLines(strings.NewReader(long+"\n"), 99)
	assert.ErrorIs(t, err, stream.ErrTooLong)
	_, err = readEvents(strings.NewReader("data: "+long+"\n\n"), 99)
	assert.ErrorIs(t, err, stream.ErrTooLong)
	_, err = readEvents(strings.NewReader(strings.Repeat("data: 0123456789\n", 10)), 99)
	assert.ErrorIs(t, err, stream.ErrTooLong, "many short lines of one event")
	got, err := readLines(strings.NewReader(long+"\n"), 100)
	assert.ErrorIs(t, err, io.EOF)
	assert.Len(t, got, 1)
}

func TestABrokenConnectionIsToldAfterWhatCame(t *testing.T) {
	broken := errors.New("reset")
	in := func(text string) io.Reader {
		return io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken))
	}
	got, err := readLines(in("{}\n{\"a"), 0)
	assert.ErrorIs(t, err, broken)
	assert.Equal(t, []line{{"{}", true}}, got, "the cut line is not handed out")
	events, err := readEvents(in("data: a\n\ndata: b\n"), 0)
	assert.ErrorIs(t, err, broken)
	assert.Equal(t, []event{{data: "a"}}, events)
}

func FuzzNDJSONChunking(f *testing.F) {
	f.Add("{\"a\":\"\u00e9\u4e16\U0001f600\"}\r\n\n{}\n[1", []byte{1, 2, 3})
	f.Add("\n\r\n{}", []byte{0})
	f.Fuzz(func(t *testing.T, text string, sizes []byte) {
		whole, wholeErr := readLines(strings.NewReader(text), 64)
		cut, cutErr := readLines(&chunked{text, sizes}, 64)
		assert.Equal(t, whole, cut)
		assert.Equal(t, wholeErr, cutErr)
	})
}

func FuzzSSEChunking(f *testing.F) {
	f.Add("\xef\xbb\xbfevent: x\r\ndata: \u00e9\u4e16\rdata:b\n\n:c\r\n\r\ndata: cut", []byte{1, 2, 3})
	f.Add("data\n\r\n\r", []byte{6, 1})
	f.Fuzz(func(t *testing.T, text string, sizes []byte) {
		whole, wholeErr := readEvents(strings.NewReader(text), 64)
		cut, cutErr := readEvents(&chunked{text, sizes}, 64)
		assert.Equal(t, whole, cut)
		assert.Equal(t, wholeErr, cutErr)
	})
}
