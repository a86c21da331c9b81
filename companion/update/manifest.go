package update

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"golang.org/x/mod/semver"

	"github.com/kindos/kai/shared/fault"
)

// The limits of a manifest, in bytes.
const (
	MaxManifest = 64 << 10
	maxText     = 256
	maxURL      = 2 << 10
)

const (
	signaturePrefix = "ed25519:"
	signedAs        = "kai-update-1\n" // goes before what is signed, so that a signature is good for nothing else
)

// Channels are the sorts of releases, the steadiest first.
func Channels() []string { return []string{"stable", "beta", "nightly"} }

// Manifest describes a release (adopted definitions, 2.9). URL is of the program itself, SHA256 its digest in hex.
type Manifest struct {
	ID               string  `json:"id"`
	Version          string  `json:"version"`
	Channel          string  `json:"channel"`
	SHA256           string  `json:"sha256"`
	URL              string  `json:"url"`
	ReleaseNotes     string  `json:"release_notes,omitempty"`
	Mandatory        bool    `json:"mandatory"`         // no installation waits for its turn
	DowngradeAllowed bool    `json:"downgrade_allowed"` // a person may go back to it
	Rollout          Rollout `json:"rollout"`
}

// Rollout says who may have a staged release: nobody before StartTime, BatchPercent of the installations from then on, all
// from EndTime on. A time that is zero is none.
type Rollout struct {
	Staged       bool      `json:"staged"`
	BatchPercent int       `json:"batch_percent"`
	StartTime    time.Time `json:"start_time,omitzero"`
	EndTime      time.Time `json:"end_time,omitzero"`
}

// waits says why an installation has to wait for a release; "" when it has not. Number is 0 to 99.
func (r Rollout) waits(number int, now time.Time) string {
	switch {
	case !r.Staged || !r.EndTime.IsZero() && !now.Before(r.EndTime):
		return ""
	case now.Before(r.StartTime):
		return "it is given out from " + r.StartTime.UTC().Format(time.DateTime) + " UTC on"
	case number >= r.BatchPercent:
		return "not everybody gets it at once, and the turn of this computer comes later"
	}
	return ""
}

// Sign writes a manifest with its signature: what a server serves.
func Sign(m Manifest, key ed25519.PrivateKey) ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing a manifest")
	}
	fields, _, canonical, err := split(text)
	if err != nil {
		return nil, err
	}
	fields["signature"] = signaturePrefix + hex.EncodeToString(ed25519.Sign(key, append([]byte(signedAs), canonical...)))
	return write(fields)
}

// Parse reads a manifest that key has signed. Fields that a later kai adds are signed too, and passed over. Anything else
// is fault.Malformed.
func Parse(text []byte, key ed25519.PublicKey) (Manifest, error) {
	var m Manifest
	if len(text) > MaxManifest {
		return m, malformed("is longer than %d KB", MaxManifest>>10)
	}
	_, signed, canonical, err := split(text)
	if err != nil {
		return m, err
	}
	digits, prefixed := strings.CutPrefix(signed, signaturePrefix)
	signature, err := hex.DecodeString(digits)
	if !prefixed || err != nil || !ed25519.Verify(key, append([]byte(signedAs), canonical...), signature) {
		return m, malformed("is not signed by the key that this kai trusts")
	}
	if err := json.Unmarshal(canonical, &m); err != nil {
		return Manifest{}, malformed("has a field of the wrong kind")
	}
	return m, m.check()
}

// split takes the signature out of a manifest, and writes the rest in its canonical form: keys sorted, no spaces, as RFC
// 8785 does. What that form would leave open, fractions and the separators U+2028 and U+2029, is refused.
func split(text []byte) (fields map[string]any, signature string, canonical []byte, err error) {
	in := json.NewDecoder(bytes.NewReader(text))
	in.UseNumber()
	if in.Decode(&fields) != nil || fields == nil || in.More() {
		return nil, "", nil, malformed("is no JSON object")
	}
	signature, _ = fields["signature"].(string)
	delete(fields, "signature")
	if !plain(fields) {
		return nil, "", nil, malformed("has a value that is not allowed there")
	}
	canonical, err = write(fields)
	return fields, signature, canonical, err
}

// plain says whether a value has one form only.
func plain(v any) bool {
	switch v := v.(type) {
	case json.Number:
		n, err := v.Int64()
		return err == nil && v.String() != "-0" && n < 1<<53 && n > -(1<<53)
	case string:
		return !strings.ContainsAny(v, "\u2028\u2029\ufffd")
	case []any:
		for _, item := range v {
			if !plain(item) {
				return false
			}
		}
	case map[string]any:
		for key, item := range v {
			if strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' }) || !plain(item) {
				return false
			}
		}
	}
	return true
}

func write(fields map[string]any) ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(fields); err != nil {
		return nil, fault.Wrap(fault.Internal, err, "writing a manifest")
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// check holds the fields against what they may be.
func (m Manifest) check() error {
	u, err := url.Parse(m.URL)
	digest, bad := hex.DecodeString(m.SHA256)
	switch {
	case m.ID == "" || len(m.ID) > maxText:
		return malformed("has no id")
	case !semver.IsValid("v"+m.Version) || len(m.Version) > maxText:
		return malformed("has no version like 1.2.3")
	case m.Channel == "" || len(m.Channel) > maxText:
		return malformed("has no channel")
	case bad != nil || len(digest) != 32 || strings.ToLower(m.SHA256) != m.SHA256:
		return malformed("has no SHA-256 of 64 small hex digits")
	case err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || len(m.URL) > maxURL:
		return malformed("has no url that begins with https://")
	case m.Rollout.BatchPercent < 0 || m.Rollout.BatchPercent > 100:
		return malformed("has a rollout.batch_percent that is not 0 to 100")
	}
	return nil
}

func malformed(format string, args ...any) error {
	return fault.New(fault.Malformed, "the manifest of the update "+format, args...).WithRemedy("nothing was changed; try again later")
}
