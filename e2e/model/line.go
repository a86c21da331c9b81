package model

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Line is the network between an assistant and the real server, in the hands of a test: it passes everything on untouched
// (headers too, so that the server's own Origin check is real), but can hold answers, cut them and record requests.
type Line struct {
	URL    string
	server string

	mu       sync.Mutex // guards all below
	cond     *sync.Cond
	allowed  int // how many lines of answers may pass; negative: all
	passed   int
	cut      bool
	within   string // a line that holds this text is cut, after the first bytes of the text
	bytes    int
	replace  http.HandlerFunc
	replaced []string // paths that replace answers; none: all
	requests []Seen
	answers  int // under way
}

// Seen is a request that passed.
type Seen struct {
	Method, Path, Origin, UserAgent, Authorization, Body string
}

// NewLine puts a line in front of a server. It is open: everything passes at once.
func NewLine(tb testing.TB, s *Server) *Line {
	tb.Helper()
	l := &Line{server: s.URL, allowed: -1}
	l.cond = sync.NewCond(&l.mu)
	front := httptest.NewServer(l)
	l.URL = strings.Replace(front.URL, "127.0.0.1", "localhost", 1)
	tb.Cleanup(func() {
		l.Open()
		front.CloseClientConnections()
		front.Close()
	})
	return l
}

// Hold lets n more lines of answers pass and holds what follows until Open or another Hold.
func (l *Line) Hold(n int) { l.set(func() { l.allowed, l.passed = n, 0 }) }

// Open lets everything pass.
func (l *Line) Open() { l.set(func() { l.allowed, l.cut, l.within, l.replace = -1, false, "", nil }) }

// Cut breaks the connection of every answer, in the middle, until Open.
func (l *Line) Cut() { l.set(func() { l.cut = true }) }

// CutWithin breaks the connection of an answer inside the first line that holds text: the first n bytes of text still pass.
func (l *Line) CutWithin(text string, n int) { l.set(func() { l.within, l.bytes = text, n }) }

// Replace answers requests with handler instead of the server, for servers that lie: those for the given paths, or all.
// Open undoes it.
func (l *Line) Replace(handler http.HandlerFunc, paths ...string) {
	l.set(func() { l.replace, l.replaced = handler, paths })
}

func (l *Line) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
	l.cond.Broadcast()
}

// Requests returns what passed so far.
func (l *Line) Requests() []Seen {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Seen(nil), l.requests...)
}

// Quiet waits until the server is asked for nothing any more: every answer has ended, or whoever asked has hung up. Who
// keeps it busy for a minute fails the test.
func (l *Line) Quiet(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	defer context.AfterFunc(ctx, func() { l.set(func() {}) })()
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.answers > 0 && ctx.Err() == nil {
		l.cond.Wait()
	}
	if l.answers > 0 {
		tb.Fatalf("%d answers still keep the server busy", l.answers)
	}
}

// ServeHTTP passes one exchange on, line by line.
func (l *Line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	l.mu.Lock()
	l.answers++
	defer l.set(func() { l.answers-- })
	l.requests = append(l.requests, Seen{r.Method, r.URL.Path, r.Header.Get("Origin"), r.UserAgent(), r.Header.Get("Authorization"), string(body)})
	replace := l.replace
	if len(l.replaced) > 0 && !slices.Contains(l.replaced, r.URL.Path) {
		replace = nil
	}
	l.mu.Unlock()
	if replace != nil {
		r.Body = io.NopCloser(bytes.NewReader(body))
		replace(w, r)
		return
	}
	request, err := http.NewRequestWithContext(r.Context(), r.Method, l.server+r.URL.RequestURI(), strings.NewReader(string(body)))
	if err != nil {
		return
	}
	request.Header = r.Header.Clone()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		panic(http.ErrAbortHandler) // the server is gone: so is the connection
	}
	defer func() { _ = response.Body.Close() }()
	for name, values := range response.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(response.StatusCode)
	l.copy(w, r, response)
}

func (l *Line) copy(w http.ResponseWriter, r *http.Request, response *http.Response) {
	gone := r.Context().Done()
	go func() { <-gone; l.set(func() {}) }() // under the lock: whoever is about to wait must not miss it
	streams := strings.Contains(response.Header.Get("Content-Type"), "ndjson") || strings.Contains(response.Header.Get("Content-Type"), "event-stream")
	reader := bufio.NewReader(response.Body)
	for {
		line, err := reader.ReadBytes('\n')
		if len(line) > 0 {
			if streams && !l.pass(r) {
				panic(http.ErrAbortHandler)
			}
			if before, torn := l.tear(line); torn {
				_, _ = w.Write(before)
				_ = http.NewResponseController(w).Flush()
				panic(http.ErrAbortHandler)
			}
			if _, err := w.Write(line); err != nil {
				return
			}
			_ = http.NewResponseController(w).Flush()
		}
		if err != nil {
			return
		}
	}
}

// pass waits for permission for one line; false when the line was cut or the caller went away.
func (l *Line) pass(r *http.Request) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for l.allowed >= 0 && l.passed >= l.allowed && !l.cut && r.Context().Err() == nil {
		l.cond.Wait()
	}
	l.passed++
	return !l.cut && r.Context().Err() == nil
}

// tear gives what passes of a line that is to be cut.
func (l *Line) tear(line []byte) (before []byte, torn bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := bytes.Index(line, []byte(l.within))
	if l.within == "" || at < 0 {
		return nil, false
	}
	return line[:at+l.bytes], true
}
