package federation_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

func TestAddressesOfKai(t *testing.T) {
	for text, want := range map[string]string{
		"ws://192.168.1.20:8080":     "ws://192.168.1.20:8080/klp",
		"wss://kai.example.org/":     "wss://kai.example.org/klp",
		" ws://[fe80::1]:8080/x ":    "ws://[fe80::1]:8080/x",
		"http://192.168.1.20:8080":   "",
		"ws://":                      "",
		"wss://ada:word@kai.example": "",
		"wss://kai.example/?token=1": "",
		"192.168.1.20":               "",
		"":                           "",
	} {
		got, err := federation.Address(text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, want == "", fault.CodeOf(err) == fault.Invalid, text)
	}
}

func TestTheBookKeepsWhatWasAllowed(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	book := federation.BookIn(dir)
	one, two := klp.IDOf(make([]byte, 32)), klp.IDOf(append(make([]byte, 31), 1))
	p := func(text string) *string { return &text }
	yes, no := true, false
	e, err := book.Allow(one, federation.Change{})
	require.NoError(t, err)
	assert.Equal(t, federation.Peer{Name: one.Short(), ID: one}, e, "nothing is let go unasked")
	_, err = book.Allow(one, federation.Change{Name: p(" My\n laptop"), Tasks: &yes, URL: p("ws://a:1")})
	require.NoError(t, err)
	e, err = book.Allow(one, federation.Change{State: &yes})
	require.NoError(t, err)
	assert.Equal(t, federation.Peer{Name: "My laptop", ID: one, URL: "ws://a:1/klp", Tasks: true, State: true}, e)
	e, err = book.Allow(one, federation.Change{Tasks: &no, URL: p("")})
	require.NoError(t, err)
	assert.Equal(t, federation.Peer{Name: "My laptop", ID: one, State: true}, e)
	for _, c := range []federation.Change{{Name: p("My laptop")}, {Name: p("")}, {URL: p("x")}} {
		_, err = book.Allow(two, c)
		assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	}
	for _, who := range []string{"My laptop", string(one), one.Short()} {
		found, err := book.Find(who)
		require.NoError(t, err)
		assert.Equal(t, e, found)
	}
	_, err = book.Remove("My laptop")
	require.NoError(t, err)
	_, err = book.Remove("My laptop")
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))

	require.NoError(t, os.WriteFile(dir.File("federation.json"), []byte("{"), 0o600))
	_, err = book.Allow(one, federation.Change{})
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a damaged book is not written over")
}
