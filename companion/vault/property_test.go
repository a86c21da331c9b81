package vault_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
)

// anyObject is any object that a vault takes.
func anyObject() *rapid.Generator[vault.Object] {
	printable := rapid.StringMatching(`[\pL\pN\pP\pS ]{1,16}`)
	return rapid.Custom(func(t *rapid.T) vault.Object {
		value := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) })).
			Filter(func(s string) bool { return !strings.HasPrefix(s, "vault:") }).Draw(t, "value")
		return vault.Object{
			Entry: vault.Entry{
				ID:   rapid.StringMatching(`[A-Za-z0-9][A-Za-z0-9._-]{0,20}`).Draw(t, "id"),
				Type: rapid.SampledFrom(vault.Types()).Draw(t, "type"),
				Tags: rapid.SliceOfN(printable, 0, 3).Draw(t, "tags"),
				Metadata: vault.Metadata{
					Name:    rapid.OneOf(printable, rapid.Just("")).Draw(t, "name"),
					Created: time.Unix(rapid.Int64Range(0, 1<<37).Draw(t, "created"), 0).UTC(),
				},
			},
			Value: config.Secret(value),
		}
	})
}

// Any set of objects survives being written and read, a new password, and both kinds of export with their import.
func TestAnyObjectsSurvive(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		ctx, dir := t.Context(), filepath.Join(t.TempDir(), "round")
		objects := rapid.SliceOfNDistinct(anyObject(), 0, 8, func(o vault.Object) string { return o.ID }).Draw(r, "objects")
		v := vault.At(filepath.Join(dir, "vault.db"), time.Now)
		defer v.Lock()
		require.NoError(r, v.Create(ctx, password, quick()))
		_, err := v.Put(ctx, objects, false)
		require.NoError(r, err)
		first, err := v.All(ctx)
		require.NoError(r, err)
		require.Len(r, first, len(objects))
		for _, o := range objects {
			got, err := v.Get(ctx, o.ID)
			require.NoError(r, err)
			if len(o.Tags) == 0 {
				o.Tags = nil
			}
			require.Equal(r, o, got)
		}
		require.NoError(r, v.ChangePassword(ctx, password, "battery staple", quick()))
		again := vault.At(filepath.Join(dir, "vault.db"), time.Now)
		defer again.Lock()
		require.NoError(r, again.Unlock(ctx, "battery staple"))
		require.NoError(r, again.Export(ctx, filepath.Join(dir, "export.vault"), "third password", quick()))
		text, err := vault.Plain(first)
		require.NoError(r, err)
		require.NoError(r, os.WriteFile(filepath.Join(dir, "export.json"), text, 0o600))
		for _, name := range []string{"export.vault", "export.json"} {
			source, err := vault.ReadSource(filepath.Join(dir, name))
			require.NoError(r, err)
			imported, err := source.Objects("third password", time.Now())
			require.NoError(r, err)
			require.Equal(r, first, imported)
		}
		require.NoError(r, os.RemoveAll(dir))
	})
}
