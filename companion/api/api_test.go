package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/webapp"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
)

const (
	token     = "the-token"
	extension = "chrome-extension://abcdefghijklmnopabcdefghijklmnop"
)

// serve starts a server on a free port, changed as the test wants.
func serve(t *testing.T, change ...func(*api.Options)) *api.Server {
	t.Helper()
	network := config.DefaultStandalone(extension).Networking
	network.Port = 0
	opt := api.Options{
		Network: network,
		Token:   func() (string, error) { return token, nil },
		Web:     webapp.Embedded(),
		Hello:   protocol.Hello{App: "kai", Version: "1.2.3", Instance: "i"},
		Handler: protocol.HandlerFunc(func(_ context.Context, r *protocol.Request) (any, error) { return r.Method, nil }),
		Health: func(context.Context) driver.Health {
			return driver.Health{Mode: mode.Standalone, State: driver.StateReady}
		},
		Log: slog.New(slog.DiscardHandler),
		Now: time.Now,
	}
	for _, c := range change {
		c(&opt)
	}
	s := api.New(opt)
	require.NoError(t, s.Start(t.Context()))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		assert.NoError(t, s.Stop(ctx))
	})
	return s
}

// call sends a request with headers ("Host" too) and gives status and body. Redirects are not followed.
func call(t *testing.T, method, address string, header map[string]string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, nil)
	require.NoError(t, err)
	for k, v := range header {
		r.Header.Set(k, v)
		if k == "Host" {
			r.Host = v
		}
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(body)
}

// "*" lets every site call with the token, but "null" is no site: any sandboxed frame is that. Cookies never count.
func TestEveryOriginIsStillNotEveryPower(t *testing.T) {
	s := serve(t, func(o *api.Options) { o.Network.CORS.Origins = []string{"*"} })
	bearer := "Bearer " + token
	resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Origin": "https://a.example", "Authorization": bearer})
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	resp, _ = call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Origin": "null", "Authorization": bearer})
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	ada := browser(t)
	signed, err := ada.Get(s.LoginURL())
	require.NoError(t, err)
	_ = signed.Body.Close()
	resp, _ = call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Origin": "https://a.example", "Cookie": cookies(t, ada, s.URL()+"/api/status")})
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

// The configuration refuses every origin with credentials. Should it ever not, nobody is let in rather than everybody.
func TestEveryOriginWithCredentialsIsNobody(t *testing.T) {
	s := serve(t, func(o *api.Options) { o.Network.CORS.Origins, o.Network.CORS.Credentials = []string{"*"}, true })
	resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Origin": "https://a.example", "Authorization": "Bearer " + token})
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Credentials"))
}

func TestPreflightFollowsTheConfiguration(t *testing.T) {
	s := serve(t)
	ask := map[string]string{"Origin": extension, "Access-Control-Request-Method": "POST"}
	resp, _ := call(t, http.MethodOptions, s.URL()+"/api/status", ask)
	assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	assert.Equal(t, extension, resp.Header.Get("Access-Control-Allow-Origin"))
	assert.Equal(t, "GET, POST, PUT, DELETE", resp.Header.Get("Access-Control-Allow-Methods"))
	assert.Equal(t, "Authorization, Content-Type", resp.Header.Get("Access-Control-Allow-Headers"))
	assert.Empty(t, resp.Header.Get("Access-Control-Allow-Credentials"))

	off := serve(t, func(o *api.Options) { o.Network.CORS.Enabled = false })
	resp, _ = call(t, http.MethodOptions, off.URL()+"/api/status", ask)
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
}

func TestHealthTellsNoSecrets(t *testing.T) {
	state := driver.StateDegraded
	s := serve(t, func(o *api.Options) {
		o.Health = func(context.Context) driver.Health {
			return driver.Health{State: state, Steps: []driver.StepHealth{{Step: "storage", Detail: "/home/ada/secret"}}}
		}
	})
	resp, body := call(t, http.MethodGet, s.URL()+"/readyz", nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode, "degraded still serves")
	assert.Equal(t, "{\"status\":\"degraded\"}\n", body)
	state = driver.StateFailed
	resp, _ = call(t, http.MethodGet, s.URL()+"/readyz", nil)
	assert.Equal(t, http.StatusServiceUnavailable, resp.StatusCode)
}

func TestSecurityHeadersAreOnEveryAnswer(t *testing.T) {
	s := serve(t)
	for _, path := range []string{"/", "/healthz", "/icon.svg", "/nothing", "/api/status"} {
		resp, _ := call(t, http.MethodGet, s.URL()+path, nil)
		csp := resp.Header.Get("Content-Security-Policy")
		assert.Contains(t, csp, "default-src 'none'", path)
		assert.Contains(t, csp, "frame-ancestors 'none'", path)
		assert.NotContains(t, csp, "unsafe", path)
		assert.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"), path)
	}
}

// browser is a client with a cookie jar, as a person's browser.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &http.Client{Jar: jar}
}

