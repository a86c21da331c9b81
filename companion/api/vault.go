package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"sync"
	"time"

	"github.com/kindos/kai/companion/openapi"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// Sessions that the vault's password opened end with the vault's unlocking, and at the latest after passAge.
const (
	passAge   = 12 * time.Hour
	maxPasses = 256
)

// Vault is what auth.mode local_vault signs in with.
type Vault interface {
	// Unlock takes the password, or says why not.
	Unlock(ctx context.Context, password config.Secret) error
	// Unlocking is closed when the vault locks; nil while it is locked.
	Unlocking() <-chan struct{}
	// Use begins the time after which the vault locks anew; false when it is locked.
	Use() bool
}

// Session is the answer of POST /api/auth/session: what to send as Authorization: Bearer, and until when it holds. It ends
// sooner when the vault locks.
type Session struct {
	Token string    `json:"token"`
	Ends  time.Time `json:"ends"`
}

// pass is how long somebody is let in: until a moment (zero: for good) and until a channel closes (nil: never). With revoked
// it has to be looked at anew.
type pass struct {
	ends    time.Time
	until   <-chan struct{}
	revoked <-chan struct{}
}

// over says whether a pass has ended.
func (p pass) over(now time.Time) bool {
	select {
	case <-p.until:
		return true
	default:
		return !p.ends.IsZero() && !now.Before(p.ends)
	}
}

// passes are the sessions of a vault, by the hash of their token.
type passes struct {
	vault Vault
	now   func() time.Time

	mu   sync.Mutex // guards open
	open map[[sha256.Size]byte]pass
}

// newPasses prepares for a vault; nil for none.
func newPasses(vault Vault, now func() time.Time) *passes {
	if vault == nil {
		return nil
	}
	return &passes{vault: vault, now: now, open: map[[sha256.Size]byte]pass{}}
}

// grant makes a session while the vault is unlocked. Ended ones are forgotten; when there are too many, so is the first to
// end.
func (p *passes) grant() (Session, error) {
	until := p.vault.Unlocking()
	if until == nil {
		return Session{}, locked()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	var first [sha256.Size]byte
	for key, held := range p.open {
		if held.over(p.now()) {
			delete(p.open, key)
		} else if held.ends.Before(p.open[first].ends) || p.open[first].ends.IsZero() {
			first = key
		}
	}
	if len(p.open) >= maxPasses {
		delete(p.open, first)
	}
	s := Session{Token: rand.Text(), Ends: p.now().Add(passAge)}
	p.open[sha256.Sum256([]byte(s.Token))] = pass{ends: s.Ends, until: until}
	return s, nil
}

// find finds a session that has not ended.
func (p *passes) find(token string) (pass, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	held, ok := p.open[sha256.Sum256([]byte(token))]
	return held, ok && !held.over(p.now())
}

// end forgets a session.
func (p *passes) end(token string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, sha256.Sum256([]byte(token)))
}

// admit lets the holder of a session in, and whoever has kai's own token (ours) while the vault is unlocked. Where that is
// no use, the time after which the vault locks goes on.
func (p *passes) admit(given string, ours, use bool) (pass, error) {
	held, ok := p.find(given)
	if ours {
		held, ok = pass{until: p.vault.Unlocking()}, true
	}
	if !ok || held.until == nil || !p.unlocked(use) {
		return pass{}, locked()
	}
	return held, nil
}

// unlocked says whether the vault is, and begins its time anew where that is a use.
func (p *passes) unlocked(use bool) bool {
	if use {
		return p.vault.Use()
	}
	return p.vault.Unlocking() != nil
}

// locked says that nobody comes in without the password.
func locked() error {
	return fault.New(fault.Locked, "this kAI is locked").WithRemedy("unlock it with its password, in the web app or with: kai vault unlock")
}

// using makes each request a use of the vault, so that it does not lock under the hands of whoever works. What the settings
// ask by themselves as long as they are open is none: they may have been left open.
func (p *passes) using(next protocol.Handler) protocol.Handler {
	if p == nil {
		return next
	}
	return protocol.HandlerFunc(func(ctx context.Context, r *protocol.Request) (any, error) {
		if !p.unlocked(r.Method != assistant.MethodSyncState && r.Method != assistant.MethodClientsState) {
			return nil, locked()
		}
		return next.Serve(ctx, r)
	})
}

// openSession takes the vault's password and gives a session; our own page gets it as its cookie, too.
func (s *Server) openSession(w http.ResponseWriter, r *http.Request) {
	if s.passes == nil {
		openapi.Refuse(w, fault.New(fault.Unsupported, "this kAI has no password: auth.mode is none").WithRemedy("sign in with: kai open"))
		return
	}
	password, err := passwordOf(r)
	if err == nil {
		err = s.opt.Vault.Unlock(r.Context(), password)
	}
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	given, err := s.passes.grant()
	if err != nil {
		openapi.Refuse(w, err)
		return
	}
	if s.ownPage(r) {
		s.setCookie(w, sessionCookie, given.Token, "/api", passAge)
	}
	answer(w, http.StatusOK, given)
}

// passwordOf reads the password of a request. Only JSON: no form of another site can send that.
func passwordOf(r *http.Request) (config.Secret, error) {
	var in struct {
		Password string `json:"password"`
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := json.NewDecoder(r.Body).Decode(&in)
	if kind == "application/json" && err == nil && in.Password != "" {
		return config.Secret(in.Password), nil
	}
	return "", fault.Wrap(fault.Invalid, errors.Join(err, errors.New(kind)), "the password is missing").WithField("password").
		WithRemedy(`send {"password": "..."} as application/json`)
}

// clearStorage has a browser forget what a page keeps; not "cookies", since those of every other port of this host would go,
// too.
const clearStorage = `"storage"`

// endSession signs out: the session that was shown ends, the cookies go, and so does all that the page kept in the browser.
func (s *Server) endSession(w http.ResponseWriter, r *http.Request) {
	if s.passes != nil {
		s.passes.end(s.shown(r))
	}
	s.signOut(w)
	w.Header().Set("Clear-Site-Data", clearStorage)
	w.WriteHeader(http.StatusNoContent)
}
