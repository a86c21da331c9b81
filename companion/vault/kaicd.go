package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/md5" //nolint:gosec // what kai-cd wrote
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// How kai-cd encrypted its vault: CryptoJS, which writes what `openssl enc -aes-256-cbc -md md5 -a` does, with the hex text
// of a weakly derived key as the passphrase. Nothing in it tells a wrong password from damage but the padding and the JSON.
const (
	blobSalt   = "a-very-strong-and-unique-salt-for-kai-cd"
	blobRounds = 1000
	blobMark   = "Salted__"
	blobStart  = "U2FsdGVkX1" // blobMark in base64
)

// findBlob finds the encrypted vault in what kai-cd wrote: a backup of version 1.0, a stored value of kai-vault-storage, or
// the blob alone. Anything else, or two of them, answers fault.Malformed.
func findBlob(text []byte) ([]byte, error) {
	var backup struct {
		Version string `json:"version"`
		Data    *struct {
			Vault *string `json:"vault"`
		} `json:"data"`
	}
	trimmed := string(bytes.TrimSpace(text))
	switch err := json.Unmarshal(text, &backup); {
	case strings.HasPrefix(trimmed, blobStart):
		return decodeBlob(trimmed)
	case err == nil && backup.Data != nil && backup.Version != "1.0":
		return nil, fault.New(fault.Unsupported, "this backup of kai-cd has version %q, this kai reads 1.0", backup.Version)
	case err == nil && backup.Data != nil && backup.Data.Vault == nil:
		return nil, fault.New(fault.NotFound, "this backup of kai-cd has no vault in it").WithRemedy("make one with its vault ticked")
	case err == nil && backup.Data != nil:
		return decodeBlob(*backup.Data.Vault)
	}
	var any any
	_ = json.Unmarshal(text, &any) // what is no JSON holds no blob
	found := blobsIn(any, 0)
	slices.Sort(found)
	if found = slices.Compact(found); len(found) != 1 {
		return nil, fault.New(fault.Malformed, "this is no vault that kai can read").WithRemedy("give an export of kai, or a backup of kai-cd")
	}
	return decodeBlob(found[0])
}

// blobsIn looks for encrypted texts in a value as chrome.storage has it: objects, and JSON in strings.
func blobsIn(value any, depth int) (found []string) {
	const deepest = 16
	if depth > deepest {
		return nil
	}
	switch v := value.(type) {
	case string:
		if strings.HasPrefix(v, blobStart) {
			return []string{v}
		}
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			return blobsIn(inner, depth+1)
		}
	case map[string]any:
		for _, each := range v {
			found = append(found, blobsIn(each, depth+1)...)
		}
	case []any:
		for _, each := range v {
			found = append(found, blobsIn(each, depth+1)...)
		}
	}
	return found
}

// decodeBlob takes base64 off and checks the frame.
func decodeBlob(text string) ([]byte, error) {
	blob, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil || !bytes.HasPrefix(blob, []byte(blobMark)) || len(blob) < 32 || len(blob)%aes.BlockSize != 0 {
		return nil, fault.New(fault.Malformed, "the vault of kai-cd is damaged").WithRemedy("make another backup")
	}
	return blob, nil
}

// openBlob decrypts a vault of kai-cd. A wrong password and damage look the same and answer fault.Unauthorized.
func openBlob(blob []byte, password config.Secret, now time.Time) ([]Object, error) {
	derived, err := pbkdf2.Key(sha256.New, password.Reveal(), []byte(blobSalt), blobRounds, keyBytes)
	if err != nil {
		return nil, err
	}
	salt, sealed := blob[len(blobMark):16], blob[16:]
	key, iv := passphraseKey([]byte(hex.EncodeToString(derived)), salt)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	plain := make([]byte, len(sealed))
	cipher.NewCBCDecrypter(block, iv).CryptBlocks(plain, sealed)
	var in struct {
		Credentials []credential `json:"credentials"`
	}
	text, ok := unpad(plain)
	if !ok || json.Unmarshal(text, &in) != nil || in.Credentials == nil {
		return nil, fault.New(fault.Unauthorized, "the password of kai-cd's vault is wrong, or the vault is damaged").WithRemedy("give the master password that kai-cd had when it wrote the file")
	}
	return adopt(in.Credentials, now)
}

// passphraseKey is OpenSSL's EVP_BytesToKey with MD5 and one round: a key of 32 bytes and an IV of 16.
func passphraseKey(passphrase, salt []byte) (key, iv []byte) {
	var out, last []byte
	for len(out) < keyBytes+aes.BlockSize {
		sum := md5.Sum(slices.Concat(last, passphrase, salt)) //nolint:gosec // what kai-cd wrote
		last = sum[:]
		out = append(out, last...)
	}
	return out[:keyBytes], out[keyBytes:]
}

// unpad takes PKCS#7 padding off; false when it is wrong.
func unpad(plain []byte) ([]byte, bool) {
	n := int(plain[len(plain)-1])
	if n == 0 || n > aes.BlockSize || !bytes.Equal(plain[len(plain)-n:], bytes.Repeat([]byte{byte(n)}, n)) {
		return nil, false
	}
	return plain[:len(plain)-n], true
}

// credential is what kai-cd kept.
type credential struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Type  string `json:"type"`
	Value string `json:"value"`
}

// adopt makes objects of credentials. Ids stay where they can, since services name them. A type that we have no word for
// becomes token, with kai-cd's word as a tag.
func adopt(credentials []credential, now time.Time) ([]Object, error) {
	taken := map[string]bool{}
	objects := make([]Object, len(credentials))
	for i, c := range credentials {
		e := Entry{ID: freeID(c, taken), Type: c.Type, Tags: []string{"kai-cd"}, Metadata: Metadata{Name: printable(c.Name, maxName), Created: now}}
		if !slices.Contains(Types(), c.Type) {
			e.Type = "token"
			if word := printable(c.Type, maxTag); word != "" {
				e.Tags = append(e.Tags, word)
			}
		}
		taken[e.ID] = true
		objects[i] = Object{Entry: e.normal(), Value: config.Secret(c.Value)}
		if err := objects[i].check(); err != nil {
			return nil, err
		}
	}
	return objects, nil
}

// freeID makes an id of a credential's own, or else of its name.
func freeID(c credential, taken map[string]bool) string {
	id := c.ID
	if id == "" {
		id = c.Name
	}
	id = strings.Map(func(r rune) rune {
		if notInID(r) {
			return '-'
		}
		return r
	}, id)
	id = strings.TrimLeft(id[:min(len(id), maxID-8)], "._-") // leaves room for a number
	if id == "" {
		id = "imported"
	}
	for n, plain := 2, id; taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", plain, n)
	}
	return id
}

// printable is text as one harmless line of at most limit bytes.
func printable(text string, limit int) string {
	text = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	return strings.ToValidUTF8(text[:min(len(text), limit)], "")
}
