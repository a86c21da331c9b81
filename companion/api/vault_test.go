package api_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/danielgtaylor/huma/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/fault"
)

const password = "correct horse"

// locked is a server that a vault's password opens; the vault is locked, and now is the time for both.
func locked(t *testing.T, now *time.Time, change ...func(*api.Options)) (*api.Server, *vault.Vault) {
	t.Helper()
	clock := func() time.Time { return *now }
	path := filepath.Join(t.TempDir(), "vault.db")
	made := vault.At(path, clock)
	require.NoError(t, made.Create(t.Context(), password, vault.KDF{Name: vault.PBKDF2SHA512, Iterations: 1}))
	made.Lock()
	v := vault.At(path, clock)
	t.Cleanup(v.Lock)
	return serve(t, append(change, func(o *api.Options) { o.Vault, o.Now = v, clock })...), v
}

// signs posts a body to the session's address as JSON and gives status and answer.
func signs(t *testing.T, s *api.Server, client *http.Client, body, origin string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL()+"/api/auth/session", strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Content-Type", "application/json")
	if origin != "" {
		r.Header.Set("Origin", origin)
	}
	resp, err := client.Do(r)
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp.StatusCode, string(text)
}

// session signs in with the password.
func session(t *testing.T, s *api.Server) api.Session {
	t.Helper()
	status, text := signs(t, s, http.DefaultClient, `{"password":"`+password+`"}`, "")
	require.Equal(t, http.StatusOK, status, text)
	var out api.Session
	require.NoError(t, json.Unmarshal([]byte(text), &out))
	return out
}

// with asks for the status with a token.
func with(t *testing.T, s *api.Server, token string) int {
	t.Helper()
	resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Authorization": "Bearer " + token})
	return resp.StatusCode
}

// Locked, kai tells that it lives and shows the page that asks for the password; nothing else, whatever is shown to it.
func TestALockedKaiAnswersNobody(t *testing.T) {
	now := time.Now()
	s, _ := locked(t, &now)
	for _, c := range []struct{ method, path string }{
		{"GET", "/api/status"}, {"GET", "/api/ws"}, {"GET", "/api/device"}, {"GET", "/api/copy"}, {"POST", "/api/login-link"}, {"GET", "/api/auth/session"}, {"DELETE", "/api/auth/session"}, {"POST", "/api/stop"},
	} {
		for _, shown := range []string{"", "Bearer " + token, "Bearer wrong", "Bearer ", "Basic " + token} {
			resp, body := call(t, c.method, s.URL()+c.path, map[string]string{"Authorization": shown})
			assert.Equal(t, http.StatusLocked, resp.StatusCode, "%s %s %q", c.method, c.path, shown)
			assert.Contains(t, body, `"code":"locked"`)
			assert.Contains(t, body, "kai vault unlock")
		}
	}
	for _, path := range []string{"/healthz", "/readyz", "/"} {
		resp, _ := call(t, http.MethodGet, s.URL()+path, nil)
		assert.Equal(t, http.StatusOK, resp.StatusCode, path)
	}
}

func TestThePasswordOpensASessionThatTheVaultEnds(t *testing.T) {
	now := time.Now()
	s, v := locked(t, &now)
	mine := session(t, s)
	assert.Equal(t, now.Add(12*time.Hour).Unix(), mine.Ends.Unix())
	assert.Equal(t, http.StatusOK, with(t, s, mine.Token))
	assert.Equal(t, http.StatusOK, with(t, s, token), "programs of this user, while the vault is unlocked")
	assert.Equal(t, http.StatusLocked, with(t, s, "wrong"))
	resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", nil)
	assert.Equal(t, http.StatusLocked, resp.StatusCode, "and nobody without one")

	other := session(t, s)
	assert.NotEqual(t, mine.Token, other.Token)
	assert.Equal(t, http.StatusOK, with(t, s, mine.Token), "who comes later shuts nobody out")
	resp, _ = call(t, http.MethodDelete, s.URL()+"/api/auth/session", map[string]string{"Authorization": "Bearer " + other.Token})
	assert.Equal(t, http.StatusNoContent, resp.StatusCode)
	assert.Equal(t, `"storage"`, resp.Header.Get("Clear-Site-Data"))
	assert.Equal(t, http.StatusLocked, with(t, s, other.Token))

	v.Lock()
	require.NoError(t, v.Unlock(t.Context(), password))
	assert.Equal(t, http.StatusLocked, with(t, s, mine.Token), "a session is of one unlocking")
}

