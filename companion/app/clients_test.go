package app_test

import (
	"context"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
)

// tablet is a browser that was never let in.
type tablet struct {
	t    *testing.T
	url  string
	http http.Client
}

func newTablet(t *testing.T, a *app.App) *tablet {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &tablet{t: t, url: a.URL(), http: http.Client{Jar: jar}}
}

// asks sends a request as its own page does, and gives the status and the path where it ends, and what is there.
func (b *tablet) asks(method, path string) (int, string, string) {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, nil)
	require.NoError(b.t, err)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0")
	resp, err := b.http.Do(r)
	require.NoError(b.t, err)
	defer func() { _ = resp.Body.Close() }()
	text := new(strings.Builder)
	_ = resp.Write(text)
	return resp.StatusCode, resp.Request.URL.Path, text.String()
}

// status is what a call to the API answers it.
func (b *tablet) status() int {
	b.t.Helper()
	code, _, _ := b.asks("GET", "/api/status")
	return code
}

// socket opens a WebSocket as its page does.
func (b *tablet) socket() *websocket.Conn {
	b.t.Helper()
	at, err := url.Parse(b.url + "/api/ws")
	require.NoError(b.t, err)
	var cookies []string
	for _, c := range b.http.Jar.Cookies(at) {
		cookies = append(cookies, c.String())
	}
	conn, _, err := websocket.Dial(b.t.Context(), at.String(), &websocket.DialOptions{HTTPHeader: http.Header{ //nolint:bodyclose // none on success
		"Cookie": {strings.Join(cookies, "; ")}, "Origin": {b.url},
	}})
	require.NoError(b.t, err)
	b.t.Cleanup(func() { _ = conn.CloseNow() })
	return conn
}

// A browser asks, a person compares the code and lets it in, and takes that back: then everything that it has is refused,
// also what was open.
func TestABrowserIsLetInAndRevoked(t *testing.T) {
	for mode, change := range map[string]func(*app.Options){
		config.AuthNone: func(*app.Options) {}, config.AuthLocalVault: func(o *app.Options) { o.Config.Auth.Mode = config.AuthLocalVault },
	} {
		t.Run(mode, func(t *testing.T) {
			dir := t.TempDir()
			keep(t, dir, "x", "y")
			a := open(t, dir, change)
			require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodUnlock, app.Password{Password: password}, nil))
			person := view(t, a, dir)
			state := func() (s assistant.ClientsState) {
				require.NoError(t, person.Call(t.Context(), assistant.MethodClientsState, assistant.Empty{}, &s))
				return s
			}
			do := func(method, id string) error { return person.Call(t.Context(), method, assistant.ByID{ID: id}, nil) }
			b := newTablet(t, a)
			assert.Contains(t, []int{http.StatusUnauthorized, http.StatusLocked}, b.status())
			code, path, page := b.asks("POST", "/login/ask")
			assert.Equal(t, []any{http.StatusOK, "/login/wait"}, []any{code, path})
			waiting := state().Waiting
			require.Len(t, waiting, 1)
			assert.Equal(t, []string{"Firefox on Linux", "127.0.0.1"}, []string{waiting[0].Name, waiting[0].Address})
			assert.Equal(t, waiting[0].Code, strings.ReplaceAll(regexp.MustCompile(`[0-9]{3} [0-9]{3}`).FindString(page), " ", ""), "both show the same")
			assert.Contains(t, []int{http.StatusUnauthorized, http.StatusLocked}, b.status(), "to wait is not to be in")

			require.NoError(t, do(assistant.MethodClientsApprove, waiting[0].ID))
			_, path, _ = b.asks("GET", "/login/wait")
			assert.Equal(t, "/", path)
			assert.Equal(t, http.StatusOK, b.status())
			conn := b.socket()
			assert.Empty(t, state().Waiting)
			require.Len(t, state().Clients, 1)

			forgets := func() string { _, _, head := b.asks("GET", "/api/auth/session"); return head }
			assert.NotContains(t, forgets(), "Clear-Site-Data")
			require.NoError(t, do(assistant.MethodClientsRevoke, "Firefox on Linux"))
			for err := error(nil); err == nil; _, _, err = conn.Read(t.Context()) { //nolint:revive // until it is cut
			}
			assert.Contains(t, forgets(), "Clear-Site-Data: \"storage\"", "it keeps nothing of this kai")
			assert.Contains(t, []int{http.StatusUnauthorized, http.StatusLocked}, b.status())
			assert.NotContains(t, forgets(), "Clear-Site-Data", "its cookie is gone as well")
			assert.Empty(t, state().Clients)

			b.asks("POST", "/login/ask")
			require.NoError(t, do(assistant.MethodClientsRefuse, state().Waiting[0].ID))
			code, _, page = b.asks("GET", "/login/wait")
			assert.Equal(t, http.StatusUnauthorized, code)
			assert.Contains(t, page, "This browser was not let in.")
			require.NoError(t, person.Call(t.Context(), assistant.MethodSnapshot, assistant.Empty{}, nil), "the person's own is never cut")
		})
	}
}

// A client that signs a browser in by its token signs it in as that client: it goes when the client does, also when a
// command takes it back.
func TestASessionOfAClientEndsWithIt(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	opened, err := datadir.Open(dir)
	require.NoError(t, err)
	token, err := clients.In(opened).Add("Tablet", time.Now())
	require.NoError(t, err)
	b := newTablet(t, a)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+"/login", strings.NewReader("token="+token))
	require.NoError(t, err)
	r.Header.Set("Origin", b.url)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := b.http.Do(r)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.Equal(t, http.StatusOK, b.status())
	conn := b.socket()
	require.NoError(t, clients.In(opened).Revoke("Tablet"))
	assert.Equal(t, http.StatusUnauthorized, b.status())
	require.NoError(t, hosted(t, dir).Call(t.Context(), app.MethodClients, nil, nil))
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for err == nil {
		_, _, err = conn.Read(ctx)
	}
	assert.NoError(t, ctx.Err(), "its connection is cut")
}

// Only kai's own page asks: another site can have nobody wait at the door.
func TestAnotherSiteHasNobodyWait(t *testing.T) {
	dir := t.TempDir()
	a := open(t, dir)
	for name, header := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, a.URL()+"/login/ask", nil)
		require.NoError(t, err)
		r.Header.Set(name, header)
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, http.StatusForbidden, resp.StatusCode, name)
	}
	var s assistant.ClientsState
	require.NoError(t, view(t, a, dir).Call(t.Context(), assistant.MethodClientsState, assistant.Empty{}, &s))
	assert.Empty(t, s.Waiting)
}
