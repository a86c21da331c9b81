// Package aesgcm makes the cipher by which kai encrypts what it keeps: AES-256-GCM under random nonces.
//
// One place, so that none of its users can choose a nonce, or another size of key. Imports shared/fault and the standard library.
package aesgcm

import (
	"crypto/aes"
	"crypto/cipher"

	"github.com/kindos/kai/shared/fault"
)

// KeyBytes is how long a key is.
const KeyBytes = 32

// New is the cipher of a key. What it seals is a random nonce, the ciphertext and the tag; Seal and Open take no nonce of their own.
func New(key []byte) (cipher.AEAD, error) {
	if len(key) != KeyBytes {
		return nil, fault.New(fault.Internal, "a key of %d bytes is none for AES-256", len(key))
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "making a cipher")
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fault.Wrap(fault.Internal, err, "making a cipher")
	}
	return aead, nil
}