// cookies are what the browser would send to an address.
func cookies(t *testing.T, c *http.Client, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	require.NoError(t, err)
	var out []string
	for _, cookie := range c.Jar.Cookies(u) {
		out = append(out, cookie.Name+"="+cookie.Value)
	}
	return strings.Join(out, "; ")
}

func TestALoginLinkWorksOnce(t *testing.T) {
	s := serve(t)
	link := s.LoginURL()
	ada := browser(t)
	resp, err := ada.Get(link)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, "/", resp.Request.URL.Path, "goes on to the web app")
	assert.Contains(t, cookies(t, ada, s.URL()+"/api/ws"), "kai-session=")
	assert.NotContains(t, cookies(t, ada, s.URL()+"/"), "kai-session=", "other paths, and so most other servers, never see it")

	again, body := call(t, http.MethodGet, link, nil)
	assert.Equal(t, http.StatusUnauthorized, again.StatusCode)
	assert.Contains(t, body, "used already")
	assert.Empty(t, again.Header.Values("Set-Cookie"))
}

func TestALoginLinkGrowsOld(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := serve(t, func(o *api.Options) { o.Now = func() time.Time { return now } })
	link := s.LoginURL()
	now = now.Add(6 * time.Minute)
	resp, _ := call(t, http.MethodGet, link, nil)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
}

func TestTheCookieSpeaksOnlyForOurOwnPage(t *testing.T) {
	s := serve(t)
	ada := browser(t)
	resp, err := ada.Get(s.LoginURL())
	require.NoError(t, err)
	_ = resp.Body.Close()
	for name, c := range map[string]struct {
		header map[string]string
		want   int
	}{
		"our page":                       {map[string]string{"Origin": s.URL()}, http.StatusNoContent},
		"our page, by fetch":             {map[string]string{"Sec-Fetch-Site": "same-origin"}, http.StatusNoContent},
		"another port of this host":      {map[string]string{"Sec-Fetch-Site": "same-site"}, http.StatusUnauthorized},
		"a listed origin":                {map[string]string{"Origin": extension}, http.StatusUnauthorized},
		"a program that took the cookie": {nil, http.StatusUnauthorized},
	} {
		header := map[string]string{"Cookie": cookies(t, ada, s.URL()+"/api/auth/session")}
		for k, v := range c.header {
			header[k] = v
		}
		resp, _ := call(t, http.MethodGet, s.URL()+"/api/auth/session", header)
		assert.Equal(t, c.want, resp.StatusCode, name)
	}
}

func TestARenewedTokenShutsOldSessionsOut(t *testing.T) {
	held := token
	s := serve(t, func(o *api.Options) { o.Token = func() (string, error) { return held, nil } })
	ada := browser(t)
	resp, err := ada.Get(s.LoginURL())
	require.NoError(t, err)
	_ = resp.Body.Close()
	header := map[string]string{"Cookie": cookies(t, ada, s.URL()+"/api/auth/session"), "Origin": s.URL()}
	before, _ := call(t, http.MethodGet, s.URL()+"/api/auth/session", header)
	assert.Equal(t, http.StatusNoContent, before.StatusCode)
	held = "another"
	after, _ := call(t, http.MethodGet, s.URL()+"/api/auth/session", header)
	assert.Equal(t, http.StatusUnauthorized, after.StatusCode)
}

func TestASessionEnds(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := serve(t, func(o *api.Options) { o.Now = func() time.Time { return now } })
	ada := browser(t)
	resp, err := ada.Get(s.LoginURL())
	require.NoError(t, err)
	_ = resp.Body.Close()
	header := map[string]string{"Cookie": cookies(t, ada, s.URL()+"/api/auth/session"), "Origin": s.URL()}
	before, _ := call(t, http.MethodGet, s.URL()+"/api/auth/session", header)
	assert.Equal(t, http.StatusNoContent, before.StatusCode)
	now = now.Add(31 * 24 * time.Hour)
	after, _ := call(t, http.MethodGet, s.URL()+"/api/auth/session", header)
	assert.Equal(t, http.StatusUnauthorized, after.StatusCode)
}

func TestOldLoginLinksMakeRoom(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := serve(t, func(o *api.Options) { o.Now = func() time.Time { now = now.Add(time.Millisecond); return now } })
	first := s.LoginURL()
	var last string
	for range 40 {
		last = s.LoginURL()
	}
	resp, _ := call(t, http.MethodGet, first, nil)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	resp, _ = call(t, http.MethodGet, last, nil)
	assert.Equal(t, http.StatusSeeOther, resp.StatusCode)
}

