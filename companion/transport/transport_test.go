package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/service"
	"github.com/kindos/kai/shared/service/connectors"
)

func serve(t *testing.T, handler http.HandlerFunc) string {
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// raw serves bytes that need not be HTTP.
func raw(t *testing.T, answer string) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn)) // so that closing does not reset what was written
			_, _ = io.WriteString(conn, answer)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return "http://" + listener.Addr().String()
}

func get(t *testing.T, ctx context.Context, address string) (*service.Response, error) {
	transport := New("kAI/test")
	t.Cleanup(transport.Close)
	response, err := transport.Do(ctx, &service.Request{Method: "GET", URL: address, Header: map[string]string{
		"origin": "chrome-extension://x", "cookie": "a=b", "referer": "http://x", "authorization": "Bearer k",
	}})
	if err == nil {
		t.Cleanup(func() { _ = response.Body.Close() })
	}
	return response, err
}

func TestWhatIsSentAndWhatComesBack(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		for _, name := range []string{"Origin", "Cookie", "Referer", "Accept-Encoding"} {
			assert.Empty(t, r.Header.Get(name), name)
		}
		assert.Equal(t, "Bearer k", r.Header.Get("Authorization"))
		assert.Equal(t, "kAI/test", r.UserAgent())
		w.Header().Set("X-Some-Thing", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "tea")
	})
	response, err := get(t, t.Context(), address)
	require.NoError(t, err)
	assert.Equal(t, 418, response.Status)
	assert.Equal(t, "yes", response.Header["x-some-thing"])
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "tea", string(text))
}

func TestTheBodyIsSent(t *testing.T) {
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, http.MethodPost, r.Method)
		_, _ = io.Copy(w, r.Body)
	})
	response, err := New("kAI").Do(t.Context(), &service.Request{Method: "POST", URL: address, Body: []byte("ping")})
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "ping", string(text))
}

func TestRedirects(t *testing.T) {
	other := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the key went to another address") })
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other, http.StatusFound)
		case "/near":
			http.Redirect(w, r, "/here", http.StatusFound)
		case "/round":
			http.Redirect(w, r, "/round", http.StatusFound)
		case "/here":
			_, _ = io.WriteString(w, "here")
		}
	})
	for path, want := range map[string]int{"/away": http.StatusFound, "/near": 200, "/round": 302} {
		response, err := get(t, t.Context(), address+path)
		require.NoError(t, err, path)
		assert.Equal(t, want, response.Status, path)
	}
	response, err := New("kAI").Do(t.Context(), &service.Request{Method: "POST", URL: address + "/near", Body: []byte("x")})
	require.NoError(t, err)
	assert.Equal(t, 302, response.Status, "a question is not turned into a GET")
	_ = response.Body.Close()
}

func TestFaults(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	free := listener.Addr().String()
	require.NoError(t, listener.Close())
	plain := serve(t, func(http.ResponseWriter, *http.Request) {})
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	secure.Config.ErrorLog = nil
	t.Cleanup(secure.Close)

	for name, c := range map[string]struct {
		address string
		want    fault.Code
		says    string
	}{
		"nobody listens":         {"http://" + free, fault.Unavailable, "nobody listens"},
		"no such name":           {"http://nowhere.invalid", fault.Unavailable, "nowhere.invalid"},
		"https to http":          {strings.Replace(plain, "http:", "https:", 1), fault.Malformed, "does not speak https"},
		"an unknown certificate": {secure.URL, fault.Unavailable, "can't be trusted"},
		"not HTTP":               {raw(t, "SSH-2.0-OpenSSH_9\r\n"), fault.Malformed, "does not speak HTTP"},
		"closes at once":         {raw(t, ""), fault.Unavailable, "closed the connection"},
		"endless headers":        {raw(t, "HTTP/1.1 200 OK\r\nX: "+strings.Repeat("x", 300<<10)+"\r\n\r\n"), fault.Malformed, "does not speak HTTP"},
		"another scheme":         {"file:///etc/passwd", fault.Invalid, "not an address"},
		"no host":                {"http:///x", fault.Invalid, "not an address"},
		"a control character":    {"http://a\x00b", fault.Invalid, "not an address"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := get(t, t.Context(), c.address+"/secret-path")
			assert.Equal(t, c.want, fault.CodeOf(err), "%v", err)
			assert.Contains(t, fault.Public(err).Message, c.says)
			assert.NotContains(t, fault.Public(err).Message, "secret-path")
		})
	}
}

