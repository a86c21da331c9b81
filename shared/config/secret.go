package config

import (
	"context"
	"strings"
)

// hidden is what is shown instead of a secret.
const hidden = "***"

// Secret is a configuration value that must not be shown: it prints and marshals as ***. It may be a reference into the
// vault, "vault:<id>", which is resolved as late as possible and is no secret itself.
type Secret string

// Reveal gives the value, for the one place that uses it.
func (s Secret) Reveal() string { return string(s) }

// Reference gives the id of a vault reference; false for a value.
func (s Secret) Reference() (id string, ok bool) { return strings.CutPrefix(string(s), "vault:") }

// String hides the value.
func (s Secret) String() string {
	if _, ok := s.Reference(); ok || s == "" {
		return string(s)
	}
	return hidden
}

// GoString hides the value from %#v.
func (s Secret) GoString() string { return s.String() }

// MarshalText hides the value from JSON, logs and everything else that writes text.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// Vault has the secrets that references name.
type Vault interface {
	// Secret gives the secret of an id; fault.NotFound when there is none.
	Secret(ctx context.Context, id string) (Secret, error)
}

// Dereference gives what a secret stands for, at the moment of its use: itself, or what the vault has under its id.
func Dereference(ctx context.Context, s Secret, v Vault) (Secret, error) {
	if id, ok := s.Reference(); ok {
		return v.Secret(ctx, id)
	}
	return s, nil
}

// SecretURL is an address that may hold a password, as postgresql://kai:kai@localhost/kos does: it prints and marshals with
// the password, and parameters that look like one, masked. It may be a reference into the vault.
type SecretURL string

// Reveal gives the address, for the one place that uses it.
func (s SecretURL) Reveal() string { return string(s) }

// Reference gives the id of a vault reference; false for a value.
func (s SecretURL) Reference() (id string, ok bool) { return Secret(s).Reference() }

// String hides what is secret. Where a password can't be told from the rest, too much is hidden and not too little.
func (s SecretURL) String() string {
	if _, ok := s.Reference(); ok {
		return string(s)
	}
	scheme, rest, ok := strings.Cut(string(s), "://")
	switch {
	case !ok && strings.ContainsAny(string(s), "=@ "):
		return hidden
	case !ok:
		return string(s)
	}
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		user, _, has := strings.Cut(rest[:at], ":")
		if has {
			user += ":" + hidden
		}
		rest = user + rest[at:]
	}
	return scheme + "://" + hideQuery(rest)
}

// hideQuery masks parameters of an address whose name sounds like a secret.
func hideQuery(address string) string {
	before, query, ok := strings.Cut(address, "?")
	if !ok {
		return address
	}
	pairs := strings.Split(query, "&")
	for i, pair := range pairs {
		name, _, _ := strings.Cut(pair, "=")
		for _, word := range []string{"pass", "pwd", "secret", "token", "key", "%"} {
			if strings.Contains(strings.ToLower(name), word) {
				pairs[i] = name + "=" + hidden
			}
		}
	}
	return before + "?" + strings.Join(pairs, "&")
}

// GoString hides the value from %#v.
func (s SecretURL) GoString() string { return s.String() }

// MarshalText hides the value from JSON, logs and everything else that writes text.
func (s SecretURL) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
