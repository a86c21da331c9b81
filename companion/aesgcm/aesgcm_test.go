package aesgcm_test

import (
	"crypto/aes"
	"crypto/cipher"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/aesgcm"
	"github.com/kindos/kai/shared/fault"
)

// What is sealed is laid out as vaults, sealed records and sealed keys always had it: nonce, ciphertext, tag.
func TestANonceStandsBeforeWhatIsSealed(t *testing.T) {
	key := make([]byte, aesgcm.KeyBytes)
	aead, err := aesgcm.New(key)
	require.NoError(t, err)
	block, err := aes.NewCipher(key)
	require.NoError(t, err)
	plain, err := cipher.NewGCM(block)
	require.NoError(t, err)

	sealed := aead.Seal(nil, nil, []byte("secret"), []byte("bound"))
	opened, err := plain.Open(nil, sealed[:plain.NonceSize()], sealed[plain.NonceSize():], []byte("bound"))
	require.NoError(t, err)
	assert.Equal(t, "secret", string(opened))
	assert.NotEqual(t, sealed, aead.Seal(nil, nil, []byte("secret"), []byte("bound")), "each has a nonce of its own")
}

func TestOnlyAKeyOf32BytesIsOne(t *testing.T) {
	for _, n := range []int{0, 16, 24, 31, 33} {
		_, err := aesgcm.New(make([]byte, n))
		assert.Equal(t, fault.Internal, fault.CodeOf(err), n)
	}
}
