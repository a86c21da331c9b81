package klp_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

func TestIdentitiesAreReadAsTheyAreWritten(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	id := klp.IDOf(key.Public().(ed25519.PublicKey))
	assert.Equal(t, klp.ID("kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519"), id)
	assert.Equal(t, "kid:device:139e3940e64b5491", id.Short())
	got, err := klp.ParseID(" " + string(id) + "\n")
	require.NoError(t, err)
	assert.Equal(t, id, got)
	for _, text := range []string{"", "kind:did:#ed25519", string(id) + "=", strings.Replace(string(id), "2ik#", "2il#", 1), strings.TrimSuffix(string(id), "#ed25519")} {
		_, err := klp.ParseID(text)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), text)
	}
}
