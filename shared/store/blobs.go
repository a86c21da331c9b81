package store

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// BlobStore is the optional power of keeping large content beside the records: pictures, documents.
//
// A blob is named by the SHA-256 of its bytes, so the same bytes are kept once. A record holds on to a blob by having its
// name anywhere in its body; lists of records never read blobs. Put the blob before the record that names it: a blob is
// young from then on, and a sweep spares the young. Methods behave on closed stores and ended contexts as Store's do.
type BlobStore interface {
	// PutBlob keeps all that content gives, in bounded memory. What was there already becomes young again. When content
	// fails or ctx ends nothing is kept; a full disk answers fault.Exhausted.
	PutBlob(ctx context.Context, content io.Reader) (Blob, error)

	// ReadBlob gives length bytes from offset on, to the end when length is negative; past the end there are none. A name
	// that is not kept answers fault.NotFound. Bytes that no longer fit the name answer fault.Malformed: on a read from the
	// start to the end in the place of io.EOF, on any other before the first byte.
	ReadBlob(ctx context.Context, name string, offset, length int64) (io.ReadCloser, error)

	// ListBlobs gives at most limit blobs (0 means DefaultPage) after a name, in the order of names.
	ListBlobs(ctx context.Context, after string, limit int) ([]Blob, error)

	// SweepBlobs deletes the blobs that no record names and that were last put before a time, and says which.
	SweepBlobs(ctx context.Context, before time.Time) ([]Blob, error)
}

// Blob is what is known of a blob. Size is in bytes; Put is when it was last put.
type Blob struct {
	Name string    `json:"name"`
	Size int64     `json:"size"`
	Put  time.Time `json:"put"`
}

// Blobs is the way to a store's blobs, or fault.Unsupported.
func Blobs(s Store) (BlobStore, error) {
	if b, ok := s.(BlobStore); ok {
		return b, nil
	}
	return nil, fault.New(fault.Unsupported, "this record store keeps no blobs").WithRemedy("keep the content in a record's body")
}

// blobScheme begins every name; 64 hexadecimal digits follow.
const blobScheme = "sha256:"

const blobDigits = 64

// BlobName writes the name of a blob with that SHA-256.
func BlobName(sum []byte) string { return BlobNamed(hex.EncodeToString(sum)) }

// BlobNamed writes the name of a blob whose SHA-256 has those hexadecimal digits.
func BlobNamed(digits string) string { return blobScheme + digits }

// BlobDigits is the static check of a name; it gives the hexadecimal digits.
func BlobDigits(name string) (string, error) {
	digits, ok := strings.CutPrefix(name, blobScheme)
	if !ok || !areDigits(digits) {
		return "", fault.New(fault.Invalid, "%s is not the name of a blob", quoted(name)).WithField("name").
			WithRemedy("write %s and 64 hexadecimal digits", blobScheme)
	}
	return digits, nil
}

func areDigits(text string) bool {
	return len(text) == blobDigits && strings.Trim(text, "0123456789abcdef") == ""
}

// CheckBlobRange is the static check of ReadBlob.
func CheckBlobRange(name string, offset int64) error {
	if _, err := BlobDigits(name); err != nil {
		return err
	}
	if offset < 0 {
		return fault.New(fault.Invalid, "a blob has no byte %d", offset).WithField("offset").WithRemedy("count from 0")
	}
	return nil
}

// CheckBlobList is the static check of ListBlobs; it fills in the limit.
func CheckBlobList(after string, limit int) (int, error) {
	if after != "" {
		if _, err := BlobDigits(after); err != nil {
			return 0, err
		}
	}
	return CheckLimit(limit)
}

// NoBlob is what reading a blob answers that is not kept.
func NoBlob(name string) error {
	return fault.New(fault.NotFound, "the blob %s is not kept here", quoted(name)).WithField("name")
}

// SpoiltBlob is what reading a blob answers whose bytes are not those it was put with.
func SpoiltBlob(name string) error {
	return fault.New(fault.Malformed, "the blob %s is damaged", quoted(name)).
		WithRemedy("put it again from where it came, or restore a backup")
}

// BlobNames gives the names of blobs in a body. One that is only written about counts too: that spares a blob, which is
// the safe side.
func BlobNames(body json.RawMessage) []string {
	if bytes.Contains(body, []byte(`\u`)) { // any letter of a name may be escaped
		if plain, err := Canonical(body); err == nil {
			body = plain
		}
	}
	var names []string
	for {
		at := bytes.Index(body, []byte(blobScheme))
		if at < 0 {
			return names
		}
		body = body[at+len(blobScheme):]
		if len(body) >= blobDigits && areDigits(string(body[:blobDigits])) {
			names = append(names, blobScheme+string(body[:blobDigits]))
		}
	}
}

// While reads from content until ctx ends; then it answers the context's fault.
func While(ctx context.Context, doing string, content io.Reader) io.Reader {
	return &whileReader{ctx, doing, content}
}

type whileReader struct {
	ctx     context.Context //nolint:containedctx // a read has no context of its own
	doing   string
	content io.Reader
}

func (r *whileReader) Read(p []byte) (int, error) {
	if err := Ended(r.ctx, r.doing); err != nil {
		return 0, err
	}
	return r.content.Read(p)
}

// BlobHolds are the blobs that records name, as far as a change feed has been followed. The zero value has seen nothing.
type BlobHolds struct {
	names map[string]bool
	since uint64
}

// Follow reads the feed to its end. What an earlier state named stays: the next sweep starts anew.
func (h *BlobHolds) Follow(ctx context.Context, s Store) error {
	if h.names == nil {
		h.names = map[string]bool{}
	}
	for {
		feed, err := s.Changes(ctx, h.since, scanPage)
		if err != nil {
			return err
		}
		for _, r := range feed.Records {
			for _, name := range BlobNames(r.Body) {
				h.names[name] = true
			}
		}
		if h.since = feed.Seq; !feed.More {
			return nil
		}
	}
}

// Holds says whether a record names the blob.
func (h *BlobHolds) Holds(name string) bool { return h.names[name] }
