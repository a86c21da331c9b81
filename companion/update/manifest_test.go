package update_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/fault"
)

func platform() string { return runtime.GOOS + "-" + runtime.GOARCH }

// fixedKey is a key that is the same in every run.
func fixedKey() ed25519.PrivateKey { return ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)) }

func release() update.Manifest {
	return update.Manifest{
		ID: "kai-linux-amd64", Version: "1.1.0", Channel: "beta", SHA256: strings.Repeat("0a", 32), URL: "https://example.org/kai?a=1&b=<2>",
		ReleaseNotes: "Faster.\n\"Quoted\" – ü", DowngradeAllowed: true,
		Rollout: update.Rollout{Staged: true, BatchPercent: 10, StartTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
	}
}

func TestAManifestComesBackAsItWasSigned(t *testing.T) {
	text, err := update.Sign(release(), fixedKey())
	require.NoError(t, err)
	m, err := update.Parse(text, fixedKey().Public().(ed25519.PublicKey))
	require.NoError(t, err)
	assert.Equal(t, release(), m)
}

// What is signed can be made without kai: the line kai-update-1, then the fields in order of their keys without spaces.
// Layout and order of the file are free, and a field of a later kai is signed with the rest.
func TestWhatIsSignedIsTheCanonicalForm(t *testing.T) {
	canonical := `{"channel":"stable","id":"kai","later":[1,"<&>"],"sha256":"` + strings.Repeat("0a", 32) + `","url":"https://example.org/kai","version":"1.1.0"}`
	signature := `"ed25519:` + hex.EncodeToString(ed25519.Sign(fixedKey(), []byte("kai-update-1\n"+canonical))) + `"`
	file := ` { "signature" : ` + signature + ",\n" + `"version":"1.1.0", ` + strings.Replace(canonical[1:], `,"version":"1.1.0"`, "", 1)
	m, err := update.Parse([]byte(file), fixedKey().Public().(ed25519.PublicKey))
	require.NoError(t, err)
	assert.Equal(t, "1.1.0", m.Version)
}

func TestWhatIsNoManifest(t *testing.T) {
	key := fixedKey().Public().(ed25519.PublicKey)
	signed := string(must(update.Sign(release(), fixedKey())))
	for name, text := range map[string]string{
		"nothing": "", "a list": "[]", "null": "null", "two": signed + signed, "no signature": `{"id":"kai"}`,
		"another version": strings.Replace(signed, "1.1.0", "1.1.1", 1), "a number as signature": `{"signature":1}`,
		"one more field": strings.Replace(signed, "{", `{"a":1,`, 1), "a fraction": strings.Replace(signed, "{", `{"a":1.5,`, 1),
		"a separator": strings.Replace(signed, "Faster", "Faster\u2028", 1), "a key with an umlaut": strings.Replace(signed, "{", `{"ä":1,`, 1),
		"another prefix": strings.Replace(signed, "ed25519:", "ed448:", 1),
	} {
		_, err := update.Parse([]byte(text), key)
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), name)
	}
	_, err := update.Parse([]byte(signed+strings.Repeat(" ", update.MaxManifest)), key)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err), "too long, whatever it is")
	for _, odd := range []string{"1.5", "1e3", "-0", "9007199254740993", `[{"ä":1}]`} {
		canonical := strings.Replace(strings.Replace(signed, signed[strings.Index(signed, `"signature"`):strings.Index(signed, `"url"`)], "", 1), "{", `{"a":`+odd+",", 1)
		signature := hex.EncodeToString(ed25519.Sign(fixedKey(), []byte("kai-update-1\n"+canonical)))
		_, err := update.Parse([]byte(strings.Replace(canonical, "{", `{"signature":"ed25519:`+signature+`",`, 1)), key)
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%s has more than one form, though it is signed", odd)
	}
	for name, change := range map[string]func(*update.Manifest){
		"no id": func(m *update.Manifest) { m.ID = "" }, "a version of two": func(m *update.Manifest) { m.Version = "v1.1.0" },
		"no channel": func(m *update.Manifest) { m.Channel = "" }, "a short digest": func(m *update.Manifest) { m.SHA256 = "0a" },
		"a digest in capitals": func(m *update.Manifest) { m.SHA256 = strings.ToUpper(m.SHA256) },
		"http":                 func(m *update.Manifest) { m.URL = "http://example.org/kai" }, "a password": func(m *update.Manifest) { m.URL = "https://a:b@example.org/kai" },
		"a batch of 101": func(m *update.Manifest) { m.Rollout.BatchPercent = 101 },
	} {
		m := release()
		change(&m)
		_, err := update.Sign(m, fixedKey())
		assert.Equal(t, fault.Malformed, fault.CodeOf(err), name)
	}
}

func TestTheSourceOfABuild(t *testing.T) {
	key := strings.Repeat("0a", 32)
	s, err := update.ParseSource(key + "@https://example.org/kai/")
	require.NoError(t, err)
	assert.Equal(t, "https://example.org/kai", s.URL)
	for stamp, code := range map[string]fault.Code{
		"": fault.Unsupported, "0a@https://example.org": fault.Invalid, key: fault.Invalid, key + "@http://example.org": fault.Invalid, key + "@https://": fault.Invalid,
	} {
		_, err := update.ParseSource(stamp)
		assert.Equal(t, code, fault.CodeOf(err), stamp)
	}
}

// Nothing makes the parser panic, and what it takes keeps the rules of a manifest.
func FuzzParse(f *testing.F) {
	key := fixedKey().Public().(ed25519.PublicKey)
	f.Add(must(update.Sign(release(), fixedKey())))
	f.Add([]byte(`{"signature":"ed25519:00","a":[{"b":1e3}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		m, err := update.Parse(text, key)
		if err != nil {
			require.Equal(t, fault.Malformed, fault.CodeOf(err))
			return
		}
		_, err = update.Sign(m, fixedKey())
		require.NoError(t, err)
	})
}
