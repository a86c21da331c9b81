package vault

import (
	"bytes"
	"crypto/cipher"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// The mark at the head of the file.
const (
	formatName    = "kai-vault"
	formatVersion = 2
	maxFile       = 64 << 20
)

// document is the file. It is JSON in exactly one form: what does not read back to the same bytes is damaged.
//
// A box is 12 bytes of nonce and then the ciphertext with its tag, AES-256-GCM. What is bound to it is a list of fields,
// each after its length in four bytes, big-endian: a word for the purpose, the head (format, version, kdf), and
//
//	check   nothing; the box is empty. Opens with the right password only
//	object  id, type; the box is the secret
//	seal    check, then of each object: id, type, number of tags, tags, name, created_at, encrypted; the box is empty
//
// Sum is the SHA-256 of the fields of the seal and the seal itself. It needs no key, so that damage by chance is told apart
// from a wrong password; damage on purpose breaks the seal.
type document struct {
	Format  string         `json:"format"`
	Version int            `json:"version"`
	KDF     KDF            `json:"kdf"`
	Check   []byte         `json:"check"`
	Objects []sealedObject `json:"objects"`
	Seal    []byte         `json:"seal"`
	Sum     string         `json:"sum"`
}

// sealedObject is an object as the file holds it.
type sealedObject struct {
	Entry
	Encrypted []byte `json:"encrypted"`
}

// parse reads a file and checks all that needs no key. A wrong one is fault.Malformed, a newer one fault.Unsupported.
func parse(text []byte) (*document, error) {
	var head struct {
		Format  string `json:"format"`
		Version int    `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil || head.Format != formatName {
		return nil, damaged("it does not read as a vault")
	}
	if head.Version != formatVersion {
		return nil, fault.New(fault.Unsupported, "the vault has version %d, this kai reads %d", head.Version, formatVersion).WithRemedy("open it with the kai that wrote it")
	}
	d := &document{}
	if err := json.Unmarshal(text, d); err != nil {
		return nil, damaged("it does not read as a vault")
	}
	if err := d.KDF.check(); err != nil {
		return nil, err
	}
	if !bytes.Equal(d.text(), text) || d.Sum != d.sum() {
		return nil, damaged("its checksum does not fit")
	}
	return d, d.order()
}

// order wants valid entries, sorted, each id once.
func (d *document) order() error {
	if d.Objects == nil || len(d.Objects) > MaxObjects {
		return damaged("it has no list, or one that is too long")
	}
	for i, o := range d.Objects {
		if o.check() != nil || i > 0 && d.Objects[i-1].ID >= o.ID {
			return damaged("its list is not in order")
		}
	}
	return nil
}

// text is the file.
func (d *document) text() []byte {
	text, err := json.MarshalIndent(d, "", " ")
	if err != nil {
		return nil // a year that JSON cannot write: unlike any file
	}
	return append(text, '\n')
}

// damaged says that a file is not what was written.
func damaged(how string) error {
	return fault.New(fault.Malformed, "the vault is damaged: %s", how).WithRemedy("put a copy of the file in its place, or import an export of it")
}

// join writes fields after one another so that no two lists give the same bytes.
func join(fields [][]byte) []byte {
	var out []byte
	for _, f := range fields {
		out = binary.BigEndian.AppendUint32(out, uint32(len(f))) //nolint:gosec // a file has at most 64 MiB
		out = append(out, f...)
	}
	return out
}

// bound is what is bound to a box of that purpose.
func (d *document) bound(purpose string, more ...[]byte) []byte {
	fields := append([][]byte{[]byte(purpose), []byte(d.Format), []byte(strconv.Itoa(d.Version))}, d.KDF.fields()...)
	return join(append(fields, more...))
}

// boundObject is what is bound to an object's secret.
func (d *document) boundObject(e Entry) []byte {
	return d.bound("object", []byte(e.ID), []byte(e.Type))
}

// whole is all that the file says but its end.
func (d *document) whole() [][]byte {
	fields := [][]byte{d.Check}
	for _, o := range d.Objects {
		fields = append(fields, []byte(o.ID), []byte(o.Type), []byte(strconv.Itoa(len(o.Tags))))
		for _, tag := range o.Tags {
			fields = append(fields, []byte(tag))
		}
		fields = append(fields, []byte(o.Metadata.Name), []byte(o.Metadata.Created.Format(time.RFC3339Nano)), o.Encrypted)
	}
	return fields
}

// sum is the checksum that needs no key.
func (d *document) sum() string {
	sum := sha256.Sum256(d.bound("sum", append(d.whole(), d.Seal)...))
	return hex.EncodeToString(sum[:])
}

// finish seals the document as it is now.
func (d *document) finish(box cipher.AEAD) {
	d.Seal = lay(box, nil, d.bound("seal", d.whole()...))
	d.Sum = d.sum()
}

// genuine says whether whoever wrote the document had the key.
func (d *document) genuine(box cipher.AEAD) bool {
	_, ok := lift(box, d.Seal, d.bound("seal", d.whole()...))
	return ok
}

// fits says whether the key is that of the document.
func (d *document) fits(box cipher.AEAD) bool {
	_, ok := lift(box, d.Check, d.bound("check"))
	return ok
}

// object opens one object.
func (d *document) object(box cipher.AEAD, o sealedObject) (Object, error) {
	value, ok := lift(box, o.Encrypted, d.boundObject(o.Entry))
	if !ok {
		return Object{}, damaged("the secret of " + o.ID + " does not open")
	}
	return Object{Entry: o.Entry, Value: config.Secret(value)}, nil
}

// lay encrypts.
func lay(box cipher.AEAD, plain, bound []byte) []byte {
	return box.Seal(nil, nil, plain, bound) //nolint:gosec // the cipher takes its own nonce, a random one
}

// lift decrypts; false when the key, the box or what is bound is another.
func lift(box cipher.AEAD, sealed, bound []byte) ([]byte, bool) {
	plain, err := box.Open(nil, nil, sealed, bound)
	return plain, err == nil
}
