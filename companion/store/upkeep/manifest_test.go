package upkeep_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
)

// FuzzReadManifest holds that a manifest is whole or refused in words: what it names is then copied over a person's records.
func FuzzReadManifest(f *testing.F) {
	for _, seed := range []string{`{"format":"kai-backup","version":1}`, `{"format":"kai-backup","version":99}`, `{}`, `null`, "", `{"format":"kai-backup","version":1,"engine":"../x"}`} {
		f.Add([]byte(seed))
	}
	const name = "backup.json"
	f.Fuzz(func(t *testing.T, text []byte) {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, name), text, 0o600))
		m, err := upkeep.ReadManifest(folder)
		if err != nil {
			require.Contains(t, []fault.Code{fault.Malformed, fault.Unsupported}, fault.CodeOf(err))
			return
		}
		require.NotEmpty(t, m.Engine)
	})
}
