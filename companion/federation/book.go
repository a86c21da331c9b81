// Package federation is this kai among kai of other people: whom it lets in, what each may ask for, and the connections.
//
// Nobody is in the book until a person writes them there, and everything beyond being known is by consent: questions and the
// state of this kai are let go one by one. What is said is shared/klp, over whatever moves whole frames. Imports
// companion/{api,datadir}, shared/{klp,protocol,fault}, coder/websocket and x/time/rate.
package federation

import (
	"net/url"
	"slices"
	"strings"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

const (
	bookFile     = "federation.json"
	maxPeers     = 100 // definitions 2.9
	maxNameRunes = 80
)

// Peer is another kai in the book.
type Peer struct {
	Name  string `json:"name"`
	ID    klp.ID `json:"id"`
	URL   string `json:"url,omitempty"`   // where it is dialed; empty when it comes by itself
	Tasks bool   `json:"tasks,omitempty"` // it may ask questions here
	State bool   `json:"state,omitempty"` // it is told what this kai has
}

// may lists what it may ask for here.
func (p Peer) may() (out []string) {
	if p.Tasks {
		out = append(out, klp.TypeTaskRequest)
	}
	if p.State {
		out = append(out, klp.TypeStateSync)
	}
	return out
}

// is says whether a person means it by a name, an identity or a short form.
func (p Peer) is(who string) bool { return p.Name == who || string(p.ID) == who || p.ID.Short() == who }

// Change is what a person allows; nil leaves as it is.
type Change struct {
	Name  *string
	URL   *string // see Address; "" to dial it no more
	Tasks *bool
	State *bool
}

// Book is the list of who may come in, in a data directory. It is read anew each time, so that a change holds at once.
type Book struct{ list datadir.List[Peer] }

// BookIn is the book of a data directory; it need not exist.
func BookIn(dir datadir.Dir) Book {
	return Book{datadir.List[Peer]{Dir: dir, File: bookFile, Lost: func(err error) error {
		return fault.New(fault.Invalid, "the list of allowed kai in %s cannot be read: %w", dir.File(bookFile), err).
			WithRemedy("repair that file, or remove it and allow them anew")
	}}}
}

// List answers all peers, by name.
func (b Book) List() ([]Peer, error) { return b.list.Read() }

// Find answers one, by its name, its identity or its short form; fault.NotFound.
func (b Book) Find(who string) (Peer, error) {
	all, err := b.List()
	if err != nil {
		return Peer{}, err
	}
	if at := slices.IndexFunc(all, func(p Peer) bool { return p.is(who) }); at >= 0 {
		return all[at], nil
	}
	return Peer{}, unknown(who)
}

func unknown(who string) error {
	return fault.New(fault.NotFound, "no kai %q is allowed here", klp.Clip(who)).WithRemedy("kai klp peers tells which are")
}

// Allow writes a kai into the book, or changes what it may.
func (b Book) Allow(id klp.ID, c Change) (changed Peer, err error) {
	if c.URL != nil && *c.URL != "" {
		address, err := Address(*c.URL)
		if err != nil {
			return Peer{}, err
		}
		c.URL = &address
	}
	err = b.list.Change(func(all []Peer) ([]Peer, error) {
		at := slices.IndexFunc(all, func(p Peer) bool { return p.ID == id })
		if at < 0 {
			at, all = len(all), append(all, Peer{ID: id, Name: id.Short()})
		}
		c.make(&all[at])
		changed = all[at]
		slices.SortFunc(all, func(x, y Peer) int { return strings.Compare(x.Name, y.Name) })
		return all, check(all, changed)
	})
	return changed, err
}

// make changes a peer.
func (c Change) make(p *Peer) {
	if c.Name != nil {
		p.Name = klp.Clip(*c.Name)
	}
	set(&p.URL, c.URL)
	set(&p.Tasks, c.Tasks)
	set(&p.State, c.State)
}

func set[T any](at *T, to *T) {
	if to != nil {
		*at = *to
	}
}

// check says whether a peer fits into the book.
func check(all []Peer, p Peer) error {
	if len(all) > maxPeers {
		return fault.New(fault.Exhausted, "at most %d kai are allowed", maxPeers).WithRemedy("kai klp remove one first")
	}
	if p.Name == "" || len([]rune(p.Name)) > maxNameRunes {
		return fault.New(fault.Invalid, "a name has 1 to %d characters", maxNameRunes).WithRemedy("write another with --name")
	}
	for _, other := range all {
		if other.Name == p.Name && other.ID != p.ID {
			return fault.New(fault.Invalid, "another kai is called %s already", p.Name).WithRemedy("write another with --name")
		}
	}
	return nil
}

// Remove takes a kai out, by its name, its identity or its short form; fault.NotFound.
func (b Book) Remove(who string) (gone Peer, err error) {
	err = b.list.Change(func(all []Peer) ([]Peer, error) {
		at := slices.IndexFunc(all, func(p Peer) bool { return p.is(who) })
		if at < 0 {
			return nil, unknown(who)
		}
		gone = all[at]
		return slices.Delete(all, at, at+1), nil
	})
	return gone, err
}

// Address reads where a kai is dialed: ws:// or wss://. What is said is encrypted for the two in either case, so ws:// will
// do; without a path it is the one of kai.
func Address(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fault.New(fault.Invalid, "that is not the address of a kai").WithRemedy("write it as ws://192.168.1.20:8080 or wss://kai.example.org")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = api.KLPPath
	}
	return u.String(), nil
}
