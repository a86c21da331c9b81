package datadir

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// tokenBytes is how much chance is in a token.
const tokenBytes = 32

// Token returns the token that programs of this user show to the API; the first call makes it. Loopback is no boundary:
// other users and web pages reach it too.
func (d Dir) Token() (string, error) {
	token, err := d.readToken()
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	return d.NewToken()
}

// NewToken replaces the token; whoever holds the old one, also a signed-in web app, is shut out.
func (d Dir) NewToken() (string, error) {
	var raw [tokenBytes]byte
	_, _ = rand.Read(raw[:]) // crypto/rand.Read never fails since Go 1.24
	token := base64.RawURLEncoding.EncodeToString(raw[:])
	if err := write(d.File("token"), []byte(token+"\n")); err != nil {
		return "", unusable(d.path, err)
	}
	return token, nil
}

// readToken reads the token and refuses one that was cut or tampered with.
func (d Dir) readToken() (string, error) {
	text, err := os.ReadFile(d.File("token"))
	if err != nil {
		return "", err
	}
	token := strings.TrimSpace(string(text))
	if raw, err := base64.RawURLEncoding.DecodeString(token); err != nil || len(raw) != tokenBytes {
		return "", fault.New(fault.Invalid, "the token file %s is damaged", d.File("token")).WithRemedy("run kai token --renew")
	}
	return token, nil
}
