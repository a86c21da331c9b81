package api_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/queue/local"
	"github.com/kindos/kai/companion/rest"
	"github.com/kindos/kai/shared/config"
)

// attack is one thing that a stranger may send. In send, {host}, {origin}, {token}, {session} and the like stand for those of
// the server that is attacked (see target); lines end as HTTP's do.
type attack struct {
	name string
	send string
	want string // the statuses that are an answer to it, such as "401"; several with spaces; "cut" where the end may come before the answer is read
}

// Attacks that begin alike. The operation at /api/v1/echo counts who reaches it.
const (
	get    = "GET /api/v1/echo HTTP/1.1\nHost: {host}\n"
	signed = get + "Authorization: Bearer {token}\n"
	cookie = get + "Cookie: kai-session={session}\n"
	socket = "GET /api/ws HTTP/1.1\nHost: {host}\nConnection: Upgrade, close\nUpgrade: websocket\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n"
	post   = "POST /api/v1/echo HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\nContent-Type: application/json\n"
)

// named asks by another name, with everything else in order.
func named(path, host string) string {
	return "GET " + path + " HTTP/1.1\nHost: " + host + "\nAuthorization: Bearer {token}\n"
}

// names are DNS rebinding: a page of a stranger's site calls us by that site's name, from this very browser.
func names() []attack {
	return []attack{
		{"a stranger's name", named("/api/v1/echo", "evil.example:{port}"), "403"},
		{"a stranger's name without a port", named("/api/v1/echo", "evil.example"), "403"},
		{"a name that begins as ours", named("/api/v1/echo", "127.0.0.1.evil.example:{port}"), "403"},
		{"a name that begins as localhost", named("/api/v1/echo", "localhost.evil:{port}"), "403"},
		{"our name with another port", named("/api/v1/echo", "127.0.0.1:1"), "403"},
		{"our name without its port", named("/api/v1/echo", "127.0.0.1"), "403"},
		{"every address", named("/api/v1/echo", "0.0.0.0:{port}"), "403"},
		{"another address", named("/api/v1/echo", "10.0.0.1:{port}"), "403"},
		{"our address as one number", named("/api/v1/echo", "2130706433:{port}"), "403"},
		{"our address cut short", named("/api/v1/echo", "127.1:{port}"), "403"},
		{"our name with a dot", named("/api/v1/echo", "localhost.:{port}"), "403"},
		{"a name with a user before it", named("/api/v1/echo", "{host}@evil.example"), "400 403"},
		{"an empty name", named("/api/v1/echo", ""), "400 403"},
		{"a stranger's name at the health check", named("/healthz", "evil.example:{port}"), "403"},
		{"a stranger's name at the web app", named("/", "evil.example:{port}"), "403"},
		{"a stranger's name at the document", named("/openapi.json", "evil.example:{port}"), "403"},
		{"a stranger's name at the sign-in", named("/login?once={once}", "evil.example:{port}"), "403"},
		{"a stranger's name at the WebSocket", strings.Replace(socket, "{host}", "evil.example:{port}", 1) + "Authorization: Bearer {token}\n", "403"},
		{"a forwarded name is not believed", named("/api/v1/echo", "evil.example:{port}") + "X-Forwarded-Host: {host}\nForwarded: host={host}\n", "403"},
		{"an absolute address of a stranger", "GET http://evil.example/api/v1/echo HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\n", "403"},
		{"no name", "GET /healthz HTTP/1.1\n", "400"},
		{"two names", "GET /healthz HTTP/1.1\nHost: {host}\nHost: evil.example\n", "400"},
	}
}

