package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	codes "modernc.org/sqlite/lib"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func note(i int, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%06d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)),
		Body: fmt.Appendf(nil, `{"conversation":"c%02d","text":%q}`, i%50, text)}
}

func open(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path, store.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // closing twice is allowed
	return s
}

// filled makes a closed store with n messages and answers its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kai.db")
	s := open(t, path)
	for i := range n {
		_, err := s.Apply(context.Background(), store.Put(note(i, strings.Repeat("text ", 200))))
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	return path
}

// helps checks that a fault has the code, names the file, and says what to do.
func helps(t *testing.T, err error, code fault.Code, path string) {
	t.Helper()
	require.Equal(t, code, fault.CodeOf(err), "%v", err)
	public := fault.Public(err)
	assert.Contains(t, public.Message, path)
	assert.NotEmpty(t, public.Remedy)
	assert.NotContains(t, public.Message, "SQLITE_", "people do not read SQLite's names")
}

// raw runs a statement on a file as another program would.
func raw(t *testing.T, path, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	_, err = db.Exec(statement)
	require.NoError(t, err)
	require.NoError(t, db.Close())
}

func TestOnlyTheOwnerCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	path := filepath.Join(t.TempDir(), "kai.db")
	require.NoError(t, os.WriteFile(path, nil, 0o644))
	s := open(t, path)
	_, err := s.Apply(context.Background(), store.Put(note(1, "private")))
	require.NoError(t, err)
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	assert.Len(t, files, 4, "the file, its log, the log's index and the mark")
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}

func TestPlacesThatCannotHoldAStore(t *testing.T) {
	folder := t.TempDir()
	for name, path := range map[string]string{
		"no such folder": filepath.Join(folder, "none", "kai.db"),
		"a folder":       folder,
	} {
		_, err := Open(context.Background(), path, store.Schema())
		t.Log(name)
		helps(t, err, fault.Unavailable, path)
	}
}

func TestAStoreThatTurnsReadOnlySaysSo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.db")
	s := open(t, path)
	_, err := s.writer.Exec(`PRAGMA query_only = 1`) // SQLite answers as for a read-only disk
	require.NoError(t, err)
	_, err = s.Apply(context.Background(), store.Put(note(1, "x")))
	helps(t, err, fault.Unavailable, path)
}

func TestAFullDiskLosesNothingThatWasStored(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.db")
	s := open(t, path)
	ctx := context.Background()
	_, err := s.Apply(ctx, store.Put(note(0, "kept")))
	require.NoError(t, err)
	_, err = s.writer.Exec(`PRAGMA max_page_count = 1`) // SQLite answers as for a full disk
	require.NoError(t, err)
	_, err = s.Apply(ctx, store.Put(note(1, strings.Repeat("x", 1<<20))))
	helps(t, err, fault.Exhausted, path)
	err = s.LoadBulk(ctx, []record.Record{note(2, strings.Repeat("x", 1<<20))})
	helps(t, err, fault.Exhausted, path)
	feed, err := s.Changes(ctx, 0, 0)
	require.NoError(t, err)
	assert.Len(t, feed.Records, 1)

	_, err = s.writer.Exec(`PRAGMA max_page_count = 1000000`)
	require.NoError(t, err)
	_, err = s.Apply(ctx, store.Put(note(1, strings.Repeat("x", 1<<20))))
	require.NoError(t, err, "it goes on when there is space again")
}

func TestAnotherProgramThatHoldsTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.db")
	s := open(t, path)
	_, err := s.writer.Exec(`PRAGMA busy_timeout = 1`)
	require.NoError(t, err)
	other, err := sql.Open("sqlite", path)
	require.NoError(t, err)
	other.SetMaxOpenConns(1)
	defer other.Close() //nolint:errcheck // the test is over
	_, err = other.Exec(`BEGIN IMMEDIATE`)
	require.NoError(t, err)
	_, err = s.Apply(context.Background(), store.Put(note(1, "x")))
	helps(t, err, fault.Unavailable, path)
	_, err = s.Get(context.Background(), note(1, "").Key())
	require.NoError(t, err, "reading goes on")
	_, err = other.Exec(`ROLLBACK`)
	require.NoError(t, err)
	_, err = s.Apply(context.Background(), store.Put(note(1, "x")))
	require.NoError(t, err)
}

func TestDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"noise":            func(b []byte) []byte { return bytes.Repeat([]byte("noise "), 4096) },
		"header overrun":   func(b []byte) []byte { copy(b, "<html>not a database"); return b },
		"cut in the midst": func(b []byte) []byte { return b[:len(b)/2] },
		"pages zeroed":     func(b []byte) []byte { clear(b[4096:]); return b },
		"a cut header":     func(b []byte) []byte { return b[:50] },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 60)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(path, damage(data), 0o600))
			s, err := Open(context.Background(), path, store.Schema())
			if err == nil { // the part that opening reads may be whole: then reading meets the damage
				defer s.Close() //nolint:errcheck // the test is over
				_, err = s.List(context.Background(), store.Query{Kind: record.KindMessage})
			}
			helps(t, err, fault.Malformed, path)
		})
	}
}

