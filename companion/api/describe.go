package api

import (
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/openapi"
)

// The addresses that a supervisor asks.
const (
	pathHealth = "/healthz"
	pathReady  = "/readyz"
)

// handler is the whole server: the guard around the operations and the web app's files. The operations are described when
// the first of them is asked for, so that a kai that nobody calls is ready sooner and keeps less. Supervisors don't count.
func (s *Server) handler() http.Handler {
	operations := sync.OnceValue(s.operations)
	later := func(w http.ResponseWriter, r *http.Request) { operations().ServeHTTP(w, r) }
	mux := http.NewServeMux()
	places := []string{"/api/", "/v1/", "/mcp", "/openapi.json", "/docs", "/debug", "/login", SyncPath}
	if s.opt.Federation != nil {
		places = append(places, KLPPath, KLPCardPath)
	}
	if s.opt.Door != nil {
		places = append(places, pathAsk, pathWait)
	}
	for _, place := range places {
		mux.HandleFunc(place, later)
	}
	mux.HandleFunc("GET "+pathHealth, s.healthz)
	mux.HandleFunc("GET "+pathReady, s.readyz)
	mux.HandleFunc("/", s.file)
	return s.guard(mux)
}

// operations are described as they are registered.
func (s *Server) operations() http.Handler {
	mux := http.NewServeMux()
	doc := openapi.New(s.opt.Hello.Version, adapter{mux, s})
	s.describeHealth(doc)
	s.describeSigningIn(doc)
	s.describePairing(doc)
	s.describeProcess(doc)
	s.describeFederation(doc)
	for _, area := range s.opt.Areas {
		area(doc)
	}
	openapi.Publish(doc)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		openapi.Refuse(w, openapi.NotThere(r.Method, clip(r.URL.Path)))
	})
	return mux
}

func (s *Server) describeHealth(doc huma.API) {
	health := huma.Operation{Tags: []string{"Health"}, Security: openapi.Everybody(), Method: http.MethodGet}
	op := health
	op.OperationID, op.Path, op.Summary = "health", pathHealth, "Whether the process lives"
	op.Responses = openapi.Answer[Short](doc, "200", "It lives.", "application/json")
	openapi.Raw(doc, op, s.healthz)
	op = health
	op.OperationID, op.Path, op.Summary = "ready", pathReady, "Whether kAI serves"
	op.Responses = openapi.Answer[Short](doc, "200", "It serves.", "application/json")
	op.Responses["503"] = openapi.Answer[Short](doc, "503", "It does not serve yet, or no more.", "application/json")["503"]
	openapi.Raw(doc, op, s.readyz)
}

func (s *Server) describeSigningIn(doc huma.API) {
	op := huma.Operation{Tags: []string{"Signing in"}, Security: openapi.Everybody()}
	op.OperationID, op.Method, op.Path, op.Summary = "loginByLink", http.MethodGet, "/login", "Sign a browser in by a one-time link"
	op.Parameters = []*huma.Param{{Name: "once", In: "query", Description: "The secret of the link.", Schema: &huma.Schema{Type: huma.TypeString}}}
	op.Responses = map[string]*huma.Response{
		"200": {Description: "The page that asks for the token."}, "303": {Description: "Signed in; to the web app."}, "401": {Description: "The link does not hold any more."},
	}
	openapi.Raw(doc, op, s.loginByLink)
	op.OperationID, op.Method, op.Summary, op.Parameters = "loginByToken", http.MethodPost, "Sign a browser in by the form of that page", nil
	op.Responses = map[string]*huma.Response{"303": {Description: "Signed in; to the web app."}, "401": {Description: "That is not the token."}}
	openapi.Raw(doc, op, s.loginByToken)
	op.OperationID, op.Path, op.Summary = "openSession", "/api/auth/session", "Open a session with the vault's password"
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"password"}, Properties: map[string]*huma.Schema{"password": {Type: huma.TypeString, Format: "password"}},
	}}}}
	op.Responses = openapi.Answer[Session](doc, "200", "The session.", "application/json")
	openapi.Raw(doc, op, s.openSession)

	op = huma.Operation{Tags: []string{"Signing in"}, Path: "/api/auth/session"}
	op.OperationID, op.Method, op.Summary, op.Responses = "checkSession", http.MethodGet, "Whether one is signed in", openapi.Answers("204", "One is.")
	openapi.Raw(doc, op, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	op.OperationID, op.Path, op.Summary = "copyOf", CopyPath, "Of which kAI a browser's copy is"
	op.Responses = openapi.Answer[CopyOf](doc, "200", "A name that is the same as long as the token is.", "application/json")
	openapi.Raw(doc, op, s.copyOf)
	op.Path = "/api/auth/session"
	op.OperationID, op.Method, op.Summary, op.Responses = "endSession", http.MethodDelete, "Sign out", openapi.Answers("204", "Signed out.")
	openapi.Raw(doc, op, s.endSession)
	op.OperationID, op.Method, op.Path, op.Summary = "loginLink", http.MethodPost, "/api/login-link", "Make a one-time link that signs a browser in"
	op.Responses = openapi.Answer[Link](doc, "200", "The link. It holds for 5 minutes.", "application/json")
	openapi.Raw(doc, op, func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, Link{s.LoginURL()}) })
}

func (s *Server) describeProcess(doc huma.API) {
	op := huma.Operation{Tags: []string{"Process"}, Method: http.MethodGet, Path: "/api/status", OperationID: "status", Summary: "Everything about the running mode"}
	op.Responses = openapi.Answer[Status](doc, "200", "Version and the state of every step.", "application/json")
	openapi.Raw(doc, op, s.status)
	op.OperationID, op.Method, op.Path, op.Summary = "stop", http.MethodPost, "/api/stop", "Stop kAI in good order"
	op.Responses = openapi.Answer[Short](doc, "200", "Stopping has begun.", "application/json")
	openapi.Raw(doc, op, s.stop)
	op.OperationID, op.Method, op.Path, op.Summary = "socket", http.MethodGet, "/api/ws", "A WebSocket for the protocol of the views"
	op.Responses = map[string]*huma.Response{"101": {Description: "The protocol begins."}, "426": {Description: "This was no WebSocket."}}
	openapi.Raw(doc, op, s.socket)
	op.OperationID, op.Path, op.Summary = "device", DevicePath, "A WebSocket by which kAI exchanges with the copy that a web app keeps in its browser"
	openapi.Raw(doc, op, s.device)
	op.OperationID, op.Path, op.Summary, op.Security = "sync", SyncPath, "A WebSocket for other kAI, which prove who they are by signature", openapi.Everybody()
	openapi.Raw(doc, op, s.sync)
}

// Short is an answer of one word.
type Short struct {
	Status string `json:"status"`
}
