package api

import (
	"net"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/fault"
)

// The addresses of a browser that waits to be let in, and the cookie by which it is known again.
const (
	pathAsk     = "/login/ask"
	pathWait    = "/login/wait"
	pairCookie  = "kai-waiting"
	pairingPath = "/login"
)

func (s *Server) describePairing(doc huma.API) {
	if s.opt.Door == nil {
		return
	}
	op := huma.Operation{Tags: []string{"Signing in"}, Security: openapi.Everybody()}
	op.OperationID, op.Method, op.Path, op.Summary = "askToBeLetIn", http.MethodPost, pathAsk, "Have a browser wait until a person lets it in"
	op.Responses = map[string]*huma.Response{"303": {Description: "To the page that waits."}}
	openapi.Raw(doc, op, s.askToBeLetIn)
	op.OperationID, op.Method, op.Path, op.Summary = "waitToBeLetIn", http.MethodGet, pathWait, "The page of a browser that waits"
	op.Responses = map[string]*huma.Response{
		"200": {Description: "It waits."}, "303": {Description: "It was let in; to the web app."}, "401": {Description: "It was not let in, or waits no more."},
	}
	openapi.Raw(doc, op, s.waitToBeLetIn)
}

// askToBeLetIn answers the form of the sign-in page.
func (s *Server) askToBeLetIn(w http.ResponseWriter, r *http.Request) {
	if !s.ownPage(r) {
		openapi.Refuse(w, fault.New(fault.Forbidden, "only the sign-in page of this kai may send this"))
		return
	}
	address, _, _ := net.SplitHostPort(r.RemoteAddr) // what the server writes has that form
	secret, err := s.opt.Door.Ask(clients.Called(r.UserAgent()), address)
	if err != nil {
		s.page(w, http.StatusServiceUnavailable, s.opt.Web.Page("Too many browsers wait to be let in. Try again in a few minutes."))
		return
	}
	s.setCookie(w, pairCookie, secret, pairingPath, clients.WaitAge)
	http.Redirect(w, r, pathWait, http.StatusSeeOther)
}

// waitToBeLetIn shows the code until a person has decided. What lets a browser in is a client's token of its own, so it goes
// with that client.
func (s *Server) waitToBeLetIn(w http.ResponseWriter, r *http.Request) {
	cookie, err := r.Cookie(pairCookie)
	if err != nil {
		s.page(w, http.StatusUnauthorized, s.opt.Web.Page("This browser does not wait any more. Ask once more."))
		return
	}
	waits, token, err := s.opt.Door.Enter(cookie.Value)
	switch {
	case fault.CodeOf(err) == fault.NotFound:
		s.page(w, http.StatusUnauthorized, s.opt.Web.Page("This browser was not let in."))
	case err != nil:
		openapi.Refuse(w, err)
	case token == "":
		s.page(w, http.StatusOK, s.opt.Web.Waiting(waits.Code))
	default:
		s.setCookie(w, pairCookie, "", pairingPath, -time.Second)
		if err := s.signInClient(w, token); err != nil {
			openapi.Refuse(w, err)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// signInClient gives a browser a client's token for its session.
func (s *Server) signInClient(w http.ResponseWriter, given string) error {
	token, err := s.opt.Token()
	if err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, given, "/api", sessionAge)
	s.setCookie(w, markCookie, mark(token), "/", sessionAge)
	return nil
}

// client says whether a token is a client's.
func (s *Server) client(token string) bool {
	return token != "" && s.opt.Client != nil && s.opt.Client(token)
}

// forget has a browser that is refused forget all that it keeps of this kai, as signing out does, where it shows the token of a
// client that was taken back. A session that only ended keeps its copy, which may have what was not exchanged.
func (s *Server) forget(w http.ResponseWriter, r *http.Request) {
	if s.opt.Revoked == nil || r.Header.Get("Authorization") != "" || !s.opt.Revoked(s.shown(r)) {
		return
	}
	s.signOut(w)
	w.Header().Set("Clear-Site-Data", clearStorage)
}

// CutClients ends the connections of all clients: those that are still let in come back at once.
func (s *Server) CutClients() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.revoked)
	s.revoked = make(chan struct{})
}

// untilRevoked is closed by the next CutClients.
func (s *Server) untilRevoked() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}
