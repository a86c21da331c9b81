package vault

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// What fits into a vault.
const (
	MaxValue   = 1 << 20 // bytes of one secret
	MaxObjects = 10_000
	maxID      = 128
	maxName    = 256 // bytes
	maxTags    = 16
	maxTag     = 64 // bytes
)

// Types lists what an object may be.
func Types() []string { return []string{"api_key", "token", "file", "json", "cert"} }

// Metadata is told about an object beside its secret.
type Metadata struct {
	Name    string    `json:"name,omitempty"`
	Created time.Time `json:"created_at"` // UTC, whole seconds
}

// Entry is an object without its secret: what whoever can read the file can see.
type Entry struct {
	ID       string   `json:"id"` // as in "vault:<id>"
	Type     string   `json:"type"`
	Tags     []string `json:"tags,omitempty"`
	Metadata Metadata `json:"metadata"`
}

// Object is an entry with its secret, which may be any bytes.
type Object struct {
	Entry
	Value config.Secret `json:"value"`
}

// check says what is wrong with an object, fault.Invalid.
func (o Object) check() error {
	if len(o.Value) > MaxValue {
		return fault.New(fault.Invalid, "the secret of %s is larger than 1 MiB", o.ID).WithRemedy("keep large files elsewhere, encrypted with a key from the vault")
	}
	if _, ok := o.Value.Reference(); ok {
		return fault.New(fault.Invalid, "the secret of %s is itself a reference into the vault", o.ID).WithRemedy("put the secret itself here")
	}
	return o.Entry.check()
}

// check says what is wrong with an entry, fault.Invalid.
func (e Entry) check() error {
	switch {
	case !validID(e.ID):
		return fault.New(fault.Invalid, "%q is no id", e.ID).WithRemedy("write up to %d letters, digits, dots, dashes and underscores; the first a letter or a digit", maxID)
	case !slices.Contains(Types(), e.Type):
		return fault.New(fault.Invalid, "%q is no type", e.Type).WithRemedy("write one of %s", strings.Join(Types(), ", "))
	case !line(e.Metadata.Name, maxName):
		return fault.New(fault.Invalid, "the name of %s is not one line of at most %d bytes", e.ID, maxName)
	case e.Metadata.Created.Year() < 1 || e.Metadata.Created.Year() > 9999:
		return fault.New(fault.Invalid, "%s was made in no year that can be written", e.ID)
	case len(e.Tags) > maxTags:
		return fault.New(fault.Invalid, "%s has more than %d tags", e.ID, maxTags)
	}
	for _, tag := range e.Tags {
		if tag == "" || !line(tag, maxTag) {
			return fault.New(fault.Invalid, "a tag of %s is not one line of 1 to %d bytes", e.ID, maxTag)
		}
	}
	return nil
}

// normal is the entry as a file holds it.
func (e Entry) normal() Entry {
	e.Metadata.Created = e.Metadata.Created.UTC().Truncate(time.Second)
	if len(e.Tags) == 0 {
		e.Tags = nil
	}
	return e
}

// validID says whether text can stand after "vault:".
func validID(text string) bool {
	return text != "" && len(text) <= maxID && strings.IndexFunc(text, notInID) < 0 && !strings.ContainsRune("._-", rune(text[0]))
}

// notInID says whether a character cannot be part of an id.
func notInID(r rune) bool {
	letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !letter && (r < '0' || r > '9') && !strings.ContainsRune("._-", r)
}

// line says whether text is at most that many bytes and harmless on a terminal.
func line(text string, limit int) bool {
	return len(text) <= limit && utf8.ValidString(text) && strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

// place finds an id among sorted entries.
func place(entries []sealedObject, id string) (int, bool) {
	return slices.BinarySearchFunc(entries, id, func(e sealedObject, id string) int { return strings.Compare(e.ID, id) })
}

// noObject says that nothing has that id.
func noObject(id string) error {
	return fault.New(fault.NotFound, "the vault has no %s", quoted(id)).WithRemedy("kai vault list tells what it has")
}

// quoted shows an id that may be anything.
func quoted(id string) string {
	if validID(id) {
		return id
	}
	return fmt.Sprintf("%q", id)
}
