// Package servicetest is the whole test of a connector, and the scripted Transport under it.
//
// A connector's own test hands Run its recorded answers; Run then holds the connector to what every connector promises:
// each wrong state told apart, nothing that arrived lost, any chunking of the same bytes the same answer. Imports
// shared/service, shared/fault and the standard library.
package servicetest

import (
	"context"
	"io"
	"io/fs"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Answer is what the scripted server does with a request. The zero Status means 200.
type Answer struct {
	Status int
	Header map[string]string
	Body   string
	Chunk  int   // bytes a read, 0 for all at once
	Fail   error // ends the exchange before an answer
	Break  error // ends the body after Body
	Hang   bool  // says nothing more after Body, until the request is given up
	Mute   bool  // does not even answer, until the request is given up
}

// Transport answers from a script, by "METHOD /path"; "*" answers all else. It records what was asked.
type Transport struct {
	script map[string]Answer

	mu    sync.Mutex
	asked []service.Request
}

// New makes a transport.
func New(script map[string]Answer) *Transport { return &Transport{script: script} }

// Asked returns the requests so far.
func (t *Transport) Asked() []service.Request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]service.Request(nil), t.asked...)
}

// Do answers r as scripted; what is not in the script is a 404 in plain text.
func (t *Transport) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	t.mu.Lock()
	t.asked = append(t.asked, *r)
	t.mu.Unlock()
	a := t.find(r)
	if a.Mute {
		<-ctx.Done()
		return nil, fault.Wrap(fault.Canceled, ctx.Err(), "the request was given up")
	}
	if a.Fail != nil {
		return nil, a.Fail
	}
	if a.Status == 0 {
		a.Status = 200
	}
	return &service.Response{Status: a.Status, Header: a.Header, Body: &body{ctx: ctx, answer: a}}, nil
}

func (t *Transport) find(r *service.Request) Answer {
	path := r.URL
	if _, after, ok := strings.Cut(path, "://"); ok {
		_, path, _ = strings.Cut(after, "/")
	}
	if a, ok := t.script[r.Method+" /"+path]; ok {
		return a
	}
	if a, ok := t.script["*"]; ok {
		return a
	}
	return Answer{Status: 404, Header: map[string]string{"content-type": "text/plain"}, Body: "404 page not found"}
}

type body struct {
	ctx    context.Context
	answer Answer
}

func (b *body) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, fault.Wrap(fault.Canceled, err, "the request was given up")
	}
	if left := b.answer.Body; left != "" {
		n := len(left)
		if b.answer.Chunk > 0 {
			n = b.answer.Chunk
		}
		n = copy(p, left[:min(n, len(left))])
		b.answer.Body = left[n:]
		return n, nil
	}
	if b.answer.Break != nil {
		return 0, b.answer.Break
	}
	if b.answer.Hang {
		<-b.ctx.Done()
		return 0, fault.Wrap(fault.Canceled, b.ctx.Err(), "the request was given up")
	}
	return 0, io.EOF
}

// Close does nothing: the script holds no resources.
func (b *body) Close() error { return nil }

// Recorded reads an answer that a real server gave: a status line, header lines, a blank line, the body byte for byte.
func Recorded(t testing.TB, files fs.FS, name string) Answer {
	t.Helper()
	raw, err := fs.ReadFile(files, "testdata/"+name+".http")
	if err != nil {
		t.Fatal(err)
	}
	head, text, _ := strings.Cut(string(raw), "\n\n")
	lines := strings.Split(head, "\n")
	a := Answer{Header: map[string]string{}, Body: text}
	if a.Status, err = strconv.Atoi(lines[0]); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, ": ")
		a.Header[key] = value
	}
	return a
}
