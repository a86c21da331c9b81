package peers_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

func TestOnlyEncryptedWaysLeadToOtherComputers(t *testing.T) {
	for text, want := range map[string]string{
		"wss://kai.example.org":      "wss://kai.example.org/sync",
		"wss://10.0.0.2:8443/a/sync": "wss://10.0.0.2:8443/a/sync",
		"ws://127.0.0.1:9090/":       "ws://127.0.0.1:9090/sync",
		"ws://localhost:9090":        "ws://localhost:9090/sync",
		"ws://[::1]:9090":            "ws://[::1]:9090/sync",
		"ws://10.0.0.2:8080":         "",
		"ws://localhost.example.org": "",
		"ws://127.0.0.1.example.org": "",
		"ws://0.0.0.0:8080":          "",
		"WS://kai.example.org":       "",
		"https://kai.example.org":    "",
		"wss://":                     "",
		"wss://ada:word@kai.example": "",
		"wss://kai.example/?token=1": "",
		"kai.example.org":            "",
		"":                           "",
	} {
		got, err := peers.Address(text)
		assert.Equal(t, want, got, text)
		assert.Equal(t, want == "", fault.CodeOf(err) == fault.Invalid, text)
	}
}

func TestTheBookTellsKaiApart(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	book := peers.BookIn(dir)
	one, two := klp.IDOf(make([]byte, 32)), klp.IDOf(append(make([]byte, 31), 1))
	_, err = book.Allow(one, "Laptop")
	require.NoError(t, err)
	_, err = book.Allow(two, "Laptop")
	assert.Equal(t, fault.Invalid, fault.CodeOf(err))
	e, err := book.Add("wss://a.example", one, "", "")
	require.NoError(t, err)
	assert.Equal(t, peers.Entry{Name: "Laptop", ID: one, URL: "wss://a.example/sync", Allowed: true}, e)
	e, err = book.Allow(two, "")
	require.NoError(t, err)
	assert.Equal(t, two.Short(), e.Name)
	_, err = book.Forget("Laptop")
	require.NoError(t, err)
	_, err = book.Forget("Laptop")
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
	all, err := book.List()
	require.NoError(t, err)
	assert.Equal(t, []peers.Entry{e}, all)

	require.NoError(t, os.WriteFile(dir.File("peers.json"), []byte("{"), 0o600))
	_, err = book.Allow(one, "")
	assert.Equal(t, fault.Invalid, fault.CodeOf(err), "a damaged book is not written over")
}
