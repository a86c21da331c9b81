package product

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"os"
	"strings"

	"github.com/kindos/kai/companion/update"
)

// releases is where the kai of dist find newer ones, and the key that signs those. Without a key they don't look.
type releases struct {
	key          ed25519.PrivateKey
	url, channel string
}

// releasesFrom reads KAI_UPDATE_KEY (a file that openssl genpkey -algorithm ed25519 makes), KAI_UPDATE_URL (https, the folder
// that the files of dist and dist/updates are put in) and KAI_UPDATE_CHANNEL (stable).
func releasesFrom(getenv func(string) string) (releases, error) {
	file, address := getenv("KAI_UPDATE_KEY"), strings.TrimRight(getenv("KAI_UPDATE_URL"), "/")
	if file == "" && address == "" {
		return releases{}, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return releases{}, fmt.Errorf("reading KAI_UPDATE_KEY, which KAI_UPDATE_URL needs: %w", err)
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return releases{}, fmt.Errorf("%s has no PEM key: make one with openssl genpkey -algorithm ed25519", file)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(ed25519.PrivateKey)
	if err != nil || !ok {
		return releases{}, fmt.Errorf("%s is no Ed25519 key: make one with openssl genpkey -algorithm ed25519", file)
	}
	r := releases{key, address, getenv("KAI_UPDATE_CHANNEL")}
	if r.channel == "" {
		r.channel = update.Channels()[0]
	}
	_, err = update.ParseSource(r.stamp())
	return r, err
}

// stamp is what a kai is built with: the key that it trusts, and the address.
func (r releases) stamp() string {
	return hex.EncodeToString(r.key.Public().(ed25519.PublicKey)) + "@" + r.url
}

// offer writes the signed manifest of a program in dist.
func (p *Product) offer(id, name string) error {
	if p.releases.key == nil {
		return nil
	}
	text, err := os.ReadFile(p.path("dist", name))
	if err != nil {
		return fmt.Errorf("signing: %w", err)
	}
	digest := sha256.Sum256(text)
	signed, err := update.Sign(update.Manifest{
		ID: id, Version: p.version, Channel: p.releases.channel, SHA256: hex.EncodeToString(digest[:]), URL: p.releases.url + "/" + name,
	}, p.releases.key)
	if err != nil {
		return err
	}
	file := p.path("dist", "updates", p.releases.channel, id+".json")
	p.sayf("dist/updates/%s/%s.json", p.releases.channel, id)
	return writeFile(file, signed)
}
