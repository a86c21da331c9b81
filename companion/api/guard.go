package api

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// preflightAge is how long a browser may remember a CORS answer.
const preflightAge = 10 * time.Minute

// guard is what every request passes: Host, then headers, then Origin, then sizes. Only then is there routing.
func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		names := s.names
		s.mu.Unlock()
		if !names.allows(r) && !tunnel(r) {
			openapi.Refuse(w, fault.New(fault.Forbidden, "this kai does not answer to the name %s", clip(r.Host)).
				WithRemedy("open %s", names.url()))
			return
		}
		securityHeaders(w.Header(), r, names)
		if !s.crossOrigin(w, r, names) {
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, bodyLimit(r))
		next.ServeHTTP(w, r)
	})
}

// crossOrigin refuses origins that are not listed and answers preflights; false when the request is answered.
func (s *Server) crossOrigin(w http.ResponseWriter, r *http.Request, names hosts) bool {
	origin := r.Header.Get("Origin")
	w.Header().Add("Vary", "Origin")
	if len(r.Header.Values("Origin")) > 1 { // no browser names two
		openapi.Refuse(w, fault.New(fault.Forbidden, "a request has one origin"))
		return false
	}
	if origin == "" || names.origin(origin, r) {
		return true
	}
	cors := s.cors()
	if !listed(cors, origin, names) {
		openapi.Refuse(w, fault.New(fault.Forbidden, "the origin %s may not call this kai", clip(origin)).
			WithRemedy("add it to networking.cors.origins if you trust it"))
		return false
	}
	w.Header().Set("Access-Control-Allow-Origin", origin)
	w.Header().Set("Access-Control-Expose-Headers", "Location, Retry-After")
	if cors.Credentials {
		w.Header().Set("Access-Control-Allow-Credentials", "true")
	}
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		return methodListed(w, cors, r)
	}
	w.Header().Set("Access-Control-Allow-Methods", strings.Join(cors.Methods, ", "))
	w.Header().Set("Access-Control-Allow-Headers", strings.Join(cors.Headers, ", "))
	w.Header().Set("Access-Control-Max-Age", strconv.Itoa(int(preflightAge.Seconds())))
	w.WriteHeader(http.StatusNoContent)
	return false
}

// bodyLimit is how large a body may be: questions to models hold pictures and whole documents, and files are streamed.
func bodyLimit(r *http.Request) int64 {
	if r.URL.Path == files.Path && r.Method == http.MethodPost {
		return files.MaxBytes
	}
	if strings.HasPrefix(r.URL.Path, "/api/v1/") || strings.HasPrefix(r.URL.Path, "/v1/") || r.URL.Path == "/mcp" {
		return maxMessage
	}
	return maxBody
}

// methodListed refuses a method that other origins may not use: a browser sends some without asking first.
func methodListed(w http.ResponseWriter, cors config.Cors, r *http.Request) bool {
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if slices.Contains(cors.Methods, method) {
		return true
	}
	openapi.Refuse(w, fault.New(fault.Forbidden, "another origin may not use %s here", clip(method)).
		WithRemedy("add it to networking.cors.methods if you trust them"))
	return false
}

// listed says whether the configuration lets an origin in. "localhost" stands for this server's own names.
func listed(cors config.Cors, origin string, names hosts) bool {
	if !cors.Enabled || origin == "null" || cors.Credentials && slices.Contains(cors.Origins, "*") { // the configuration refuses that, too
		return false
	}
	own := strings.TrimPrefix(origin, names.scheme+"://")
	return slices.Contains(cors.Origins, origin) || slices.Contains(cors.Origins, "*") ||
		own != origin && slices.Contains(cors.Origins, "localhost") && (slices.Contains(names.names, own) || names.covered(own))
}

// securityHeaders say what the browser may do with our pages.
func securityHeaders(h http.Header, r *http.Request, names hosts) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "+
		"connect-src 'self' "+strings.Replace(names.scheme, "http", "ws", 1)+"://"+r.Host+"; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // "no-referrer" would make the sign-in form's Origin null
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// runsProgram lets a worker run WebAssembly. It holds for the worker that this is the script of, and for no page.
func runsProgram(h http.Header) {
	h.Set("Content-Security-Policy", strings.Replace(h.Get("Content-Security-Policy"), "script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'", 1))
}

// clip keeps what a stranger sent short in our answers.
func clip(text string) string {
	const longest = 100
	if len(text) > longest {
		return text[:longest] + "..."
	}
	return text
}
