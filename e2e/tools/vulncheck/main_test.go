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
	for name, c := range map[string]struct {
		database    database
		said, wrong string
	}{
		"a vulnerability in called code": {database{"file://" + here + "/known", true}, "GO-2026-9999", "exit status 3"},
		"one that was mended long ago":   {database{"file://" + here + "/other", true}, "No vulnerabilities found", ""},
		"no network":                     {database{"http://127.0.0.1:1", false}, "not checked: the database of known vulnerabilities can't be reached (", ""},
		"a named one that is not there":  {database{"http://127.0.0.1:1", true}, "", "the database that GOVULNDB names can't be reached"},
		"a folder that is not there":     {database{"file://" + here + "/nowhere", true}, "", "nowhere"},
		"an address that is none":        {database{"ftp://127.0.0.1", true}, "", "ftp"},
		"no scheme":                      {database{"vuln.go.dev", true}, "", "vuln.go.dev"},
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