// origins are pages of other sites, which may even know the token.
func origins() []attack {
	return []attack{
		{"a foreign origin", signed + "Origin: https://evil.example\n", "403"},
		{"the null origin of a sandboxed frame", signed + "Origin: null\n", "403"},
		{"another local server", signed + "Origin: http://localhost:1\n", "403"},
		{"localhost without our port", signed + "Origin: http://localhost\n", "403"},
		{"our host by another scheme", signed + "Origin: https://{host}\n", "403"},
		{"an origin that begins as a trusted one", signed + "Origin: " + extension + ".evil.example\n", "403"},
		{"an origin with a path", signed + "Origin: " + extension + "/\n", "403"},
		{"another extension", signed + "Origin: chrome-extension://ponmlkjihgfedcbaponm\n", "403"},
		{"two origins, ours first", signed + "Origin: {origin}\nOrigin: https://evil.example\n", "403"},
		{"a foreign preflight", "OPTIONS /api/v1/echo HTTP/1.1\nHost: {host}\nOrigin: https://evil.example\nAccess-Control-Request-Method: POST\n", "403"},
		{"a trusted origin by a method that is not listed", strings.Replace(signed, "GET", "PATCH", 1) + "Origin: " + extension + "\n", "403"},
		{"a foreign form at the sign-in", "POST /login HTTP/1.1\nHost: {host}\nOrigin: https://evil.example\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 15\n\ntoken=the-token", "403"},
		{"a form without an origin at the sign-in", "POST /login HTTP/1.1\nHost: {host}\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 15\n\ntoken=the-token", "403"},
	}
}

// cookies that speak for somebody else (CSRF).
func cookieAttacks() []attack {
	return []attack{
		{"the cookie from another site", cookie + "Sec-Fetch-Site: cross-site\n", "401"},
		{"the cookie from another port of this host", cookie + "Sec-Fetch-Site: same-site\n", "401"},
		{"the cookie without saying from where", cookie, "401"},
		{"the cookie with a trusted origin that may send none", cookie + "Origin: " + extension + "\n", "401"},
		{"the cookie where only programs call", "GET /v1/echo HTTP/1.1\nHost: {host}\nCookie: kai-session={session}\nOrigin: {origin}\n", "401"},
		{"a session that has ended", get + "Cookie: kai-session={ended}\nOrigin: {origin}\n", "401"},
		{"a session of a renewed token", get + "Cookie: kai-session={revoked}\nOrigin: {origin}\n", "401"},
		{"a session with a longer life", get + "Cookie: kai-session=9{session}\nOrigin: {origin}\n", "401"},
		{"a session without a seal", get + "Cookie: kai-session={later}.\nOrigin: {origin}\n", "401"},
		{"a session with another seal", get + "Cookie: kai-session={later}.00\nOrigin: {origin}\n", "401"},
		{"the mark of the page as a session", get + "Cookie: kai-session={mark}\nOrigin: {origin}\n", "401"},
		{"a session of 5,000 digits", get + "Cookie: kai-session=" + strings.Repeat("9", 5000) + "\nOrigin: {origin}\n", "401"},
	}
}

// tokens that are none.
func tokens() []attack {
	with := func(value string) string { return get + "Authorization: " + value + "\n" }
	return []attack{
		{"no token", get, "401"},
		{"a wrong token", with("Bearer the-tokeN"), "401"},
		{"the beginning of the token", with("Bearer the-toke"), "401"},
		{"the token and more", with("Bearer {token}x"), "401"},
		{"an empty token", with("Bearer "), "401"},
		{"the token by another scheme", with("Basic {token}"), "401"},
		{"the token in the address", strings.Replace(get, "echo", "echo?token={token}&access_token={token}", 1), "401"},
		{"the token as a cookie", get + "Cookie: kai-session={token}\nOrigin: {origin}\n", "401"},
		{"a renewed token's forerunner", with("Bearer {old}"), "401"},
		{"a wrong token before the right one", with("Bearer wrong") + "Authorization: Bearer {token}\n", "401"},
		{"a session's secret of the past", with("Bearer {ended}"), "401"},
		{"a wrong token at the document", "GET /openapi.json HTTP/1.1\nHost: {host}\nAuthorization: Bearer wrong\n", "401"},
		{"a wrong token at stopping", "POST /api/stop HTTP/1.1\nHost: {host}\nAuthorization: Bearer wrong\nContent-Length: 0\n", "401"},
		{"a wrong token at a link for signing in", "POST /api/login-link HTTP/1.1\nHost: {host}\nAuthorization: Bearer wrong\nContent-Length: 0\n", "401"},
		{"a link that was used", "GET /login?once={used} HTTP/1.1\nHost: {host}\n", "401"},
		{"a link that nobody made", "GET /login?once=AAAAAAAAAAAAAAAAAAAAAAAAAA HTTP/1.1\nHost: {host}\n", "401"},
	}
}

