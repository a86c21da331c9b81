package logfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/logfile"
)

func TestTheEndOfALog(t *testing.T) {
	dir := t.TempDir()
	assert.Empty(t, logfile.Tail(dir, 5))
	w, err := logfile.Open(dir, logfile.DefaultLimits(), nil)
	require.NoError(t, err)
	for i := range 2000 {
		_, err := fmt.Fprintf(w, `{"time":"2026-11-26T20:00:00Z","level":"INFO","msg":"line %d","pad":%q}`+"\n", i, strings.Repeat("x", 100))
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	var got []string
	for _, l := range logfile.Tail(dir, 3) {
		got = append(got, l.Message)
	}
	assert.Equal(t, []string{"line 1997", "line 1998", "line 1999"}, got)
	assert.Less(t, len(logfile.Tail(dir, 5000)), 1000, "no more than the end is read")

	cut, err := os.OpenFile(filepath.Join(dir, "kai.log"), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = cut.WriteString(`{"time":"2026`)
	require.NoError(t, err)
	require.NoError(t, cut.Close())
	assert.Equal(t, "line 1999", logfile.Tail(dir, 1)[0].Message, "half a line is none")
}
