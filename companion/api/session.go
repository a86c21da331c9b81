package api

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// The web app's cookies. Browsers send a cookie to every port of a host, so the session goes only to /api, where other
// local servers seldom look, and what decides which page is shown is a second cookie that opens nothing.
const (
	sessionCookie = "kai-session"
	markCookie    = "kai-signed-in"
	sessionAge    = 30 * 24 * time.Hour
	linkAge       = 5 * time.Minute
	maxLinks      = 32
)

// authorized answers fault.Unauthorized unless the request carries the token, or the web app's cookie from our own page.
// Where a vault's password opens kai, the session of that is wanted instead (fault.Locked), and the token is one only
// while the vault is unlocked. use says that somebody does something, so that the vault does not lock for idleness.
func (s *Server) authorized(r *http.Request, use bool) (pass, error) {
	token, err := s.opt.Token()
	if err != nil {
		return pass{}, err
	}
	given, shown, revoked := bearer(r), s.shown(r), s.untilRevoked()
	ours := given != "" && subtle.ConstantTimeCompare([]byte(given), []byte(token)) == 1
	client := !ours && s.client(shown)
	if !client {
		revoked = nil
	}
	switch {
	case s.passes != nil:
		held, err := s.passes.admit(shown, ours || client, use)
		held.revoked = revoked
		return held, err
	case ours || client:
		return pass{revoked: revoked}, nil
	case given != "":
		return pass{}, fault.New(fault.Unauthorized, "the token is wrong").WithRemedy("take the one that kai token prints, or a client's own: kai clients add NAME")
	case validSession(token, shown, s.opt.Now()):
		return pass{}, nil
	}
	return pass{}, fault.New(fault.Unauthorized, "this needs the token of this kai").
		WithRemedy("send Authorization: Bearer with what kai token prints, or sign in with kai open")
}

// bearer is the token in a request's header.
func bearer(r *http.Request) string {
	given, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return strings.TrimSpace(given)
}

// shown is the session that a request shows: in its header, or as our own page's cookie.
func (s *Server) shown(r *http.Request) string {
	if r.Header.Get("Authorization") != "" {
		return bearer(r)
	}
	if cookie, err := r.Cookie(sessionCookie); err == nil && s.ownPage(r) {
		return cookie.Value
	}
	return ""
}

// ownPage says whether a cookie may speak: the request comes from a page that we served, or from an origin that the
// configuration trusts with credentials.
func (s *Server) ownPage(r *http.Request) bool {
	s.mu.Lock()
	names := s.names
	s.mu.Unlock()
	origin := r.Header.Get("Origin")
	if origin != "" {
		return names.origin(origin, r) || s.cors().Credentials && listed(s.cors(), origin, names)
	}
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "same-origin" || site == "none"
}

// signIn gives the browser its cookies.
func (s *Server) signIn(w http.ResponseWriter) error {
	if s.passes != nil {
		given, err := s.passes.grant()
		if err == nil {
			s.setCookie(w, sessionCookie, given.Token, "/api", passAge)
		}
		return err
	}
	token, err := s.opt.Token()
	if err != nil {
		return err
	}
	s.setCookie(w, sessionCookie, session(token, s.opt.Now().Add(sessionAge)), "/api", sessionAge)
	s.setCookie(w, markCookie, mark(token), "/", sessionAge)
	return nil
}

// signOut takes them back.
func (s *Server) signOut(w http.ResponseWriter) {
	s.setCookie(w, sessionCookie, "", "/api", -time.Second)
	s.setCookie(w, markCookie, "", "/", -time.Second)
}

// setCookie writes one cookie that scripts and other sites can't use.
func (s *Server) setCookie(w http.ResponseWriter, name, value, path string, age time.Duration) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // over plain HTTP, Secure would keep it from being stored
		Name: name, Value: value, Path: path, MaxAge: int(age.Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
		Secure: s.opt.TLS != nil,
	})
}

// signedIn says whether the browser has been signed in, for choosing the page. It opens nothing.
func (s *Server) signedIn(r *http.Request) bool {
	cookie, err := r.Cookie(markCookie)
	token, failed := s.opt.Token()
	return err == nil && failed == nil && subtle.ConstantTimeCompare([]byte(cookie.Value), []byte(mark(token))) == 1
}

// session makes the value of a session: when it ends, and a seal by the token. A renewed token breaks every seal.
func session(token string, ends time.Time) string {
	until := strconv.FormatInt(ends.Unix(), 10)
	return until + "." + seal(token, "session "+until)
}

// validSession checks a session's seal and time.
func validSession(token, value string, now time.Time) bool {
	until, given, _ := strings.Cut(value, ".")
	ends, err := strconv.ParseInt(until, 10, 64)
	return err == nil && now.Unix() < ends && hmac.Equal([]byte(given), []byte(seal(token, "session "+until)))
}

// mark is the value of the cookie that opens nothing.
func mark(token string) string { return seal(token, "mark")[:16] }

// seal is a keyed hash of what was said.
func seal(token, said string) string {
	h := hmac.New(sha256.New, []byte(token))
	h.Write([]byte(said))
	return hex.EncodeToString(h.Sum(nil))
}

// links are one-time sign-in addresses.
type links struct {
	now func() time.Time

	mu   sync.Mutex // guards open
	open map[string]time.Time
}

// newLinks prepares an empty set.
func newLinks(now func() time.Time) *links {
	return &links{now: now, open: map[string]time.Time{}}
}

// create makes a link's secret. At most maxLinks are open; the oldest goes first.
func (l *links) create() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	oldest := ""
	for secret, made := range l.open {
		if oldest == "" || made.Before(l.open[oldest]) {
			oldest = secret
		}
	}
	if len(l.open) >= maxLinks {
		delete(l.open, oldest)
	}
	secret := rand.Text()
	l.open[secret] = l.now()
	return secret
}

// take uses a link up; false when there was none or it is too old.
func (l *links) take(secret string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	made, ok := l.open[secret]
	delete(l.open, secret)
	return ok && l.now().Sub(made) < linkAge
}
