// Package keyring keeps secrets in the keyring of the operating system: the Secret Service on Linux, the Keychain on macOS,
// the Credential Manager on Windows.
//
// It never has a keyring ask the person for something: one that is locked says so. Imports go-keyring, shared/config and
// shared/fault.
package keyring

import (
	"context"
	"errors"

	"github.com/zalando/go-keyring"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// service is what all that kai keeps goes by.
const service = "kai"

// System is the keyring of whoever runs this process.
type System struct{}

// Keep puts a secret in, in the place of an earlier one.
func (System) Keep(ctx context.Context, account string, secret config.Secret) error {
	_, err := ask(ctx, func() (string, error) { return "", keyring.Set(service, account, secret.Reveal()) })
	return err
}

// Find gives a secret; fault.NotFound.
func (System) Find(ctx context.Context, account string) (config.Secret, error) {
	text, err := ask(ctx, func() (string, error) { return keyring.Get(service, account) })
	return config.Secret(text), err
}

// Forget takes a secret out; fault.NotFound.
func (System) Forget(ctx context.Context, account string) error {
	_, err := ask(ctx, func() (string, error) { return "", keyring.Delete(service, account) })
	return err
}

type answer struct {
	text string
	err  error
}

// ask asks the keyring within ctx. The library knows no context, and macOS may show the person a question: a call that takes
// longer is left to end by itself, and its answer is dropped.
func ask(ctx context.Context, do func() (string, error)) (string, error) {
	if err := ready(ctx); err != nil {
		return "", err
	}
	answers := make(chan answer, 1)
	go func() {
		text, err := do()
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return a.text, explain(a.err)
	case <-ctx.Done():
		return "", silent(ctx.Err())
	}
}

func silent(err error) error {
	return fault.Wrap(fault.Unavailable, err, "the keyring of this computer does not answer").WithRemedy("see whether it asks you something, and try again")
}

func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, keyring.ErrNotFound):
		return fault.New(fault.NotFound, "the keyring of this computer has nothing for this vault").WithRemedy("have it open the vault anew: kai vault keyring on")
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return fault.New(fault.Unsupported, "this system has no keyring that kai knows")
	}
	return fault.Wrap(fault.Unavailable, err, "the keyring of this computer can't be used")
}
