package api

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/companion/webapp"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
)

// Status is the answer of /api/status.
type Status struct {
	App      string        `json:"app"`
	Version  string        `json:"version"`
	Instance string        `json:"instance"`
	Health   driver.Health `json:"health"`
}

// Link is the answer of /api/login-link.
type Link struct {
	URL string `json:"url"`
}

// healthz says that the process lives. No secret, no detail: everybody who reaches us may ask.
func (s *Server) healthz(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, Short{"ok"})
}

// readyz says whether the mode serves; 503 while it does not.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	state := s.opt.Health(r.Context()).State
	code := http.StatusServiceUnavailable
	if state == driver.StateReady || state == driver.StateDegraded {
		code = http.StatusOK
	}
	answer(w, code, Short{string(state)})
}

// Status is everything about the running mode.
func (s *Server) Status(ctx context.Context) Status {
	return Status{App: s.opt.Hello.App, Version: s.opt.Hello.Version, Instance: s.opt.Hello.Instance, Health: s.opt.Health(ctx)}
}

// status tells it.
func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	answer(w, http.StatusOK, s.Status(r.Context()))
}

// stop ends kai in good order. The answer comes first, so it says only that stopping has begun.
func (s *Server) stop(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, Short{"stopping"})
	s.opt.Quit()
}

// loginByLink signs in whoever opens a one-time address first.
func (s *Server) loginByLink(w http.ResponseWriter, r *http.Request) {
	once := r.URL.Query().Get("once")
	if once == "" {
		s.page(w, http.StatusOK, s.opt.Web.Page(""))
		return
	}
	if !s.once.take(once) {
		s.page(w, http.StatusUnauthorized, s.opt.Web.Page("That link was used already, or is too old. Run kai open for a new one."))
		return
	}
	s.enter(w, r)
}

// loginByToken signs in by the form of the sign-in page. The guard has refused other origins; a form always names its own.
func (s *Server) loginByToken(w http.ResponseWriter, r *http.Request) {
	if !s.ownPage(r) {
		openapi.Refuse(w, fault.New(fault.Forbidden, "only the sign-in page of this kai may send this"))
		return
	}
	r.Header.Set("Authorization", "Bearer "+r.PostFormValue("token"))
	if _, err := s.authorized(r, true); err != nil {
		s.page(w, http.StatusUnauthorized, s.opt.Web.Page("That is not the token of this kai. Run kai token to see it."))
		return
	}
	if given := bearer(r); s.client(given) {
		if err := s.signInClient(w, given); err != nil {
			openapi.Refuse(w, err)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.enter(w, r)
}

// enter signs in and goes to the web app.
func (s *Server) enter(w http.ResponseWriter, r *http.Request) {
	if err := s.signIn(w); err != nil && fault.CodeOf(err) != fault.Locked { // a locked one says so on its own page
		openapi.Refuse(w, err)
		return
	}
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// file serves the web app; its pages only to a browser that has signed in. Where a vault's password is wanted, the page
// asks for it itself.
func (s *Server) file(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		http.Error(w, "There is nothing to send to here.", http.StatusMethodNotAllowed)
		return
	}
	page := webapp.PageAt(r.URL.Path)
	if page != "" && s.passes == nil && s.opt.Web.Built() && !s.signedIn(r) {
		s.page(w, http.StatusUnauthorized, s.opt.Web.Page(""))
		return
	}
	text, ok := s.opt.Web.Open(r.URL.Path)
	if !ok {
		text, ok = s.unpacked(w, r)
	}
	if !ok {
		http.Error(w, "There is no such file.", http.StatusNotFound)
		return
	}
	name := cmp.Or(page, path.Base(r.URL.Path))
	sum := sha256.Sum256(text)
	if name == webapp.Runtime {
		runsProgram(w.Header())
	}
	w.Header().Set("Content-Type", contentType(name))
	w.Header().Set("Cache-Control", "no-cache") // ask again, but a known ETag costs nothing
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(text))
}

// unpacked reads a file that is kept packed, as the browser can take it.
func (s *Server) unpacked(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	text, ok := s.opt.Web.Packed(r.URL.Path)
	w.Header().Add("Vary", "Accept-Encoding")
	if !ok {
		return nil, false
	}
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		w.Header().Set("Content-Encoding", "gzip")
		return text, true
	}
	reader, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return nil, false
	}
	text, err = io.ReadAll(reader)
	return text, err == nil
}

// page writes one of our own pages.
func (s *Server) page(w http.ResponseWriter, code int, text []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(text) // the reader has gone
}

// contentType names a file's type by its ending; the same on every platform.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".webmanifest":
		return "application/manifest+json"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".wasm":
		return "application/wasm"
	default:
		if known := mime.TypeByExtension(ext); known != "" {
			return known
		}
		return "application/octet-stream"
	}
}

// answer writes JSON.
func answer(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
}
