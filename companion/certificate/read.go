package certificate

import (
	"bytes"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// maxFile bounds what is read of a file: chains of certificates are a few thousand bytes.
const maxFile = 1 << 20

// stamp tells one state of the files from another.
type stamp struct {
	cert, key time.Time
	sizes     [2]int64
}

// stamp looks at the files; one that is missing has none.
func (f Files) stamp() (s stamp) {
	if info, err := os.Stat(f.Cert); err == nil {
		s.cert, s.sizes[0] = info.ModTime(), info.Size()
	}
	if info, err := os.Stat(f.Key); err == nil {
		s.key, s.sizes[1] = info.ModTime(), info.Size()
	}
	return s
}

// read reads both files and demands that they serve now.
func (f Files) read(now time.Time) (*tls.Certificate, error) {
	cert, err := readFile("certificate", f.Cert)
	if err != nil {
		return nil, err
	}
	key, err := readFile("key", f.Key)
	if err != nil {
		return nil, err
	}
	return f.parse(cert, key, now)
}

// parse makes a certificate of what the files hold.
func (f Files) parse(cert, key []byte, now time.Time) (*tls.Certificate, error) {
	if !holds(cert, "CERTIFICATE") {
		return nil, fault.New(fault.Invalid, "%s holds no certificate as PEM", f.Cert).
			WithRemedy("give the file that begins with -----BEGIN CERTIFICATE-----")
	}
	if holds(key, "ENCRYPTED PRIVATE KEY") || bytes.Contains(key, []byte("Proc-Type: 4,ENCRYPTED")) {
		return nil, fault.New(fault.Invalid, "the key in %s is under a password, which kai can't ask for when it starts", f.Key).
			WithRemedy("write it without one, readable for you only: openssl pkey -in FILE -out NEW")
	}
	if !holds(key, "PRIVATE KEY") {
		return nil, fault.New(fault.Invalid, "%s holds no private key as PEM", f.Key).
			WithRemedy("give the file that begins with -----BEGIN PRIVATE KEY-----")
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil { // its words may tell of the key, so they are not passed on
		return nil, f.unfit(cert, key)
	}
	return &pair, inTime(f.Cert, pair, now)
}

// unfit says which of two files is wrong: each alone, or only the pair.
func (f Files) unfit(cert, key []byte) error {
	if _, err := leaf(cert); err != nil {
		return fault.New(fault.Invalid, "the certificate in %s is damaged", f.Cert).WithRemedy("have it issued anew")
	}
	if !readableKey(key) {
		return fault.New(fault.Invalid, "the key in %s is damaged, or of a kind that kai does not know", f.Key).
			WithRemedy("use an RSA, ECDSA or Ed25519 key")
	}
	return fault.New(fault.Invalid, "the key in %s is not that of the certificate in %s", f.Key, f.Cert).
		WithRemedy("give the two files that were made together; the server's own certificate comes first in its file")
}

// inTime refuses a certificate that no client would accept now.
func inTime(file string, pair tls.Certificate, now time.Time) error {
	const day = "2006-01-02 15:04 MST"
	switch {
	case now.After(pair.Leaf.NotAfter):
		return fault.New(fault.Invalid, "the certificate in %s expired on %s", file, pair.Leaf.NotAfter.UTC().Format(day)).
			WithRemedy("renew it")
	case now.Before(pair.Leaf.NotBefore):
		return fault.New(fault.Invalid, "the certificate in %s holds from %s on", file, pair.Leaf.NotBefore.UTC().Format(day)).
			WithRemedy("check the clock of this computer, or wait until then")
	}
	return nil
}

// readFile reads a file that is named to people as what it should hold.
func readFile(what, path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, unreadable(what, path, err)
	}
	defer func() { _ = file.Close() }() // it was only read
	text, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil {
		return nil, unreadable(what, path, err)
	}
	if len(text) > maxFile {
		return nil, fault.New(fault.Invalid, "%s is too large for a %s", path, what).WithRemedy("check the name of the file")
	}
	return text, nil
}

func unreadable(what, path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.Invalid, "there is no file %s for the %s", path, what).WithRemedy("check the name of the file")
	case errors.Is(err, fs.ErrPermission):
		return fault.New(fault.Invalid, "you may not read the %s in %s", what, path).WithRemedy("make the file readable for you, and a key for nobody else")
	default:
		return fault.New(fault.Invalid, "the %s in %s can't be read: %w", what, path, err).WithRemedy("check the name of the file")
	}
}

// holds says whether a text has a PEM block of a kind ("EC PRIVATE KEY" is a "PRIVATE KEY").
func holds(text []byte, kind string) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasSuffix(block.Type, kind) {
			return true
		}
	}
	return false
}
