// Package clients keeps who may use the API beside the person's own token: programs and remote browsers, each let in once by
// name, with a token of its own that can be taken back without disturbing the others.
//
// Tokens are kept as digests: whoever reads the file can use none of them. Imports companion/datadir and shared/fault.
package clients

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

const (
	file         = "clients.json"
	goneFile     = "clients-revoked.json" // digests of tokens that were taken back
	maxGone      = 500
	prefix       = "kai_" // so that a token that was published by mistake is recognised by scanners
	tokenBytes   = 32
	maxNameRunes = 80
	maxClients   = 200
)

// Client is somebody who was let in.
type Client struct {
	Name   string    `json:"name"`
	Added  time.Time `json:"added"`
	Digest string    `json:"sha256"` // of the token, in hex
}

// Book is the list of clients in a data directory. It is read anew for every call, so that a token that is taken back is
// refused at once.
type Book struct {
	list datadir.List[Client]
	gone datadir.List[string]
}

// In is the book of a data directory; it need not exist.
func In(dir datadir.Dir) Book {
	lost := func(err error) error {
		return fault.New(fault.Invalid, "the list of clients in %s cannot be read: %w", dir.File(file), err).
			WithRemedy("repair that file, or remove it and let them in anew")
	}
	return Book{
		list: datadir.List[Client]{Dir: dir, File: file, Lost: lost},
		gone: datadir.List[string]{Dir: dir, File: goneFile, Lost: func(err error) error { return err }},
	}
}

// List answers all clients, by name.
func (b Book) List() ([]Client, error) { return b.list.Read() }

// Add lets somebody in and gives their token, which is shown this once.
func (b Book) Add(name string, now time.Time) (token string, err error) {
	name = strings.Join(strings.Fields(name), " ")
	if name == "" || len([]rune(name)) > maxNameRunes || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", fault.New(fault.Invalid, "a client's name has 1 to %d characters", maxNameRunes).WithRemedy("write another")
	}
	var raw [tokenBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24
	token = prefix + base64.RawURLEncoding.EncodeToString(raw[:])
	return token, b.list.Change(func(all []Client) ([]Client, error) {
		if slices.ContainsFunc(all, func(c Client) bool { return c.Name == name }) {
			return nil, fault.New(fault.Conflict, "there is a client %q already", name).WithRemedy("write another name, or take its token back first: kai clients revoke %q", name)
		}
		if len(all) >= maxClients {
			return nil, fault.New(fault.Exhausted, "there are %d clients already", maxClients).WithRemedy("take back those that are not used")
		}
		all = append(all, Client{Name: name, Added: now.UTC().Truncate(time.Second), Digest: digest(token)})
		slices.SortFunc(all, func(x, y Client) int { return strings.Compare(x.Name, y.Name) })
		return all, nil
	})
}

// Revoke takes a client's token back; fault.NotFound.
func (b Book) Revoke(name string) error {
	return b.list.Change(func(all []Client) ([]Client, error) {
		at := slices.IndexFunc(all, func(c Client) bool { return c.Name == name })
		if at < 0 {
			return nil, fault.New(fault.NotFound, "there is no client %q", name).WithRemedy("kai clients list tells which there are")
		}
		_ = b.gone.Change(func(gone []string) ([]string, error) { // else its browser keeps its copy; the token is refused all the same
			gone = append(gone, all[at].Digest)
			return gone[max(len(gone)-maxGone, 0):], nil
		})
		return slices.Delete(all, at, at+1), nil
	})
}

// Knows says whether a token is a client's. A book that cannot be read knows nobody.
func (b Book) Knows(token string) bool {
	known, _ := b.look(token)
	return known
}

// Revoked says whether a token was a client's and was taken back. One that nobody ever had is none, so that no other page of
// this computer can say in a browser's name that it was revoked. Of a book that cannot be read nobody can tell.
func (b Book) Revoked(token string) bool {
	known, err := b.look(token)
	if err != nil || known || !strings.HasPrefix(token, prefix) {
		return false
	}
	gone, err := b.gone.Read()
	return err == nil && slices.Contains(gone, digest(token))
}

func (b Book) look(token string) (known bool, err error) {
	if !strings.HasPrefix(token, prefix) {
		return false, nil
	}
	all, err := b.List()
	if err != nil {
		return false, err
	}
	given, found := []byte(digest(token)), 0
	for _, c := range all { // all of them, so that time tells nothing
		found |= subtle.ConstantTimeCompare(given, []byte(c.Digest))
	}
	return found == 1, nil
}

func digest(token string) string {
	sum := sha256.Sum256([]byte(token))
	return hex.EncodeToString(sum[:])
}
