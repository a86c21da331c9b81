package mcpservers

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"github.com/kindos/kai/shared/config"
)

// endWithin is how long a program may take to end before it is told again.
const endWithin = 2 * time.Second

// transport is the way to a server. Its secrets are looked up now: a locked vault is told.
func (s *Servers) transport(ctx context.Context, to Server) (mcp.Transport, error) {
	values := to.Env
	if to.URL != "" {
		values = to.Headers
	}
	found := make(map[string]string, len(values))
	for name, value := range values {
		secret, err := config.Dereference(ctx, config.Secret(value), s.opt.Vault)
		if err != nil {
			return nil, err
		}
		found[name] = secret.Reveal()
	}
	if to.URL != "" {
		client := &http.Client{Transport: &withHeaders{http.DefaultTransport, found}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		return &mcp.StreamableClientTransport{Endpoint: to.URL, HTTPClient: client}, nil
	}
	cmd := exec.Command(to.Command, to.Args...) //nolint:gosec,noctx // the person's own; it lives as long as its session
	cmd.Env = environment(os.Environ(), found)
	cmd.Stderr = &said{log: s.opt.Log, server: to.Name}
	return &mcp.CommandTransport{Command: cmd, TerminateDuration: endWithin}, nil
}

// environment is that of this program without what is for kai alone, and with a server's own.
func environment(all []string, own map[string]string) []string {
	out := slices.DeleteFunc(slices.Clone(all), func(one string) bool { return strings.HasPrefix(one, "KAI_") })
	for _, name := range slices.Sorted(maps.Keys(own)) {
		out = append(out, name+"="+own[name])
	}
	return out
}

// withHeaders sends a server's own headers along.
type withHeaders struct {
	next    http.RoundTripper
	headers map[string]string
}

// RoundTrip sends a request.
func (t *withHeaders) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	for name, value := range t.headers {
		r.Header.Set(name, value)
	}
	return t.next.RoundTrip(r)
}

// maxLine is how much of a line that a program says is kept, in bytes.
const maxLine = 1 << 10

// said puts what a program says beside the protocol into the log, line by line.
type said struct {
	log    *slog.Logger
	server string
	line   []byte
}

// Write takes a piece of it.
func (s *said) Write(text []byte) (int, error) {
	for _, b := range text {
		switch {
		case b == '\n':
			s.log.Debug("an MCP server says", "server", s.server, "line", short(string(s.line)))
			s.line = s.line[:0]
		case len(s.line) < maxLine:
			s.line = append(s.line, b)
		}
	}
	return len(text), nil
}
