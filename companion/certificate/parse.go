package certificate

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
)

// leaf reads the first certificate of a text.
func leaf(text []byte) (*x509.Certificate, error) {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			return x509.ParseCertificate(block.Bytes)
		}
	}
	return nil, errors.New("no certificate")
}

// readableKey says whether the first key of a text can be read, as any of the three forms that keys have.
func readableKey(text []byte) bool {
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if !strings.HasSuffix(block.Type, "PRIVATE KEY") {
			continue
		}
		_, any8 := x509.ParsePKCS8PrivateKey(block.Bytes)
		_, rsa := x509.ParsePKCS1PrivateKey(block.Bytes)
		_, ec := x509.ParseECPrivateKey(block.Bytes)
		return any8 == nil || rsa == nil || ec == nil
	}
	return false
}
