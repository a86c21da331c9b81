package clients_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

func book(t *testing.T) (clients.Book, string) {
	t.Helper()
	path := t.TempDir()
	dir, err := datadir.Open(path)
	require.NoError(t, err)
	return clients.In(dir), filepath.Join(path, "clients.json")
}

func TestAClientIsLetInAndOutByItself(t *testing.T) {
	b, file := book(t)
	now := time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)
	one, err := b.Add(" phone  browser ", now)
	require.NoError(t, err)
	two, err := b.Add("script", now)
	require.NoError(t, err)
	assert.True(t, b.Knows(one))
	assert.True(t, b.Knows(two))
	for _, stranger := range []string{"", "kai_", one[:len(one)-1], one + "x", strings.ToUpper(one), "Bearer " + one} {
		assert.False(t, b.Knows(stranger), stranger)
	}
	all, err := b.List()
	require.NoError(t, err)
	require.Len(t, all, 2)
	assert.Equal(t, []any{"phone browser", now, "script"}, []any{all[0].Name, all[0].Added, all[1].Name})

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.NotContains(t, string(text), one, "no token is kept")
	assert.False(t, b.Knows(all[0].Digest), "nor is what is kept a token")
	assert.False(t, b.Knows("kai_"+all[0].Digest))
	info, err := os.Stat(file)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())

	require.NoError(t, b.Revoke("phone browser"))
	assert.False(t, b.Knows(one))
	assert.True(t, b.Knows(two), "the others are not disturbed")
}

func TestWhatABookRefuses(t *testing.T) {
	b, file := book(t)
	_, err := b.Add("script", time.Now())
	require.NoError(t, err)
	for name, code := range map[string]fault.Code{"": fault.Invalid, " \t ": fault.Invalid, "a\x1bb": fault.Invalid, strings.Repeat("x", 81): fault.Invalid, "script": fault.Conflict} {
		_, err := b.Add(name, time.Now())
		assert.Equal(t, code, fault.CodeOf(err), "%q", name)
	}
	assert.Equal(t, fault.NotFound, fault.CodeOf(b.Revoke("nobody")))

	require.NoError(t, os.WriteFile(file, []byte(`[{"name": `), 0o600))
	assert.False(t, b.Knows("kai_x"))
	_, err = b.Add("another", time.Now())
	assert.ErrorContains(t, err, "cannot be read", "what cannot be read is not written over")
}

func TestTwoThatAreLetInAtOnceAreBothIn(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	const many = 8
	done := make(chan error, many)
	for n := range many {
		go func() {
			_, err := clients.In(dir).Add("client "+strconv.Itoa(n), time.Now())
			done <- err
		}()
	}
	for range many {
		require.NoError(t, <-done)
	}
	all, err := clients.In(dir).List()
	require.NoError(t, err)
	assert.Len(t, all, many)
}

// Whoever was let in and is not any more is told apart from whoever never was, and from whom nobody can tell.
func TestARevokedTokenIsKnownAsOne(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	book := clients.In(dir)
	one, err := book.Add("one", time.Now())
	require.NoError(t, err)
	two, err := book.Add("two", time.Now())
	require.NoError(t, err)
	require.NoError(t, book.Revoke("two"))
	for token, want := range map[string]bool{one: false, two: true, "kai_that-nobody-ever-had": false, "another": false, "": false} {
		assert.Equal(t, want, book.Revoked(token), token)
	}
	text, err := os.ReadFile(dir.File("clients-revoked.json"))
	require.NoError(t, err)
	assert.NotContains(t, string(text), two)
	require.NoError(t, os.WriteFile(dir.File("clients.json"), []byte("{"), 0o600))
	assert.False(t, book.Revoked(two), "the list is damaged")
	assert.False(t, book.Knows(one))
}

// Revoking holds, whatever became of the list of those that were revoked.
func TestRevokingNeedsNoListOfTheRevoked(t *testing.T) {
	dir, err := datadir.Open(t.TempDir())
	require.NoError(t, err)
	book := clients.In(dir)
	one, err := book.Add("one", time.Now())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(dir.File("clients-revoked.json"), []byte("{"), 0o600))
	require.NoError(t, book.Revoke("one"))
	assert.Equal(t, []bool{false, false}, []bool{book.Knows(one), book.Revoked(one)})
}
