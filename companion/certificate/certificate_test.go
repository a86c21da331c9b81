package certificate_test

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/certificate"
	"github.com/kindos/kai/companion/certificate/certificatetest"
	"github.com/kindos/kai/shared/fault"
)

// files are two names in a folder of the test.
func files(t testing.TB) certificate.Files {
	folder := t.TempDir()
	return certificate.Files{Cert: filepath.Join(folder, "kai.pem"), Key: filepath.Join(folder, "kai.key")}
}

func TestWhatCannotServeIsRefusedAtTheStart(t *testing.T) {
	issuer, now := certificatetest.NewIssuer(t), time.Now()
	cert, key := issuer.Issue(t, now.Add(-time.Hour), now.Add(time.Hour), "kai.example")
	_, other := issuer.Issue(t, now.Add(-time.Hour), now.Add(time.Hour), "kai.example")
	old, oldKey := issuer.Issue(t, now.Add(-2*time.Hour), now.Add(-time.Hour), "kai.example")
	early, earlyKey := issuer.Issue(t, now.Add(time.Hour), now.Add(2*time.Hour), "kai.example")
	block := func(kind string) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("nothing")}) }
	for name, c := range map[string]struct {
		cert, key []byte // nil: there is no such file
		want      string
	}{
		"no certificate":           {nil, key, "there is no file CERT for the certificate"},
		"no key":                   {cert, nil, "there is no file KEY for the key"},
		"empty certificate":        {[]byte{}, key, "CERT holds no certificate as PEM"},
		"certificate as DER":       {[]byte("0\x82\x01\x02"), key, "CERT holds no certificate as PEM"},
		"files the wrong way":      {key, cert, "CERT holds no certificate as PEM"},
		"certificate twice":        {cert, cert, "KEY holds no private key as PEM"},
		"key under a password":     {cert, block("ENCRYPTED PRIVATE KEY"), "the key in KEY is under a password"},
		"damaged key":              {cert, block("PRIVATE KEY"), "the key in KEY is damaged"},
		"damaged certificate":      {block("CERTIFICATE"), key, "the certificate in CERT is damaged"},
		"key of another":           {cert, other, "the key in KEY is not that of the certificate in CERT"},
		"expired":                  {old, oldKey, "the certificate in CERT expired on " + now.Add(-time.Hour).UTC().Format("2006-01-02 15:04")},
		"not yet":                  {early, earlyKey, "the certificate in CERT holds from"},
		"far too large":            {bytes.Repeat([]byte("x"), 1<<20+1), key, "CERT is too large for a certificate"},
		"certificate and key in 1": {append(cert, key...), append(cert, key...), ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := files(t)
			for path, text := range map[string][]byte{f.Cert: c.cert, f.Key: c.key} {
				if text != nil {
					require.NoError(t, os.WriteFile(path, text, 0o600))
				}
			}
			_, err := certificate.Open(f, time.Now, slog.New(slog.DiscardHandler))
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			assert.Contains(t, strings.NewReplacer(f.Cert, "CERT", f.Key, "KEY").Replace(err.Error()), c.want)
			assert.NotEmpty(t, fault.Public(err).Remedy)
			assertNothingOf(t, c.key, err.Error())
		})
	}
}

// assertNothingOf wants no line of a key in a text.
func assertNothingOf(t *testing.T, key []byte, text string) {
	t.Helper()
	block, _ := pem.Decode(key)
	if block != nil {
		assert.NotContains(t, text, base64.StdEncoding.EncodeToString(block.Bytes)[:12])
	}
}

func TestAFolderIsNoCertificate(t *testing.T) {
	f := files(t)
	f.Cert = t.TempDir()
	_, err := certificate.Open(f, time.Now, slog.New(slog.DiscardHandler))
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
}

// given is the certificate that a new connection gets.
func given(t *testing.T, k *certificate.Keeper) []byte {
	t.Helper()
	c, err := k.Config().GetCertificate(&tls.ClientHelloInfo{})
	require.NoError(t, err)
	return c.Certificate[0]
}

func TestARenewedCertificateIsTakenOnceItsKeyIsThere(t *testing.T) {
	issuer, f, now := certificatetest.NewIssuer(t), files(t), time.Now()
	issuer.Write(t, f.Cert, f.Key, "kai.example")
	var log bytes.Buffer
	k, err := certificate.Open(f, time.Now, slog.New(slog.NewTextHandler(&log, nil)))
	require.NoError(t, err)
	first := given(t, k)
	assert.True(t, k.Covers("kai.example"))

	cert, key := issuer.Issue(t, now.Add(-time.Hour), now.Add(time.Hour), "*.new.example", "192.0.2.7")
	certificatetest.Replace(t, f.Cert, cert)
	assert.Equal(t, first, given(t, k), "the key is still the old one")
	assert.Equal(t, first, given(t, k))
	assert.Equal(t, 1, strings.Count(log.String(), "is not taken"), "that is said once")

	certificatetest.Replace(t, f.Key, key)
	assert.NotEqual(t, first, given(t, k))
	assert.Equal(t, []string{"*.new.example", "192.0.2.7"}, k.Names())
	for host, want := range map[string]bool{"kai.example": false, "a.new.example": true, "new.example": false, "a.b.new.example": false, "192.0.2.7": true, "192.0.2.8": false, "": false} {
		assert.Equal(t, want, k.Covers(host), host)
	}

	require.NoError(t, os.Remove(f.Cert))
	second := given(t, k)
	assert.NotEqual(t, first, second, "files that are gone change nothing")
}

func TestTLS12IsTheLeast(t *testing.T) {
	issuer, f := certificatetest.NewIssuer(t), files(t)
	issuer.Write(t, f.Cert, f.Key, "kai.example")
	k, err := certificate.Open(f, time.Now, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	assert.EqualValues(t, tls.VersionTLS12, k.Config().MinVersion)
}

func FuzzFiles(f *testing.F) {
	now := time.Now()
	cert, key := certificatetest.NewIssuer(f).Issue(f, now.Add(-time.Hour), now.Add(time.Hour), "kai.example")
	f.Add(cert, key)
	f.Add(key, cert)
	f.Add([]byte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"), []byte("-----BEGIN PRIVATE KEY-----\n"))
	f.Fuzz(func(t *testing.T, cert, key []byte) {
		at := files(t)
		require.NoError(t, os.WriteFile(at.Cert, cert, 0o600))
		require.NoError(t, os.WriteFile(at.Key, key, 0o600))
		k, err := certificate.Open(at, time.Now, slog.New(slog.DiscardHandler))
		if err != nil {
			assert.Equal(t, fault.Invalid, fault.CodeOf(err))
			return
		}
		k.Covers("kai.example")
	})
}
