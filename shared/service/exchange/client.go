// Package exchange is an HTTP exchange with a model server as connectors need it: JSON in, JSON or a stream out, and
// every way it can go wrong turned into a fault that says what to do.
//
// Imports shared/service, shared/fault and the standard library; never net/http.
package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

// Limits bound what a server may cost us in time and memory.
type Limits struct {
	Probe   time.Duration // all of a probe
	Reply   time.Duration // silence while a short answer is awaited
	First   time.Duration // silence before the first byte of an answer: a slow disk may load a model for minutes
	Idle    time.Duration // silence inside an answer
	MaxBody int64         // bytes of a JSON answer
	MaxLine int           // bytes of one message of a stream
}

// DefaultLimits suits a model server on a person's own computer, also a slow one.
func DefaultLimits() Limits {
	return Limits{
		Probe: 5 * time.Second, Reply: 30 * time.Second, First: 5 * time.Minute, Idle: time.Minute,
		MaxBody: 64 << 20, MaxLine: 4 << 20,
	}
}

// Dialect is what messages need to know about a kind of service: its name, and what a person can do in each wrong state.
type Dialect struct {
	Name      string
	Offline   string // nobody listens
	Forbidden string // 403
	Wrong     string // something else answers
}

// Client asks one service.
type Client struct {
	Dialect   Dialect
	Base      string // address without a trailing slash, path prefix included
	Key       service.Secret
	Transport service.Transport
	Limits    Limits
	Now       func() time.Time

	Header    map[string]string // goes with every request
	KeyHeader string            // carries the key; "": it is a bearer token
}

// New makes a client for s with the given dialect.
func New(s service.Spec, t service.Transport, d Dialect, l Limits) *Client {
	return &Client{Dialect: d, Base: strings.TrimRight(s.URL, "/"), Key: s.Key, Transport: t, Limits: l, Now: time.Now}
}

// JSON sends in (nil: no body) and decodes the answer into out (nil: ignored). The server may be silent for quiet.
func (c *Client) JSON(ctx context.Context, method, path string, in, out any, quiet time.Duration) error {
	r, err := c.request(method, path, in)
	if err != nil {
		return err
	}
	return c.exchange(ctx, r, out, quiet)
}

// Post sends a body of a type of its own, and decodes the answer as JSON does.
func (c *Client) Post(ctx context.Context, path, contentType string, body []byte, out any, quiet time.Duration) error {
	r, err := c.request("POST", path, nil)
	if err != nil {
		return err
	}
	r.Header["content-type"], r.Body = contentType, body
	return c.exchange(ctx, r, out, quiet)
}

func (c *Client) exchange(ctx context.Context, r *service.Request, out any, quiet time.Duration) error {
	body, err := c.open(ctx, r, Silence{First: quiet, Idle: quiet})
	if err != nil {
		return err
	}
	defer body.Close()
	raw, err := io.ReadAll(io.LimitReader(body, c.Limits.MaxBody+1))
	switch {
	case err != nil:
		return err
	case int64(len(raw)) > c.Limits.MaxBody:
		return fault.New(fault.Malformed, "%s sent an answer of over %d MB", c.Dialect.Name, c.Limits.MaxBody>>20)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return c.wrong(raw, err)
	}
	return nil
}

// Silence is how long a server may say nothing before its answer and within it.
type Silence struct{ First, Idle time.Duration }

// Open sends in (nil: no body) and returns the body of a good answer for reading. Anything but a 2xx status is a fault.
func (c *Client) Open(ctx context.Context, method, path string, in any, s Silence) (*Body, error) {
	r, err := c.request(method, path, in)
	if err != nil {
		return nil, err
	}
	return c.open(ctx, r, s)
}

func (c *Client) open(ctx context.Context, r *service.Request, s Silence) (*Body, error) {
	body := newBody(ctx, c, s)
	res, err := body.send(r)
	if err != nil {
		body.Close()
		return nil, err
	}
	if res.Status >= 200 && res.Status < 300 && !isHTML(res.Header["content-type"]) {
		return body, nil
	}
	defer body.Close()
	text, _ := io.ReadAll(io.LimitReader(body, maxErrorText))
	if res.Status >= 200 && res.Status < 300 {
		return nil, c.wrong(text, errors.New("a web page, not an answer"))
	}
	return nil, c.refusal(res, text)
}

// Request is a request to the service with its key, for what is no exchange.
func (c *Client) Request(method, path string) *service.Request {
	r, _ := c.request(method, path, nil) // without a body nothing can go wrong
	return r
}

func (c *Client) request(method, path string, in any) (*service.Request, error) {
	r := &service.Request{Method: method, URL: c.Base + path, Header: map[string]string{"accept": "*/*"}}
	maps.Copy(r.Header, c.Header)
	switch {
	case c.Key != "" && c.KeyHeader != "":
		r.Header[c.KeyHeader] = string(c.Key)
	case c.Key != "":
		r.Header["authorization"] = "Bearer " + string(c.Key)
	}
	if in == nil {
		return r, nil
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the request to %s cannot be written as JSON: %w", c.Dialect.Name, err)
	}
	r.Header["content-type"], r.Body = "application/json", raw
	return r, nil
}