func TestStoppingNeedsTheToken(t *testing.T) {
	quit := make(chan struct{}, 1)
	s := serve(t, func(o *api.Options) { o.Quit = func() { quit <- struct{}{} } })
	resp, _ := call(t, http.MethodPost, s.URL()+"/api/stop", nil)
	assert.Equal(t, http.StatusUnauthorized, resp.StatusCode)
	assert.Empty(t, quit)
	resp, _ = call(t, http.MethodPost, s.URL()+"/api/stop", map[string]string{"Authorization": "Bearer " + token})
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	assert.Len(t, quit, 1)
}

func TestSigningInByTheForm(t *testing.T) {
	s := serve(t)
	post := func(given, origin string) *http.Response {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/login", strings.NewReader(url.Values{"token": {given}}.Encode()))
		require.NoError(t, err)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", origin)
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Do(r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		return resp
	}
	assert.Equal(t, http.StatusSeeOther, post(token, s.URL()).StatusCode)
	assert.Equal(t, http.StatusUnauthorized, post("wrong", s.URL()).StatusCode)
	assert.Equal(t, http.StatusForbidden, post(token, extension).StatusCode, "nobody signs a browser in from elsewhere")
}

func TestTheProtocolRunsOverTheWebSocket(t *testing.T) {
	s := serve(t)
	peer := dial(t, s, http.Header{"Authorization": {"Bearer " + token}})
	hello, err := peer.Partner(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "1.2.3", hello.Version)
	var got string
	require.NoError(t, peer.Call(t.Context(), "state.snapshot", nil, &got))
	assert.Equal(t, "state.snapshot", got)
}

// dial connects a view to the server.
func dial(t *testing.T, s *api.Server, header http.Header) *protocol.Peer {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), s.URL()+"/api/ws", &websocket.DialOptions{HTTPHeader: header}) //nolint:bodyclose // none on success
	require.NoError(t, err)
	peer := protocol.NewPeer(api.Wire(conn), protocol.Options{Hello: protocol.Hello{App: "kai-view"}})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = peer.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return peer
}

func TestStopEndsOpenSockets(t *testing.T) {
	s := serve(t)
	peer := dial(t, s, http.Header{"Authorization": {"Bearer " + token}})
	_, err := peer.Partner(t.Context())
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, s.Stop(ctx))
	select {
	case <-peer.Done():
	case <-ctx.Done():
		t.Fatal("the view was not told")
	}
}

func TestATakenPortIsExplained(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	network := config.DefaultStandalone().Networking
	network.Port = listener.Addr().(*net.TCPAddr).Port
	err = api.New(api.Options{Network: network, Now: time.Now, Log: slog.New(slog.DiscardHandler)}).Start(t.Context())
	require.Equal(t, fault.Unavailable, fault.CodeOf(err))
	var f *fault.Fault
	require.ErrorAs(t, err, &f)
	assert.Contains(t, f.Message, "is taken")
	assert.Contains(t, f.Remedy, "kai run --port")
}

// Bound to every address, kai is called by the addresses of this computer, and by no name that a stranger chose.
func TestOnEveryAddressNamesAreStillOurs(t *testing.T) {
	s := serve(t, func(o *api.Options) { o.Network.BindAddress = "0.0.0.0" })
	port := s.URL()[strings.LastIndexByte(s.URL(), ':'):]
	own, err := os.Hostname()
	require.NoError(t, err)
	for host, want := range map[string]int{
		"127.0.0.1" + port: http.StatusOK, "localhost" + port: http.StatusOK, own + port: http.StatusOK,
		"evil.example" + port: http.StatusForbidden, "10.1.2.3" + port: http.StatusForbidden, "127.0.0.2" + port: http.StatusForbidden,
	} {
		resp, _ := call(t, http.MethodGet, "http://127.0.0.1"+port+"/healthz", map[string]string{"Host": host})
		assert.Equal(t, want, resp.StatusCode, host)
	}
	if runtime.GOOS == "linux" { // the others have one loopback address only
		resp, _ := call(t, http.MethodGet, "http://127.0.0.2"+port+"/healthz", nil)
		assert.Equal(t, http.StatusOK, resp.StatusCode, "the very address that the connection came to")
	}
}

func TestFaultsAreJSON(t *testing.T) {
	s := serve(t)
	resp, body := call(t, http.MethodGet, s.URL()+"/api/nothing", nil)
	assert.Equal(t, http.StatusNotFound, resp.StatusCode)
	var f fault.Fault
	require.NoError(t, json.Unmarshal([]byte(body), &f))
	assert.Equal(t, fault.NotFound, f.Code)
}