// sockets that no page of ours opened: WebSockets know no same-origin rule.
func sockets() []attack {
	return []attack{
		{"a WebSocket without a token", socket, "401"},
		{"a cross-site WebSocket with the cookie", socket + "Cookie: kai-session={session}\nOrigin: http://evil.example\n", "403"},
		{"a WebSocket of another local server with the cookie", socket + "Cookie: kai-session={session}\nOrigin: http://127.0.0.1:3000\n", "403"},
		{"a WebSocket of a sandboxed frame", socket + "Cookie: kai-session={session}\nOrigin: null\n", "403"},
		{"a WebSocket with the cookie and no origin", socket + "Cookie: kai-session={session}\n", "401"},
		{"a foreign WebSocket with the token", socket + "Authorization: Bearer {token}\nOrigin: http://evil.example\n", "403"},
		{"a copy of nobody's", strings.Replace(socket, "/api/ws", "/api/device", 1), "401"},
		{"a foreign page as the copy", strings.Replace(socket, "/api/ws", "/api/device", 1) + "Cookie: kai-session={session}\nOrigin: http://evil.example\n", "403"},
		{"a page at the exchange of kai", strings.Replace(socket, "/api/ws", "/sync", 1) + "Origin: {origin}\n", "403 404"},
	}
}

// paths that would lead elsewhere.
func paths() (out []attack) {
	for _, path := range []string{
		"/../../etc/passwd", "/..%2f..%2fetc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/....//....//etc/passwd", "/..\\..\\etc\\passwd",
		"//etc/passwd", "/static/../../webapp.go", "/.keep", "/dist/.keep", "/signin.html", "/missing.html", "/C:/Windows/win.ini",
		"/icon.svg%00.html", "/api/v1/../../etc/passwd", "/api/v1/echo/../../../etc/passwd", "/api/v1/echo%2f..%2f..%2fetc%2fpasswd",
	} {
		out = append(out, attack{"a path: " + path, "GET " + path + " HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\n", "301 307 400 404"})
	}
	return out
}

// smuggling is what two readers of HTTP could read differently.
func smuggling() []attack {
	return []attack{
		{"two lengths", post + "Content-Length: 3\nContent-Length: 4\n\nabc", "400"},
		{"a length and chunks", post + "Content-Length: 3\nTransfer-Encoding: chunked\n\n0\n\n", "400 422"},
		{"a lying chunk", post + "Transfer-Encoding: chunked\n\nffffffffffffffff\nabc", "400 408"},
		{"chunks twice", post + "Transfer-Encoding: chunked, chunked\n\n0\n\n", "400 501"},
		{"an unknown transfer", post + "Transfer-Encoding: xchunked\n\n0\n\n", "400 501"},
		{"a negative length", post + "Content-Length: -1\n\n", "400"},
		{"a length with a sign", post + "Content-Length: +3\n\nabc", "400"},
		{"a blank before the colon", get + "Authorization : Bearer {token}\n", "400"},
		{"a header that goes on in the next line", get + "X-A: 1\n Authorization: Bearer {token}\n", "400 401"},
		{"a zero byte in a name", get + "X\x00Y: 1\n", "400"},
		{"a zero byte in a value", signed + "X-Y: a\x00b\n", "400"},
		{"a bare carriage return in a value", signed + "X-Y: a\rAuthorization: b\n", "400"},
		{"a method that is none", "GE\x00T / HTTP/1.1\nHost: {host}\n", "400"},
		{"a version to come", "GET /healthz HTTP/9.9\nHost: {host}\n", "400 505"},
		{"the beginning of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 rubbish\n", "400"},
	}
}