// Use keeps the vault unlocked, but no session for ever; calls that are refused keep nothing.
func TestASessionHasAnEnd(t *testing.T) {
	now := time.Now()
	s, v := locked(t, &now)
	mine := session(t, s)
	for now.Before(mine.Ends.Add(-14 * time.Minute)) {
		now = now.Add(14 * time.Minute)
		require.Equal(t, http.StatusOK, with(t, s, mine.Token))
	}
	now = mine.Ends
	assert.Equal(t, http.StatusLocked, with(t, s, mine.Token))
	assert.True(t, v.Unlocked(), "it was the session that ended")
	now = now.Add(14 * time.Minute)
	assert.Equal(t, http.StatusLocked, with(t, s, mine.Token))
	assert.False(t, v.Unlocked())
	assert.Equal(t, http.StatusLocked, with(t, s, token))
}

func TestWrongPasswordsAreFewAndSayWhatToDo(t *testing.T) {
	now := time.Now()
	s, _ := locked(t, &now)
	for _, body := range []string{"", "{}", `{"password":""}`, `["x"]`, "password=" + password} {
		status, text := signs(t, s, http.DefaultClient, body, "")
		assert.Equal(t, http.StatusBadRequest, status, body)
		assert.NotContains(t, text, password)
	}
	for range 5 {
		status, text := signs(t, s, http.DefaultClient, `{"password":"wrong horse"}`, "")
		assert.Equal(t, http.StatusUnauthorized, status)
		assert.Contains(t, text, "the password is wrong")
	}
	status, text := signs(t, s, http.DefaultClient, `{"password":"`+password+`"}`, "")
	assert.Equal(t, http.StatusServiceUnavailable, status, "even the right one")
	assert.Contains(t, text, "try again in 30s")
	now = now.Add(30 * time.Second)
	session(t, s)

	open := serve(t)
	status, text = signs(t, open, http.DefaultClient, `{"password":"`+password+`"}`, "")
	assert.Equal(t, http.StatusNotImplemented, status)
	assert.Contains(t, text, "auth.mode is none")
}

// The page's cookie is the session, and only our own page gets and uses it.
func TestOnlyOurOwnPageGetsACookie(t *testing.T) {
	now := time.Now()
	s, v := locked(t, &now)
	for origin, want := range map[string]bool{s.URL(): true, extension: false, "": false} {
		jar, err := cookiejar.New(nil)
		require.NoError(t, err)
		ada := &http.Client{Jar: jar}
		status, _ := signs(t, s, ada, `{"password":"`+password+`"}`, origin)
		require.Equal(t, http.StatusOK, status)
		held := cookies(t, ada, s.URL()+"/api/status")
		assert.Equal(t, want, held != "", origin)
		if !want {
			continue
		}
		for from, code := range map[string]int{s.URL(): http.StatusOK, extension: http.StatusLocked} {
			resp, _ := call(t, http.MethodGet, s.URL()+"/api/status", map[string]string{"Cookie": held, "Origin": from})
			assert.Equal(t, code, resp.StatusCode, from)
		}
	}
	ada := browser(t)
	resp, err := ada.Get(s.LoginURL())
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.NotEmpty(t, cookies(t, ada, s.URL()+"/api/status"), "kai open signs in while the vault is unlocked")
	v.Lock()
	bob := browser(t)
	resp, err = bob.Get(s.LoginURL())
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Empty(t, cookies(t, bob, s.URL()+"/api/status"), "and leads to the page that asks when it is locked")
	assert.Equal(t, http.StatusOK, resp.StatusCode)
}

