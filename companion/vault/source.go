package vault

import (
	"encoding/json"
	"time"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Source is a file to import: a vault, an export in the clear, or what kai-cd wrote.
type Source struct {
	// Kind says to a person what the file is.
	Kind string
	// Locked says that Objects needs the password of the file.
	Locked bool

	open func(password config.Secret, now time.Time) ([]Object, error)
}

// Objects reads what the file holds. A wrong password answers fault.Unauthorized.
func (s Source) Objects(password config.Secret, now time.Time) ([]Object, error) {
	return s.open(password, now)
}

// ReadSource tells what a file is, by its content. An unknown one answers fault.Malformed.
func ReadSource(path string) (Source, error) {
	text, err := read(path)
	if fault.CodeOf(err) == fault.NotFound {
		return Source{}, fault.New(fault.NotFound, "there is no file %s", path)
	}
	if err != nil {
		return Source{}, err
	}
	return sourceOf(text)
}

// sourceOf tells what text is.
func sourceOf(text []byte) (Source, error) {
	var head struct {
		Format string `json:"format"`
	}
	_ = json.Unmarshal(text, &head) // what is no JSON has no format
	switch head.Format {
	case formatName:
		d, err := parse(text)
		return Source{Kind: "a vault", Locked: true, open: func(p config.Secret, _ time.Time) ([]Object, error) { return d.unlocked(p) }}, err
	case plainName:
		objects, err := readPlain(text)
		return Source{Kind: "an export in the clear", open: func(config.Secret, time.Time) ([]Object, error) { return objects, nil }}, err
	}
	blob, err := findBlob(text)
	return Source{Kind: "a vault of kai-cd", Locked: true, open: func(p config.Secret, now time.Time) ([]Object, error) { return openBlob(blob, p, now) }}, err
}

// unlocked opens all of a document that lies in no vault's place: wrong passwords are not counted, since whoever has the
// file can try without us.
func (d *document) unlocked(password config.Secret) ([]Object, error) {
	key, err := d.KDF.derive(password)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	box, err := aesgcm.New(key)
	if err != nil {
		return nil, err
	}
	if !d.fits(box) {
		return nil, fault.New(fault.Unauthorized, "the password of the file is wrong")
	}
	if !d.genuine(box) {
		return nil, damaged("somebody without its password changed it")
	}
	return d.all(box)
}
