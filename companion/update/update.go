// Package update replaces this program by a newer release of it: it reads the signed manifest of a channel, downloads,
// checks, tries the new program out, keeps the old one, replaces, and goes back when the new one does not work.
//
// The rules are those of section 2.9 of the adopted definitions: HTTPS only, signature and SHA-256 before replacing, a
// backup first, a self-test after, and a program that failed is never taken again. Imports companion/{datadir,filelock},
// shared/fault, x/mod's versions and the standard library.
package update

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/kindos/kai/shared/fault"
)

// Source is where releases come from and whose signature they carry. The build stamps it.
type Source struct {
	Key ed25519.PublicKey
	URL string // of the folder of the channels, without a slash at its end
}

// ParseSource reads what the build stamped: the key in hex, @, and the address. Nothing stamped is fault.Unsupported.
func ParseSource(stamp string) (Source, error) {
	if stamp == "" {
		return Source{}, fault.New(fault.Unsupported, "this kai was built without the key of releases, so it cannot update itself").
			WithRemedy("get the newer release where this one came from, and put it in its place while kai is stopped")
	}
	text, address, _ := strings.Cut(stamp, "@")
	key, err := hex.DecodeString(text)
	u, bad := url.Parse(address)
	if err != nil || len(key) != ed25519.PublicKeySize || bad != nil || u.Scheme != "https" || u.Host == "" {
		return Source{}, fault.New(fault.Invalid, "the source of updates in this build is not KEY@https://ADDRESS").WithRemedy("build kai anew, with make dist")
	}
	return Source{Key: key, URL: strings.TrimRight(address, "/")}, nil
}

// Updater replaces one program.
type Updater struct {
	Source  Source
	ID      string // what the releases are of, such as kai-linux-amd64
	Version string // of this program
	Program string // its path, links resolved
	Folder  string // where the state is kept: the data directory

	Backup func(ctx context.Context, version string) (folder string, err error) // of the records; "" when there are none
	Client *http.Client                                                         // see NewClient
	Now    func() time.Time
	After  func(step string) // is told of each step of Apply that is done; nil for nobody
}

// The verdicts on a release that a channel offers.
const (
	Current   = "current"   // it is this one
	Older     = "older"     // than this one
	Available = "available" // it is newer, and this installation may have it
	Later     = "later"     // it is newer, and this installation's turn has not come
	Blocked   = "blocked"   // it did not work here
)

// Offer is what a channel offers, and what to make of it.
type Offer struct {
	Verdict  string   `json:"verdict"`
	Version  string   `json:"version"` // of this program
	Why      string   `json:"why,omitempty"`
	Manifest Manifest `json:"manifest"`
}

// Check asks the channel of the state and notes the answer there.
func (u Updater) Check(ctx context.Context) (Offer, error) {
	var out Offer
	err := u.locked(func(s *State) error {
		var err error
		out, err = u.offer(ctx, s)
		return err
	})
	return out, err
}

// offer asks the channel, and notes what it found or why not.
func (u Updater) offer(ctx context.Context, s *State) (Offer, error) {
	out, err := u.ask(ctx, *s)
	s.Checked, s.Problem = u.Now().UTC().Truncate(time.Second), ""
	if err != nil {
		s.Problem = fault.Public(err).Message
		return out, err
	}
	s.Offered, s.Verdict = out.Manifest.Version, out.Verdict
	return out, nil
}

func (u Updater) ask(ctx context.Context, s State) (Offer, error) {
	if !semver.IsValid("v" + u.Version) {
		return Offer{}, fault.New(fault.Unsupported, "this kai is no release but %q, so nothing tells what is newer", u.Version).WithRemedy("use a release")
	}
	text, err := u.fetch(ctx, u.Source.URL+"/"+s.Channel+"/"+u.ID+".json")
	if err != nil {
		return Offer{}, err
	}
	m, err := Parse(text, u.Source.Key)
	switch {
	case err != nil:
		return Offer{}, err
	case m.ID != u.ID || m.Channel != s.Channel:
		return Offer{}, fault.New(fault.Malformed, "the server offers %s of channel %s, and not %s of %s", m.ID, m.Channel, u.ID, s.Channel).
			WithRemedy("nothing was changed; try again later")
	}
	return u.judge(m, s), nil
}

// judge says what a release is to this installation.
func (u Updater) judge(m Manifest, s State) Offer {
	out := Offer{Verdict: Available, Version: u.Version, Manifest: m}
	order := semver.Compare("v"+m.Version, "v"+u.Version)
	switch why := m.Rollout.waits(s.Number, u.Now()); {
	case order == 0:
		out.Verdict = Current
	case s.blocks(m.SHA256):
		out.Verdict, out.Why = Blocked, "it did not work on this computer, or was taken back"
	case order < 0:
		out.Verdict = Older
	case why != "" && !m.Mandatory:
		out.Verdict, out.Why = Later, why
	}
	return out
}
