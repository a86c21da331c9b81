// Package certificate keeps the TLS certificate that a person gave kai, read from their two files and read anew when it
// was renewed.
//
// It may import shared/fault and the standard library.
package certificate

import (
	"crypto/tls"
	"log/slog"
	"sync"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// Files are where a certificate and its key lie, both PEM. Whoever renews it replaces the files.
type Files struct {
	Cert string // the certificate, then those that lead to its issuer
	Key  string
}

// Keeper has the certificate in force. It may be used by many at once.
type Keeper struct {
	files Files
	now   func() time.Time
	log   *slog.Logger

	mu   sync.Mutex // guards what follows
	seen stamp      // of the files that were read last, also in vain
	held *tls.Certificate
}

// Open reads the files. What is missing, is no PEM, does not fit together or has expired answers fault.Invalid and says which
// file it is; nothing of a key is ever in an error.
func Open(files Files, now func() time.Time, log *slog.Logger) (*Keeper, error) {
	k := &Keeper{files: files, now: now, log: log, seen: files.stamp()}
	var err error
	k.held, err = files.read(now())
	return k, err
}

// Config is how a server speaks TLS with it: from version 1.2 on, and with each new connection the certificate as it is then.
func (k *Keeper) Config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return k.current(), nil },
	}
}

// Covers says whether the certificate in force is for a host: a name, or an IP address, without a port.
func (k *Keeper) Covers(host string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.held.Leaf.VerifyHostname(host) == nil
}

// Names are the hosts that it was made for, as it writes them; a name may begin with "*.".
func (k *Keeper) Names() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	names := append([]string{}, k.held.Leaf.DNSNames...)
	for _, ip := range k.held.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

// current is the certificate in force. Files that changed are read anew; when they can't be used (the key was not replaced
// yet), the one before stays and the log says why, once.
func (k *Keeper) current() *tls.Certificate {
	k.mu.Lock()
	defer k.mu.Unlock()
	if now := k.files.stamp(); now != k.seen {
		k.seen = now
		if next, err := k.files.read(k.now()); err != nil {
			k.log.Warn("the renewed certificate is not taken, the one before stays", "error", fault.Public(err))
		} else {
			k.held = next
			k.log.Info("the renewed certificate is in force", "until", next.Leaf.NotAfter)
		}
	}
	return k.held
}