func TestABodyThatBreaks(t *testing.T) {
	response, err := get(t, t.Context(), raw(t, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"))
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	assert.Equal(t, "half", string(text))
	assert.Equal(t, fault.Unavailable, fault.CodeOf(err))
}

func TestTheCallerGivesUp(t *testing.T) {
	gone := make(chan struct{})
	address := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/body" {
			_, _ = io.WriteString(w, "x")
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		gone <- struct{}{}
	})
	ctx, cancel := context.WithCancel(t.Context())
	response, err := get(t, ctx, address+"/body")
	require.NoError(t, err)
	_, err = response.Body.Read(make([]byte, 1))
	require.NoError(t, err)
	cancel()
	_, err = response.Body.Read(make([]byte, 1))
	assert.Equal(t, fault.Canceled, fault.CodeOf(err))
	<-gone // the server notices: a stopped answer costs nothing more

	late, cancel := context.WithTimeout(t.Context(), 1)
	defer cancel()
	_, err = get(t, late, address)
	assert.Equal(t, fault.Timeout, fault.CodeOf(err))

	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	_, err = get(t, ctx, address)
	assert.Equal(t, fault.Canceled, fault.CodeOf(err))
}

func TestAStreamComesAsItIsSent(t *testing.T) {
	next := make(chan struct{})
	address := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "%d\n", i)
			_ = http.NewResponseController(w).Flush()
			<-next
		}
	})
	response, err := get(t, t.Context(), address)
	require.NoError(t, err)
	lines := bufio.NewReader(response.Body)
	for i := range 3 {
		line, err := lines.ReadString('\n')
		require.NoError(t, err)
		assert.Equal(t, fmt.Sprintf("%d\n", i), line)
		next <- struct{}{} // only now may the server go on
	}
}

func TestProxyIsForOtherComputersOnly(t *testing.T) {
	through := errors.New("through the proxy")
	proxy := outside(func(*http.Request) (*url.URL, error) { return nil, through })
	for address, want := range map[string]error{
		"http://localhost:1": nil, "http://127.0.0.2": nil, "http://[::1]:1": nil, "http://ollama.localhost": nil, "http://0.0.0.0": nil,
		"http://192.168.1.7": through, "https://api.openai.com": through, "http://localhost.example.org": through,
	} {
		request, err := http.NewRequest(http.MethodGet, address, nil)
		require.NoError(t, err)
		_, err = proxy(request)
		assert.Equal(t, want, err, address)
	}
}

// TestConnectorsOverRealHTTP shows that transport and connectors agree about the states of a server.
func TestConnectorsOverRealHTTP(t *testing.T) {
	gateway := service.NewLocal(New("kAI"), connectors.Definitions(), "kai")
	probe := func(address string) service.State {
		health, err := gateway.Probe(t.Context(), service.Spec{Kind: "ollama", URL: address})
		require.NoError(t, err)
		assert.Equal(t, "kai", health.Via)
		t.Log(health.Detail)
		return health.State
	}
	ready := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, map[string]string{"/api/version": `{"version":"1"}`, "/api/tags": `{"models":[{"name":"m"}]}`}[r.URL.Path])
	})
	assert.Equal(t, service.StateReady, probe(ready))
	assert.Equal(t, service.StateWrong, probe(raw(t, "220 mail ready\r\n")))
	assert.Equal(t, service.StateWrong, probe(serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://example.org", http.StatusFound)
	})))
	assert.Equal(t, service.StateWrong, probe(strings.Replace(ready, "http:", "https:", 1)))
	assert.Equal(t, service.StateForbidden, probe(serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) })))
	assert.Equal(t, service.StateOffline, probe("http://nowhere.invalid"))
}
