package cli

import (
	"log/slog"
	"path/filepath"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/certificate"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// The variables that name the files, where the flags do not.
const (
	envCert = "KAI_TLS_CERT"
	envKey  = "KAI_TLS_KEY"
)

// tlsFiles are the files that flags name, else the environment; both empty for plain HTTP. One without the other is refused:
// kai would be reachable unencrypted where the person wanted it encrypted.
func (c *commands) tlsFiles(cert, key string) (certificate.Files, error) {
	if cert == "" && key == "" {
		cert, key = c.Place.Getenv(envCert), c.Place.Getenv(envKey)
	}
	missing := ""
	switch {
	case cert == "" && key != "":
		missing = "--tls-cert"
	case cert != "" && key == "":
		missing = "--tls-key"
	case cert == "":
		return certificate.Files{}, nil
	}
	if missing != "" {
		return certificate.Files{}, fault.New(fault.Invalid, "a certificate and its key are given together").WithField(missing).
			WithRemedy("give --tls-cert FILE and --tls-key FILE, or set %s and %s", envCert, envKey)
	}
	return absolute(certificate.Files{Cert: cert, Key: key})
}

// absolute keeps the files the same ones wherever kai is started anew.
func absolute(f certificate.Files) (certificate.Files, error) {
	var err error
	if f.Cert, err = filepath.Abs(f.Cert); err == nil {
		f.Key, err = filepath.Abs(f.Key)
	}
	if err != nil {
		err = fault.Wrap(fault.Unavailable, err, "the folder of this command cannot be found")
	}
	return f, err
}

// certificate opens what a person gave; nil for nothing given.
func (c *commands) certificate(files certificate.Files, log *slog.Logger) (api.Certificate, error) {
	if files == (certificate.Files{}) {
		return nil, nil //nolint:nilnil // none is a choice of its own
	}
	kept, err := certificate.Open(files, c.Now, log.With("component", "api"))
	if err != nil {
		return nil, err
	}
	return kept, nil
}

// underTLS tells what a warning of the network still says when everything is encrypted.
func underTLS(warnings []config.Problem) []config.Problem {
	for i, w := range warnings {
		if w.Path == "networking.bindAddress" {
			warnings[i].Message = "every computer that reaches this one can open this kai's sign-in page"
			warnings[i].Remedy = "choose a long password for the vault"
		}
	}
	return warnings
}
