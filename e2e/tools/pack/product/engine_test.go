package product

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAProgramLosesTheNamesOfItsFunctionsAndNothingElse(t *testing.T) {
	head := "\x00asm\x01\x00\x00\x00"
	types, names, code := "\x01\x02ab", "\x00\x06\x04namex", "\x0a\x03abc"
	lean, err := withoutNames([]byte(head + types + names + code + names))
	require.NoError(t, err)
	require.Equal(t, head+types+code, string(lean))

	for what, program := range map[string]string{"empty": "", "cut in a section": head + "\x01\x09ab", "cut in a length": head + "\x01\xff"} {
		_, err := withoutNames([]byte(program))
		require.Error(t, err, what)
	}
}