func TestAnotherProgramsDatabaseIsNotTouched(t *testing.T) {
	path := filepath.Join(t.TempDir(), "places.sqlite")
	raw(t, path, `CREATE TABLE moz_places (url TEXT)`)
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = Open(context.Background(), path, store.Schema())
	helps(t, err, fault.Invalid, path)
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(before, after))
}

func TestANewerStoreTellsToUpdate(t *testing.T) {
	path := filled(t, 1)
	raw(t, path, `PRAGMA user_version = 99`)
	_, err := Open(context.Background(), path, store.Schema())
	helps(t, err, fault.Unsupported, path)
	assert.Contains(t, fault.Public(err).Remedy, "update kAI")
}

func TestEveryLayoutHasAFixture(t *testing.T) {
	steps, err := fs.Glob(migrations, "migrations/*.sql")
	require.NoError(t, err)
	for i := range steps {
		assert.FileExists(t, fmt.Sprintf("testdata/layout%d.db", i+1), "write it with go test -run TestFixture -fixture %d", i+1)
	}
}

func TestAChangedSchemaIsDerivedAgain(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "kai.db")
	before := []store.KindSpec{{Kind: record.KindMessage}, {Kind: "ghost"}}
	s, err := Open(ctx, path, before)
	require.NoError(t, err)
	_, err = s.Apply(ctx, store.Put(note(1, "find me")), store.Put(note(2, "and me")),
		store.Put(record.Record{Kind: "ghost", ID: "g", Version: "000000000001-0000-t", Body: []byte(`{}`)}),
		store.Put(record.Record{Kind: record.KindMessage, ID: "gone", Version: "000000000001-0000-t", Deleted: true}))
	require.NoError(t, err)
	require.NoError(t, s.Close())

	for range 2 { // the second time nothing is left to do
		s = open(t, path)
		page, err := s.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c01"})
		require.NoError(t, err)
		assert.Len(t, page.Records, 1)
		hits, err := s.SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "find"})
		require.NoError(t, err)
		assert.Len(t, hits, 1)
		require.NoError(t, s.Close())
	}
}

func TestTooManyIndexesAreRefused(t *testing.T) {
	_, err := Open(context.Background(), filepath.Join(t.TempDir(), "x.db"), []store.KindSpec{{Kind: "k", Indexes: []string{"a", "b", "c", "d"}}})
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestTwoStoresOnOneFileSeeEachOther(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "kai.db")
	a, b := open(t, path), open(t, path)
	for i := range 20 {
		writer, reader := a, b
		if i%2 == 1 {
			writer, reader = b, a
		}
		_, err := writer.Apply(ctx, store.Put(note(i, "x")))
		require.NoError(t, err)
		feed, err := reader.Changes(ctx, uint64(i), 0) //nolint:gosec // small
		require.NoError(t, err)
		require.Len(t, feed.Records, 1)
		assert.Equal(t, note(i, "").ID, feed.Records[0].ID)
	}
}

func TestAContextThatEndsInTheMidstTakesTheLoadsTransactionBack(t *testing.T) {
	s := open(t, filepath.Join(t.TempDir(), "kai.db"))
	ctx, cancel := context.WithCancel(context.Background())
	err := s.transact(ctx, func(w *writing) error {
		if _, err := w.write(ctx, store.Put(note(1, "x"))); err != nil {
			return err
		}
		cancel()
		_, err := w.write(ctx, store.Put(note(2, "x")))
		return err
	})
	assert.Equal(t, fault.Canceled, fault.CodeOf(s.fault(ctx, err, "writing")))
	feed, err := s.Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	assert.Empty(t, feed.Records)
	_, err = s.Apply(context.Background(), store.Put(note(3, "x")))
	require.NoError(t, err, "the store goes on")
}

func TestEveryCodeOfSQLiteHasWords(t *testing.T) {
	s := &Store{path: "/x/kai.db"}
	for code, want := range map[int]fault.Code{
		codes.SQLITE_BUSY: fault.Unavailable, codes.SQLITE_LOCKED: fault.Unavailable, codes.SQLITE_FULL: fault.Exhausted,
		codes.SQLITE_READONLY: fault.Unavailable, codes.SQLITE_CANTOPEN: fault.Unavailable, codes.SQLITE_PERM: fault.Unavailable,
		codes.SQLITE_CORRUPT: fault.Malformed, codes.SQLITE_NOTADB: fault.Malformed, codes.SQLITE_IOERR: fault.Unavailable,
		codes.SQLITE_TOOBIG: fault.Invalid, codes.SQLITE_NOMEM: fault.Exhausted, codes.SQLITE_MISUSE: fault.Internal,
	} {
		err := s.explain(code, errors.New("cause"), "reading")
		assert.Equal(t, want, fault.CodeOf(err), code)
		if want != fault.Internal {
			assert.NotEmpty(t, fault.Public(err).Remedy, code)
		}
	}
}
