package config

import (
	"context"
	"strings"
)

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
	return "***"
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
