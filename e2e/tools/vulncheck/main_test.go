package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestItFailsForWhatIsKnownAndSaysWhenNothingWasChecked(t *testing.T) {
	here, err := filepath.Abs("testdata")
	require.NoError(t, err)
	for name, c := range map[string]struct{ database, said, wrong string }{
		"a vulnerability in called code": {"file://" + here + "/known", "GO-2026-9999", "exit status 3"},
		"one that was mended long ago":   {"file://" + here + "/other", "No vulnerabilities found", ""},
		"no database":                    {"http://127.0.0.1:1", "not checked: the database of known vulnerabilities can't be reached (", ""},
		"an address that is none":        {"ftp://127.0.0.1", "", "ftp"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			err := run(t.Context(), &out, c.database, []build{{nil, []string{"."}}})
			assert.Contains(t, out.String(), c.said)
			if c.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.wrong)
		})
	}
}
