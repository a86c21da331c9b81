// Package certificatetest issues real certificates for tests.
//
// It may import the standard library and testify.
package certificatetest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Issuer is an authority that nobody but the test trusts.
type Issuer struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// NewIssuer makes one.
func NewIssuer(t testing.TB) *Issuer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	shape := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kAI test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, shape, key.Public(), key)
	require.NoError(t, err)
	cert, err := x509.ParseCertificate(der)
	require.NoError(t, err)
	return &Issuer{cert, key}
}

// Issue makes a certificate for hosts that holds from one time to another, and its key, both PEM.
func (i *Issuer) Issue(t testing.TB, from, until time.Time, hosts ...string) (cert, key []byte) {
	t.Helper()
	own, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	number, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	require.NoError(t, err)
	shape := &x509.Certificate{SerialNumber: number, NotBefore: from, NotAfter: until, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			shape.IPAddresses = append(shape.IPAddresses, ip)
		} else {
			shape.DNSNames = append(shape.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, shape, i.cert, own.Public(), i.key)
	require.NoError(t, err)
	secret, err := x509.MarshalPKCS8PrivateKey(own)
	require.NoError(t, err)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret})
}

// Write issues a certificate that holds now and writes it and its key to two files. Files that are there get a new time, also
// where the disk counts seconds.
func (i *Issuer) Write(t testing.TB, certFile, keyFile string, hosts ...string) {
	t.Helper()
	now := time.Now()
	cert, key := i.Issue(t, now.Add(-time.Hour), now.Add(time.Hour), hosts...)
	for file, text := range map[string][]byte{certFile: cert, keyFile: key} {
		Replace(t, file, text)
	}
}

// Replace writes a file whose time differs from that of the one before.
func Replace(t testing.TB, file string, text []byte) {
	t.Helper()
	at := time.Now()
	if info, err := os.Stat(file); err == nil {
		at = info.ModTime().Add(2 * time.Second)
	}
	require.NoError(t, os.WriteFile(file, text, 0o600))
	require.NoError(t, os.Chtimes(file, at, at))
}

// Trust is a configuration of a client that trusts the issuer, and nobody else.
func (i *Issuer) Trust() *tls.Config {
	pool := x509.NewCertPool()
	pool.AddCert(i.cert)
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
}

// Client is an HTTP client that trusts the issuer. Every name leads to the address at ("127.0.0.1:4711"), no redirect is
// followed, and no connection is used twice.
func (i *Issuer) Client(at string) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{TLSClientConfig: i.Trust(), DisableKeepAlives: true, DialContext: to(at)},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