// sizes that are too large, and bodies that are more than they look.
func sizes() []attack {
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	_, _ = z.Write(bytes.Repeat([]byte(" "), 8<<20)) // a buffer takes all
	_ = z.Close()
	length := func(n int) string { return "Content-Length: " + strconv.Itoa(n) + "\n\n" }
	large := `{"text":"` + strings.Repeat("a", 2<<20) + `"}`
	form := strings.Repeat("a", 2<<20)
	return []attack{
		{"a header of 64 KB", signed + "X-Long: " + strings.Repeat("a", 64<<10) + "\n", "431 cut"},
		{"an address of 64 KB", "GET /" + strings.Repeat("a", 64<<10) + " HTTP/1.1\nHost: {host}\n", "431 cut"},
		{"a body over the limit", post + length(len(large)) + large, "413 cut"},
		{"a body over the limit that nobody may send", strings.Replace(post, "{token}", "wrong", 1) + length(len(large)) + large, "401 cut"},
		{"a form over the limit", "POST /login HTTP/1.1\nHost: {host}\nOrigin: {origin}\nContent-Type: application/x-www-form-urlencoded\n" + length(len(form)) + form, "400 401 413 cut"},
		{"a gzip bomb is no JSON", post + "Content-Encoding: gzip\n" + length(bomb.Len()) + bomb.String(), "400 422"},
		{"JSON that is 100,000 deep", post + length(200_000) + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "400 422"},
		{"a field that is not known", post + length(24) + `{"text":"a","admin":true}`[:24], "400 422"},
	}
}

// logLines are what would look like a line of the log, or move a terminal's cursor, if it were written as it is.
func logLines() []attack {
	const forged = "%0A%7B%22level%22:%22ERROR%22,%22msg%22:%22forged%22%7D"
	return []attack{
		{"a line of the log in a path", "GET /api/x" + forged + " HTTP/1.1\nHost: {host}\n", "404"},
		{"a line of the log in a query", strings.Replace(signed, "echo", "echo?a="+forged, 1), "422"},
		{"a terminal's codes in a header", get + "User-Agent: \x1b]0;forged\x07\n", "400 401"},
		{"a terminal's codes in a token", get + "Authorization: Bearer %1b[2Jforged\n", "401"},
		{"a line of the log in an origin", signed + "Origin: https://a" + forged + "\n", "403"},
	}
}

// taskAttacks would read, stop or repeat the work that kai does by itself. Task {task} waits, and waits when they are over.
func taskAttacks() []attack {
	list := "GET /api/v1/tasks HTTP/1.1\nHost: {host}\n"
	cancel := "POST /api/v1/tasks/{task}/cancel HTTP/1.1\nHost: {host}\nContent-Length: 0\n"
	numbered := func(id string) string {
		return "POST /api/v1/tasks/" + id + "/cancel HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\nContent-Length: 0\n"
	}
	return []attack{
		{"tasks without a token", list, "401"},
		{"one task without a token", "GET /api/v1/tasks/{task} HTTP/1.1\nHost: {host}\n", "401"},
		{"canceling without a token", cancel, "401"},
		{"repeating with a wrong token", strings.Replace(cancel, "cancel", "retry", 1) + "Authorization: Bearer wrong\n", "401"},
		{"a foreign origin cancels", cancel + "Authorization: Bearer {token}\nOrigin: https://evil.example\n", "403"},
		{"a foreign form cancels with the cookie", cancel + "Cookie: kai-session={session}\nOrigin: https://evil.example\n", "403"},
		{"another port of this host cancels with the cookie", cancel + "Cookie: kai-session={session}\nSec-Fetch-Site: same-site\n", "401"},
		{"canceling by a link", strings.Replace(cancel, "POST", "GET", 1) + "Authorization: Bearer {token}\n", "404 405"},
		{"a task whose number is SQL", numbered("{task}%20OR%201=1"), "422"},
		{"a task whose number is a path", numbered("..%2f{task}"), "404 422"},
		{"a task whose number is too large", numbered("99999999999999999999"), "422"},
		{"a task below zero", numbered("-{task}"), "422"},
		{"a state that is SQL", strings.Replace(list, "tasks", "tasks?state=done'%20OR%20'1'='1", 1) + "Authorization: Bearer {token}\n", "422"},
		{"a list without a bound", strings.Replace(list, "tasks", "tasks?limit=999999999", 1) + "Authorization: Bearer {token}\n", "422"},
	}
}

// target is a server that is attacked, and what its log and its operation saw.
type target struct {
	server  *api.Server
	tasks   queue.Queue
	words   *strings.Replacer
	reached atomic.Int64
	log     *written
}

// written keeps a log.
type written struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write adds to it.
func (r *written) Write(text []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(text)
}