func TestLockingCutsEveryWebSocket(t *testing.T) {
	now := time.Now()
	s, v := locked(t, &now)
	_, refused, err := websocket.Dial(t.Context(), s.URL()+"/api/ws", &websocket.DialOptions{HTTPHeader: http.Header{"Authorization": {"Bearer " + token}}})
	require.Error(t, err)
	_ = refused.Body.Close()
	assert.Equal(t, http.StatusLocked, refused.StatusCode)
	for name, shown := range map[string]func() string{"the token": func() string { return token }, "a session": func() string { return session(t, s).Token }} {
		require.NoError(t, v.Unlock(t.Context(), password))
		peer := dial(t, s, http.Header{"Authorization": {"Bearer " + shown()}})
		var got string
		require.NoError(t, peer.Call(t.Context(), "state.snapshot", nil, &got), name)
		now = now.Add(14 * time.Minute)
		require.NoError(t, peer.Call(t.Context(), "state.snapshot", nil, &got), name)
		now = now.Add(14 * time.Minute)
		require.NoError(t, peer.Call(t.Context(), "state.snapshot", nil, &got), name)
		require.True(t, v.Unlocked(), "each request is a use")
		v.Lock()
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for err = nil; err == nil; {
			err = peer.Call(ctx, "state.snapshot", nil, &got)
		}
		assert.Contains(t, []fault.Code{fault.Unavailable, fault.Locked}, fault.CodeOf(err), "%s: %v", name, err)
	}
}

// A page that asks by itself, such as the dashboard, does not keep the vault unlocked after whoever opened it has left.
func TestAPageThatAsksByItselfIsNoUse(t *testing.T) {
	now := time.Now()
	op := func(doc huma.API, path string, metadata map[string]any) {
		openapi.Raw(doc, huma.Operation{OperationID: path, Method: http.MethodGet, Path: "/api/" + path, Metadata: metadata}, func(http.ResponseWriter, *http.Request) {})
	}
	s, _ := locked(t, &now, func(o *api.Options) {
		o.Areas = []api.Area{func(doc huma.API) { op(doc, "watched", openapi.Watching()); op(doc, "used", nil) }}
	})
	shown := session(t, s).Token
	ask := func(path string) int {
		resp, _ := call(t, http.MethodGet, s.URL()+"/api/"+path, map[string]string{"Authorization": "Bearer " + shown})
		return resp.StatusCode
	}
	now = now.Add(vault.Idle - time.Second)
	require.Equal(t, http.StatusOK, ask("watched"))
	require.Equal(t, http.StatusOK, ask("used"))
	now = now.Add(vault.Idle - time.Second)
	require.Equal(t, http.StatusOK, ask("watched"), "the use before has begun the time anew")
	now = now.Add(2 * time.Second)
	assert.Equal(t, http.StatusLocked, ask("watched"), "the look before was a use")
	assert.Equal(t, http.StatusLocked, ask("used"))
}

// So do settings that were left open.
func TestSettingsThatAskByThemselvesAreNoUse(t *testing.T) {
	for _, method := range []string{"sync.state", "clients.state"} {
		now := time.Now()
		s, v := locked(t, &now)
		peer := dial(t, s, http.Header{"Authorization": {"Bearer " + session(t, s).Token}})
		ask := func() { _ = peer.Call(t.Context(), method, nil, nil) } // whatever is answered
		now = now.Add(vault.Idle - time.Second)
		ask()
		require.True(t, v.Unlocked(), method)
		now = now.Add(2 * time.Second)
		ask()
		assert.False(t, v.Unlocked(), method)
	}
}
