package api_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// linkAttacks read or write by way of links and names that lead out of the folder of files. Of file {linked} somebody has
// replaced the content by a link to a secret, of file {moved} the folder by a link to one with the secret.
func linkAttacks() []attack {
	content := func(id, more string) string {
		return "GET /api/v1/files/" + id + "/content HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\n" + more
	}
	keep := func(name string) string {
		return "POST /api/v1/files?name=" + name + " HTTP/1.1\nHost: {host}\nAuthorization: Bearer {token}\nContent-Type: text/plain\nContent-Length: 3\n\nabc"
	}
	return []attack{
		{"a link in the place of a file", content("{linked}", ""), "502"},
		{"a part of what a link leads to", content("{linked}", "Range: bytes=0-3\n"), "502"},
		{"a link in the place of a folder", content("{moved}", ""), "502"},
		{"a file by a path", content("..%2f..%2fetc%2fpasswd", ""), "404"},
		{"a file by the path of the secret", content("secret", ""), "404"},
		{"a file that is to be kept above", keep("..%2fsecret"), "400 422"},
		{"a file that is to be kept at a root", keep("%2fetc%2fcron.d%2fx"), "400 422"},
		{"a file that is to be kept on a drive", keep("C:%5Cx"), "400 422"},
		{"a file without a token", "GET /api/v1/files/{linked}/content HTTP/1.1\nHost: {host}\n", "401"},
	}
}

// linked are files whose content on the disk was replaced by links to a secret.
func linked(t *testing.T) (keeper *files.Keeper, link, folder string) {
	t.Helper()
	at := t.TempDir()
	path := filepath.Join(at, "kai.db")
	db, err := sqlite.Open(t.Context(), path, append(store.Schema(), files.Schema()...))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, db.Close()) })
	keeper = files.New(files.Options{Store: db, Clock: record.NewClock("k", time.Now), Now: time.Now, NewID: func() string { return record.NewID(time.Now()) }})
	put := func(text string) (id, digits, blob string) {
		f, err := keeper.Put(t.Context(), "notes.txt", "text/plain", strings.NewReader(text))
		require.NoError(t, err)
		blob = filepath.Join(path+"-blobs", f.SHA256[:2], f.SHA256[2:4], f.SHA256)
		require.FileExists(t, blob)
		return f.ID, f.SHA256, blob
	}
	secret := filepath.Join(at, "secret")
	require.NoError(t, os.WriteFile(secret, []byte("root:x:0:0"), 0o600))
	link, _, blob := put("one")
	require.NoError(t, os.Remove(blob))
	require.NoError(t, os.Symlink(secret, blob))

	folder, digits, blob := put("two")
	elsewhere := filepath.Join(at, "elsewhere")
	require.NoError(t, os.Mkdir(elsewhere, 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(elsewhere, digits), []byte("root:x:0:0"), 0o600))
	require.NoError(t, os.RemoveAll(filepath.Dir(blob)))
	require.NoError(t, os.Symlink(elsewhere, filepath.Dir(blob)))
	return keeper, link, folder
}