func newTarget(t *testing.T) *target {
	t.Helper()
	out := &target{log: &written{}, tasks: tasksOf(t)}
	kept, link, folder := linked(t)
	now, valid := time.Now(), "the-old-token"
	echo := func(security []map[string][]string, id, method, path string) func(huma.API) {
		return func(doc huma.API) {
			type in struct {
				Body struct {
					Text string `json:"text"`
				}
			}
			op := huma.Operation{Tags: []string{"Test"}, OperationID: id, Method: method, Path: path, Security: security}
			if method == http.MethodPost {
				openapi.Handle(doc, op, func(context.Context, *in) (*struct{}, error) { out.reached.Add(1); return &struct{}{}, nil })
				return
			}
			openapi.Handle(doc, op, func(context.Context, *struct{}) (*struct{}, error) { out.reached.Add(1); return &struct{}{}, nil })
		}
	}
	out.server = serve(t, func(o *api.Options) {
		o.Token = func() (string, error) { return valid, nil }
		o.Now = func() time.Time { return now }
		o.Log = slog.New(slog.NewJSONHandler(out.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		o.Rates = api.Rates{Near: api.Rate{Burst: 1e6, PerSecond: 1e6}}
		o.Areas = []api.Area{
			echo(nil, "echo", http.MethodGet, "/api/v1/echo"), echo(nil, "say", http.MethodPost, "/api/v1/echo"),
			echo(openapi.Programs(), "programs", http.MethodGet, "/v1/echo"),
			rest.Area(o.Handler, func() config.Standalone { return config.Standalone{} }, func() (queue.Queue, error) { return out.tasks, nil }),
			files.Area(func() *files.Keeper { return kept }),
		}
	})
	in := func(name string) string {
		ada := browser(t)
		resp, err := ada.Get(out.server.LoginURL())
		require.NoError(t, err)
		_ = resp.Body.Close()
		for _, c := range strings.Split(cookies(t, ada, out.server.URL()+"/api/ws"), "; ") {
			if value, ok := strings.CutPrefix(c, name+"="); ok {
				return value
			}
		}
		t.Fatal("no cookie " + name)
		return ""
	}
	revoked := in("kai-session")
	valid, now = token, now.Add(-40*24*time.Hour)
	ended := in("kai-session")
	now = now.Add(40 * 24 * time.Hour)
	used := out.server.LoginURL()
	_, _ = call(t, http.MethodGet, used, nil)
	host := address(out.server)
	_, port, err := net.SplitHostPort(host)
	require.NoError(t, err)
	secret := func(link string) string { _, once, _ := strings.Cut(link, "once="); return once }
	out.words = strings.NewReplacer(
		"{task}", "1", "{linked}", link, "{moved}", folder, "{host}", host, "{port}", port, "{origin}", out.server.URL(), "{token}", token, "{old}", "the-old-token",
		"{session}", in("kai-session"), "{mark}", in("kai-signed-in"), "{ended}", ended, "{revoked}", revoked,
		"{later}", strconv.FormatInt(now.Add(time.Hour).Unix(), 10), "{used}", secret(used), "{once}", secret(out.server.LoginURL()),
	)
	return out
}

// tasksOf is a queue that has not begun, with one task in it.
func tasksOf(t *testing.T) queue.Queue {
	t.Helper()
	kind := queue.Kind{Name: "test", Do: func(context.Context, *queue.Work) error { return nil }}
	q, err := local.Open(t.Context(), filepath.Join(t.TempDir(), "tasks.db"), local.Options{Kinds: []queue.Kind{kind}, Now: time.Now, Log: slog.New(slog.DiscardHandler)})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, q.Close(context.Background())) })
	added, err := q.Add(t.Context(), queue.Spec{Kind: kind.Name})
	require.NoError(t, err)
	require.Equal(t, int64(1), added[0].ID)
	return q
}

// fire sends an attack and gives the status of the answer, or "cut", and the whole of it.
func (x *target) fire(t *testing.T, a attack) (status, answer string) {
	t.Helper()
	head, body, _ := strings.Cut(a.send, "\n\n")
	head = strings.ReplaceAll(x.words.Replace(strings.TrimSuffix(head, "\n")), "\n", "\r\n")
	if strings.Contains(a.send, "Transfer-Encoding") {
		body = strings.ReplaceAll(body, "\n", "\r\n")
	}
	if !strings.Contains(head, "Upgrade") {
		head += "\r\nConnection: close"
	}
	answer = sends(t, x.server, head+"\r\n\r\n"+body)
	if answer == "" {
		return "cut", ""
	}
	_, rest, _ := strings.Cut(answer, " ")
	status, _, _ = strings.Cut(rest, " ")
	return status, answer
}

