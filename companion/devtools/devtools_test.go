package devtools_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/devtools"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/tracing"
)

// nothing is no traces.
type nothing struct{}

func (nothing) Traces() []tracing.Trace     { return []tracing.Trace{} }
func (nothing) Trace(string) []tracing.Step { return nil }
func (nothing) Exports() bool               { return false }

// page serves the tools over a state.
func page(state devtools.State) http.Handler {
	mux := http.NewServeMux()
	devtools.Area(func(context.Context) devtools.State { return state }, nothing{})(openapi.New("1", humago.NewAdapter(mux, "")))
	return mux
}

func get(t *testing.T, h http.Handler, path, from string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
	r.RemoteAddr = from
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestOnlyThisComputerMayLook(t *testing.T) {
	h := page(devtools.State{Version: "1.2.3"})
	for _, path := range []string{"/debug", "/api/debug", "/api/debug/page.js", "/api/debug/page.css", "/api/debug/state", "/api/debug/traces", "/api/debug/pprof/heap", "/api/debug/statsviz/"} {
		assert.Less(t, get(t, h, path, "127.0.0.1:4711").Code, 400, path)
		assert.Less(t, get(t, h, path, "[::1]:4711").Code, 400, path)
		for _, stranger := range []string{"192.0.2.7:4711", "[2001:db8::1]:4711", "@", ""} {
			assert.Equal(t, http.StatusForbidden, get(t, h, path, stranger).Code, "%s from %q", path, stranger)
		}
	}
}

func TestTheStateIsToldAsItIs(t *testing.T) {
	want := devtools.State{Version: "1.2.3", Goroutines: 7, Rows: []devtools.Table{{Name: "Tasks", Heads: []string{"Task"}, Rows: [][]string{{"1"}}}}, Log: []string{"a line"}}
	var got devtools.State
	require.NoError(t, json.Unmarshal(get(t, page(want), "/api/debug/state", "127.0.0.1:1").Body.Bytes(), &got))
	assert.Equal(t, want, got)
}

// The command line could hold a secret that was set with --set.
func TestProfilesThatAreNotOffered(t *testing.T) {
	h := page(devtools.State{})
	for _, name := range []string{"cmdline", "nothing", "%2e%2e"} {
		assert.Equal(t, http.StatusNotFound, get(t, h, "/api/debug/pprof/"+name, "127.0.0.1:1").Code, name)
	}
}
