// Package devtools is the page that looks into a running kai while it runs: its parts, answers in the making, tasks, devices,
// configuration with origins, memory and log (specification: debug tool devtools-agent, http://localhost:8080/debug).
//
// It is handed what to show. Imports companion/{openapi,tracing}, shared/{driver,fault}, statsviz and the standard library.
package devtools

import (
	"context"
	"embed"
	"encoding/json"
	"net"
	"net/http"
	"net/http/pprof"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
)

//go:embed page.html page.css page.js
var files embed.FS

// State is what is shown, without anything that a person wrote.
type State struct {
	Version    string        `json:"version"`
	Health     driver.Health `json:"health"`
	Goroutines int           `json:"goroutines"`
	Heap       uint64        `json:"heap"`   // bytes in use
	System     uint64        `json:"system"` // bytes taken from the system
	Rows       []Table       `json:"tables"`
	Log        []string      `json:"log"` // the last lines, oldest first
}

// Table is a list with its headings.
type Table struct {
	Name  string     `json:"name"`
	Heads []string   `json:"heads"`
	Rows  [][]string `json:"rows"`
	Empty string     `json:"empty"` // said when there are no rows
}

// Traces are what followed from what; *tracing.Tracer has them.
type Traces interface {
	Traces() []tracing.Trace
	Trace(id string) []tracing.Step
	Exports() bool
}

// TraceList is what the page lists.
type TraceList struct {
	Traces  []tracing.Trace `json:"traces"`
	Exports bool            `json:"exports"` // they are sent, too
}

// Area registers the page and what it asks. state is called for each look.
func Area(state func(ctx context.Context) State, traces Traces) func(doc huma.API) {
	return func(doc huma.API) {
		add := func(id, path, summary string, serve http.HandlerFunc) {
			openapi.Raw(doc, huma.Operation{
				Tags: []string{"Debugging"}, OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
				Responses: openapi.Answers("200", "What was asked for; from this computer alone."), Metadata: openapi.Watching(),
			}, here(serve))
		}
		add("debugPage", "/api/debug", "The page that looks into this kai", file("page.html", "text/html; charset=utf-8"))
		add("debugScript", "/api/debug/page.js", "The script of that page", file("page.js", "text/javascript; charset=utf-8"))
		add("debugStyle", "/api/debug/page.css", "The look of that page", file("page.css", "text/css; charset=utf-8"))
		add("debugState", "/api/debug/state", "What that page shows", func(w http.ResponseWriter, r *http.Request) {
			answer(w, state(r.Context()))
		})
		add("debugTraces", "/api/debug/traces", "The latest traces", func(w http.ResponseWriter, _ *http.Request) {
			answer(w, TraceList{traces.Traces(), traces.Exports()})
		})
		add("debugTrace", "/api/debug/traces/{id}", "The steps of a trace", func(w http.ResponseWriter, r *http.Request) {
			if steps := traces.Trace(r.PathValue("id")); len(steps) > 0 {
				answer(w, steps)
				return
			}
			openapi.Refuse(w, tracing.Unknown())
		})
		drawn := &stats{}
		add("debugStats", statsPath+"/", "A page that draws what the Go runtime does (statsviz)", drawn.page)
		openapi.Raw(doc, huma.Operation{
			Tags: []string{"Debugging"}, OperationID: "debugStatsSocket", Method: http.MethodGet, Path: statsPath + "/ws", Summary: "A WebSocket for that page",
			Responses: map[string]*huma.Response{"101": {Description: "Figures come, once a second."}, "400": {Description: "This was no WebSocket."}},
			Metadata:  openapi.StreamingAlone(),
		}, here(drawn.figures))
		add("debugProfiles", "/api/debug/pprof/{name}", "A profile of the Go runtime, for go tool pprof", profile)
		openapi.Raw(doc, huma.Operation{
			Tags: []string{"Debugging"}, OperationID: "debug", Method: http.MethodGet, Path: "/debug", Summary: "The way to that page", Security: openapi.Everybody(),
			Responses: openapi.Answers("303", "The page is at /api/debug, where the web app's session counts."),
		}, here(func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/api/debug", http.StatusSeeOther) }))
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}

// here lets only this computer look, whatever address kai listens on.
func here(serve http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		if ip := net.ParseIP(host); err != nil || ip == nil || !ip.IsLoopback() {
			openapi.Refuse(w, fault.New(fault.Forbidden, "only this computer may look into this kai").WithRemedy("sign in there, or use kai debug bundle"))
			return
		}
		serve(w, r)
	}
}

func file(name, mediaType string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := files.ReadFile(name)
		if err != nil {
			openapi.Refuse(w, fault.Wrap(fault.Internal, err, "the page can't be read"))
			return
		}
		w.Header().Set("Content-Type", mediaType)
		_, _ = w.Write(text) // the reader has gone
	}
}

// profile answers one profile. The command line is left out: it can hold what somebody set with --set.
func profile(w http.ResponseWriter, r *http.Request) {
	switch name := r.PathValue("name"); name {
	case "profile":
		pprof.Profile(w, r)
	case "trace":
		pprof.Trace(w, r)
	case "symbol":
		pprof.Symbol(w, r)
	case "allocs", "block", "goroutine", "heap", "mutex", "threadcreate":
		pprof.Handler(name).ServeHTTP(w, r)
	default:
		openapi.Refuse(w, fault.New(fault.NotFound, "there is no such profile").
			WithRemedy("ask for one of profile, trace, allocs, block, goroutine, heap, mutex, threadcreate"))
	}
}
