// Package peers exchanges with other kai on other computers: who they are, how they are reached, and who may come in.
//
// Nobody is in the book until a person writes them there, so nothing is sent anywhere by default. Each connection is signed
// (companion/delta) and encrypted by TLS or a tunnel: an address that is neither is refused. Imports
// companion/{api,datadir,delta,exchange,sealed}, shared/{config,protocol,replica,store/lent,fault} and coder/websocket.
package peers

import (
	"cmp"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

const (
	bookFile     = "peers.json"
	maxNameRunes = 80
)

// Entry is another kai in the book.
type Entry struct {
	Name    string `json:"name"`
	ID      klp.ID `json:"id"`
	URL     string `json:"url,omitempty"`     // where it is dialed; empty when it is not
	Allowed bool   `json:"allowed,omitempty"` // it may dial us
	Key     string `json:"key,omitempty"`     // "vault:ID" of the key that it does not have: it keeps what it cannot read
}

// Book is the list of other kai in a data directory. It is read anew each time, so that a change holds at once.
type Book struct{ list datadir.List[Entry] }

// BookIn is the book of a data directory; it need not exist.
func BookIn(dir datadir.Dir) Book {
	return Book{datadir.List[Entry]{Dir: dir, File: bookFile, Lost: func(err error) error {
		return fault.New(fault.Invalid, "the list of other kai in %s cannot be read: %w", dir.File(bookFile), err).
			WithRemedy("repair that file, or remove it and add them anew")
	}}}
}

// List answers all entries, by name.
func (b Book) List() ([]Entry, error) { return b.list.Read() }

// Allow lets a kai dial us. An empty name keeps the one that it has, or takes its short form.
func (b Book) Allow(id klp.ID, name string) (Entry, error) {
	return b.edit(id, name, func(e *Entry) { e.Allowed = true })
}

// Add has a kai dialed from now on; see Address. With a key, a reference into the vault, it is sent nothing that it could
// read; an empty key keeps what holds for it.
func (b Book) Add(address string, id klp.ID, name, key string) (Entry, error) {
	address, err := Address(address)
	if err != nil {
		return Entry{}, err
	}
	if _, ok := config.Secret(key).Reference(); key != "" && !ok {
		return Entry{}, fault.New(fault.Invalid, "the key for encryption is kept in the vault").
			WithRemedy("put one there (kai sync key, then kai vault add sync) and write vault:sync")
	}
	return b.edit(id, name, func(e *Entry) { e.URL, e.Key = address, cmp.Or(key, e.Key) })
}

// Forget takes a kai out, by its name, its identity or its short form; fault.NotFound.
func (b Book) Forget(who string) (gone Entry, err error) {
	err = b.list.Change(func(all []Entry) ([]Entry, error) {
		at := slices.IndexFunc(all, func(e Entry) bool { return e.Name == who || string(e.ID) == who || e.ID.Short() == who })
		if at < 0 {
			return nil, fault.New(fault.NotFound, "there is no other kai %q here", who).WithRemedy("kai sync peers tells which there are")
		}
		gone = all[at]
		return slices.Delete(all, at, at+1), nil
	})
	return gone, err
}

// edit changes one entry, which is made when it is missing.
func (b Book) edit(id klp.ID, name string, change func(*Entry)) (changed Entry, err error) {
	err = b.list.Change(func(all []Entry) ([]Entry, error) {
		at := slices.IndexFunc(all, func(e Entry) bool { return e.ID == id })
		if at < 0 {
			at, all = len(all), append(all, Entry{ID: id, Name: id.Short()})
		}
		change(&all[at])
		if name != "" {
			all[at].Name = strings.Join(strings.Fields(name), " ")
		}
		changed = all[at]
		slices.SortFunc(all, func(x, y Entry) int { return strings.Compare(x.Name, y.Name) })
		if err := checkWay(changed); err != nil {
			return nil, err
		}
		return all, checkName(all, changed)
	})
	return changed, err
}

// checkName says whether an entry can be told from the others.
func checkName(all []Entry, e Entry) error {
	if e.Name == "" || len([]rune(e.Name)) > maxNameRunes {
		return fault.New(fault.Invalid, "a name has 1 to %d characters", maxNameRunes).WithRemedy("write another with --name")
	}
	for _, other := range all {
		if other.Name == e.Name && other.ID != e.ID {
			return fault.New(fault.Invalid, "another kai is called %s already", e.Name).WithRemedy("write another with --name")
		}
	}
	return nil
}

// checkWay refuses that whoever is to read nothing comes and takes what it could read.
func checkWay(e Entry) error {
	if e.Allowed && e.Key != "" {
		return fault.New(fault.Invalid, "%s is to keep what it cannot read, so it cannot be let in as well", e.Name).
			WithRemedy("kai sync forget %s first", e.Name)
	}
	return nil
}

// Address reads where a kai is dialed: wss:// anywhere, ws:// on this computer alone. What travels is signed and not
// encrypted by us, so a bare ws:// to another computer is refused with fault.Invalid. Without a path it is the one of kai.
func Address(text string) (string, error) {
	u, err := url.Parse(strings.TrimSpace(text))
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", fault.New(fault.Invalid, "that is not the address of a kai").WithRemedy("write it as wss://kai.example.org, or ws://127.0.0.1:9090 for a tunnel")
	}
	if u.Scheme == "ws" && !loopback(u.Hostname()) {
		return "", fault.New(fault.Invalid, "ws:// to another computer would send your conversations unencrypted").
			WithRemedy("put a proxy with TLS before that kai and write wss://, or open a tunnel with ssh -L 9090:127.0.0.1:%s %s and write ws://127.0.0.1:9090", portOf(u), u.Hostname())
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = api.SyncPath
	}
	return u.String(), nil
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return "8080"
}

// loopback says whether a host is this computer, whatever a name server says.
func loopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Zone() == "" && net.IP(ip.AsSlice()).IsLoopback()
}