// Every attack gets the answer that it deserves, reaches nothing behind the guard, learns no secret, and harms nobody after it.
func TestAttacks(t *testing.T) {
	x := newTarget(t)
	var all []attack
	for _, some := range [][]attack{names(), origins(), cookieAttacks(), tokens(), sockets(), paths(), smuggling(), sizes(), logLines(), taskAttacks(), linkAttacks()} {
		all = append(all, some...)
	}
	require.GreaterOrEqual(t, len(all), 40)
	for _, a := range all {
		t.Run(a.name, func(t *testing.T) {
			status, answer := x.fire(t, a)
			assert.Contains(t, strings.Fields(a.want), status, "%.300s", answer)
			for _, secret := range []string{token, x.words.Replace("{session}"), x.words.Replace("{once}"), "root:", "package webapp"} {
				assert.NotContains(t, answer, secret)
			}
			assert.NotContains(t, answer, "Access-Control-Allow-Origin: https://evil", "no other site may read it")
			assert.Zero(t, x.reached.Load(), "nothing behind the guard was reached")
			x.reached.Store(0)
		})
	}
	for name, ours := range map[string]string{
		"the token": signed, "the cookie of our page": cookie + "Origin: {origin}\n", "by localhost": named("/api/v1/echo", "localhost:{port}"),
		"in capitals": named("/api/v1/echo", "LOCALHOST:{port}"), "by IPv6": named("/api/v1/echo", "[::1]:{port}"), "the extension": signed + "Origin: " + extension + "\n",
	} {
		status, answer := x.fire(t, attack{send: ours})
		assert.Equal(t, "204", status, "%s is served: %s", name, answer)
	}
	assert.Equal(t, int64(6), x.reached.Load())
	task, err := x.tasks.Get(t.Context(), 1)
	require.NoError(t, err)
	assert.Equal(t, []any{queue.Waiting, false}, []any{task.State, task.Canceled})
	x.checkLog(t)
}

// checkLog wants every line of the log to be the log's own, and no secret in it.
func (x *target) checkLog(t *testing.T) {
	t.Helper()
	x.log.mu.Lock()
	defer x.log.mu.Unlock()
	for _, line := range strings.Split(strings.TrimSpace(x.log.text.String()), "\n") {
		if line == "" {
			continue
		}
		var entry map[string]any
		require.NoError(t, json.Unmarshal([]byte(line), &entry), line)
		assert.NotEqual(t, "forged", entry["msg"])
		assert.NotContains(t, line, token)
		assert.NotContains(t, line, x.words.Replace("{session}"))
	}
}

// Clients that take their time are cut, and hold nobody up meanwhile.
func TestSlowClientsAreCut(t *testing.T) {
	x := newTarget(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(x.server))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: ")
	require.NoError(t, err)
	resp, _ := call(t, http.MethodGet, x.server.URL()+"/healthz", nil)
	assert.Equal(t, http.StatusOK, resp.StatusCode)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(20*time.Second)))
	_, err = io.ReadAll(conn)
	assert.NoError(t, err, "the server has ended it, not our own bound")
}

// A body that never ends is read as far as the limit and no further.
func TestABodyWithoutEndIsNotRead(t *testing.T) {
	x := newTarget(t)
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", address(x.server))
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	require.NoError(t, conn.SetDeadline(time.Now().Add(20*time.Second)))
	_, err = io.WriteString(conn, strings.ReplaceAll(x.words.Replace(post), "\n", "\r\n")+"Transfer-Encoding: chunked\r\n\r\n")
	require.NoError(t, err)
	chunk := fmt.Sprintf("10000\r\n%s\r\n", strings.Repeat("a", 64<<10))
	sent := 0
	for err == nil && sent < 64<<20 {
		_, err = io.WriteString(conn, chunk)
		sent += len(chunk)
	}
	require.Error(t, err, "the server stops reading")
	assert.Zero(t, x.reached.Load())
}
