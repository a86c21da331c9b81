// Package transport is service.Transport over net/http: how the companion reaches model servers.
//
// It sends no Origin and no cookies, follows no redirect to another address, asks no metadata service of a cloud, and uses no
// proxy for this computer. Imports coder/websocket, shared/{address,service,fault} and the standard library.
package transport

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
)

const (
	dialWithin     = 10 * time.Second
	maxHeaderBytes = 64 << 10
	maxRedirects   = 5
)

// Transport makes HTTP exchanges. How long an answer may take is the caller's business, by its ctx.
type Transport struct {
	client *http.Client
	agent  string
}

// New makes a transport; agent is its User-Agent, such as "kAI/0.1.0".
func New(agent string) *Transport {
	return newTransport(agent, http.ProxyFromEnvironment, net.DefaultResolver)
}

func newTransport(agent string, proxy func(*http.Request) (*url.URL, error), names *net.Resolver) *Transport {
	dialer := &net.Dialer{Timeout: dialWithin, KeepAlive: 30 * time.Second, Resolver: names, ControlContext: refuseDial}
	return &Transport{agent: agent, client: &http.Client{
		CheckRedirect: stay,
		Transport: &http.Transport{
			Proxy:                  outside(proxy),
			DialContext:            dialer.DialContext,
			ForceAttemptHTTP2:      true,
			TLSHandshakeTimeout:    dialWithin,
			MaxResponseHeaderBytes: maxHeaderBytes,
			DisableCompression:     true, // a compressed stream is held back until the compressor has a block
			MaxIdleConnsPerHost:    4,
			IdleConnTimeout:        90 * time.Second,
		},
	}}
}

// outside uses the proxy for other computers only.
func outside(proxy func(*http.Request) (*url.URL, error)) func(*http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		if isLoopback(r.URL.Hostname()) {
			return nil, nil //nolint:nilnil // net/http's way to say "no proxy"
		}
		return proxy(r)
	}
}

func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || address.IsUnspecified())
}

// stay follows a redirect only to the same address with the same method, so that neither a key nor a conversation goes
// where the person did not send it. Any other redirect is handed to the caller as it is.
func stay(r *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || r.URL.Host != first.URL.Host || r.URL.Scheme != first.URL.Scheme || r.Method != first.Method {
		return http.ErrUseLastResponse
	}
	return nil
}

// Do makes one exchange. The body of the response must be closed.
func (t *Transport) Do(ctx context.Context, r *service.Request) (*service.Response, error) {
	request, err := t.request(ctx, r)
	if err != nil {
		return nil, err
	}
	response, err := t.client.Do(request) //nolint:bodyclose // the caller closes it
	if err != nil {
		return nil, explain(ctx, err, request.URL)
	}
	header := make(map[string]string, len(response.Header))
	for name := range response.Header {
		header[strings.ToLower(name)] = response.Header.Get(name)
	}
	return &service.Response{Status: response.StatusCode, Header: header, Body: &body{ctx, response.Body, request.URL}}, nil
}

func (t *Transport) request(ctx context.Context, r *service.Request) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, r.Method, r.URL, bytes.NewReader(r.Body))
	if err != nil || (request.URL.Scheme != "http" && request.URL.Scheme != "https") || request.URL.Host == "" {
		return nil, fault.New(fault.Invalid, "that is not an address that can be asked").WithField("url").
			WithRemedy("write it like http://localhost:11434")
	}
	if err := refuseHost(request.URL.Hostname()); err != nil {
		return nil, err
	}
	for name, value := range r.Header {
		request.Header.Set(name, value)
	}
	for _, name := range []string{"Origin", "Referer", "Cookie"} {
		request.Header.Del(name)
	}
	request.Header.Set("User-Agent", t.agent)
	return request, nil
}

// Close lets go of idle connections.
func (t *Transport) Close() { t.client.CloseIdleConnections() }

// body names the reason when a stream breaks.
type body struct {
	ctx   context.Context //nolint:containedctx // the life of the exchange that this body belongs to
	inner io.ReadCloser
	url   *url.URL
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.inner.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader's contract
		return n, explain(b.ctx, err, b.url)
	}
	return n, err
}

func (b *body) Close() error { return b.inner.Close() }
