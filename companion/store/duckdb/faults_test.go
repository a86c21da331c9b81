//go:build duckdb && cgo

package duckdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/duckdb/duckdb-go/v2"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func note(i int, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%06d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)),
		Body: fmt.Appendf(nil, `{"conversation":"c%02d","text":%q}`, i%50, text)}
}

func opened(t *testing.T, path string) *Store {
	t.Helper()
	s, err := open(context.Background(), path, store.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // closing twice is allowed
	return s
}

// filled makes a closed store with n messages and answers its path.
func filled(t *testing.T, n int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kai.duckdb")
	s := opened(t, path)
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
	assert.NotContains(t, public.Message, "Error:", "people do not read DuckDB's words")
}

// raw runs a statement on a file as another program would.
func raw(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := connect(path, 1, "")
	require.NoError(t, err)
	for _, statement := range statements {
		_, err = db.Exec(statement)
		require.NoError(t, err)
	}
	require.NoError(t, db.Close())
}

func TestOnlyTheOwnerCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	path := filled(t, 1)
	require.NoError(t, os.Chmod(path, 0o644)) //nolint:gosec // it is what is mended
	s := opened(t, path)
	_, err := s.Apply(context.Background(), store.Put(note(1, "private")))
	require.NoError(t, err)
	files, err := filepath.Glob(path + "*")
	require.NoError(t, err)
	assert.Len(t, files, 3, "the file, its log and its lock")
	for _, file := range files {
		info, err := os.Stat(file)
		require.NoError(t, err)
		assert.Equal(t, os.FileMode(0o600), info.Mode().Perm(), file)
	}
}

func TestPlacesThatCannotHoldAStore(t *testing.T) {
	folder := t.TempDir()
	for name, path := range map[string]string{
		"no such folder": filepath.Join(folder, "none", "kai.duckdb"),
		"a folder":       folder,
	} {
		_, err := Open(context.Background(), path, store.Schema())
		t.Log(name)
		helps(t, err, fault.Unavailable, path)
	}
}

func TestAFolderThatMayNotBeWritten(t *testing.T) {
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("root may write everything")
	}
	path := filled(t, 1)
	require.NoError(t, os.Chmod(path, 0o400))
	require.NoError(t, os.Chmod(filepath.Dir(path), 0o500))       //nolint:gosec // a folder needs x
	t.Cleanup(func() { _ = os.Chmod(filepath.Dir(path), 0o700) }) //nolint:gosec // so that it can be removed
	_, err := Open(context.Background(), path, store.Schema())
	helps(t, err, fault.Unavailable, path)
}

func TestASecondStoreOnTheFileIsRefused(t *testing.T) {
	path := filled(t, 1)
	s := opened(t, path)
	for range 2 { // being refused does not take the first one's lock
		_, err := Open(context.Background(), path, store.Schema())
		helps(t, err, fault.Unavailable, path)
	}
	_, err := s.Apply(context.Background(), store.Put(note(2, "x")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	opened(t, path)
}

func TestDamagedFiles(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"noise":            func([]byte) []byte { return bytes.Repeat([]byte("noise "), 4096) },
		"nothing":          func([]byte) []byte { return nil },
		"a SQLite file":    func(b []byte) []byte { copy(b, "SQLite format 3\x00"); return b },
		"a cut header":     func(b []byte) []byte { return b[:50] },
		"cut in the midst": func(b []byte) []byte { return b[:len(b)/2] },
		"data zeroed":      func(b []byte) []byte { clear(b[3*4096:]); return b },
		"one byte flipped": func(b []byte) []byte { b[len(b)/2] ^= 1; return b },
	} {
		t.Run(name, func(t *testing.T) {
			path := filled(t, 60)
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			harmed := damage(data)
			require.NoError(t, os.WriteFile(path, harmed, 0o600))
			s, err := Open(context.Background(), path, store.Schema())
			if err == nil { // the part that opening reads may be whole: then reading meets the damage
				defer s.Close() //nolint:errcheck // the test is over
				_, err = s.List(context.Background(), store.Query{Kind: record.KindMessage})
			}
			helps(t, err, fault.Malformed, path)
			after, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.True(t, bytes.Equal(harmed, after), "it is left as it was for whoever saves parts of it")
		})
	}
}

// A log that ends in the midst of a write is what a kill leaves; what was written whole before it is kept.
func TestALogThatWasCutKeepsWhatIsBeforeTheCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.duckdb")
	s := opened(t, path)
	for i := range 2 {
		_, err := s.Apply(context.Background(), store.Put(note(i, strings.Repeat("text ", 200))))
		require.NoError(t, err)
	}
	copied := filepath.Join(t.TempDir(), "kai.duckdb") // as a kill would leave it: Close would empty the log
	for _, suffix := range []string{"", logSuffix} {
		data, err := os.ReadFile(path + suffix)
		require.NoError(t, err)
		if suffix == logSuffix {
			data = data[:len(data)-100]
		}
		require.NoError(t, os.WriteFile(copied+suffix, data, 0o600))
	}
	again := opened(t, copied)
	feed, err := again.Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	require.Len(t, feed.Records, 1)
	assert.Equal(t, note(0, "").ID, feed.Records[0].ID)
}

func TestAnotherProgramsDatabaseIsNotTouched(t *testing.T) {
	for name, table := range map[string]string{
		"tables": `CREATE TABLE trips (miles INTEGER)`, "a table of the same name": `CREATE TABLE facts (name VARCHAR, value VARCHAR)`,
		"quite another one of that name": `CREATE TABLE facts (n INTEGER)`,
	} {
		path := filepath.Join(t.TempDir(), "taxi.duckdb")
		raw(t, path, table)
		before, err := os.ReadFile(path)
		require.NoError(t, err)
		_, err = Open(context.Background(), path, store.Schema())
		t.Log(name)
		helps(t, err, fault.Invalid, path)
		after, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.True(t, bytes.Equal(before, after))
	}
}

func TestAChangedSchemaIsDerivedAgain(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "kai.duckdb")
	before := []store.KindSpec{{Kind: record.KindMessage}, {Kind: "ghost"}}
	s, err := Open(ctx, path, before)
	require.NoError(t, err)
	var notes []record.Record
	for i := range 1200 { // more than are read at a time
		notes = append(notes, note(i, "find me"))
	}
	require.NoError(t, store.Load(ctx, s, notes))
	_, err = s.Apply(ctx,
		store.Put(record.Record{Kind: "ghost", ID: "g", Version: "000000000001-0000-t", Body: []byte(`{}`)}),
		store.Put(record.Record{Kind: record.KindMessage, ID: "gone", Version: "000000000001-0000-t", Deleted: true}))
	require.NoError(t, err)
	kept, err := s.Changes(ctx, 0, store.MaxPage)
	require.NoError(t, err)
	require.NoError(t, s.Close())

	for range 2 { // the second time nothing is left to do
		s = opened(t, path)
		page, err := s.List(ctx, store.Query{Kind: record.KindMessage, Index: "conversation", Equal: "c01"})
		require.NoError(t, err)
		assert.Len(t, page.Records, 1200/50)
		hits, err := s.(*Store).SearchText(ctx, store.TextQuery{Kind: record.KindMessage, Words: "find", Limit: store.MaxPage})
		require.NoError(t, err)
		assert.Len(t, hits, 1200)
		feed, err := s.Changes(ctx, 0, store.MaxPage)
		require.NoError(t, err)
		assert.Equal(t, kept, feed, "the change feed stays as it was")
		require.NoError(t, s.Close())
	}
}

func TestTooManyIndexesAreRefused(t *testing.T) {
	_, err := Open(context.Background(), filepath.Join(t.TempDir(), "x"), []store.KindSpec{{Kind: "k", Indexes: []string{"a", "b", "c", "d"}}})
	assert.Equal(t, fault.Unsupported, fault.CodeOf(err))
}

func TestAContextThatEndsInTheMidstTakesTheWriteBack(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "kai.duckdb"))
	ctx, cancel := context.WithCancel(context.Background())
	err := s.transact(ctx, func(w *writing) error {
		if _, err := w.write(ctx, []store.Write{store.Put(note(1, "x"))}); err != nil {
			return err
		}
		cancel()
		return nil
	})
	assert.Equal(t, fault.Canceled, fault.CodeOf(s.fault(ctx, err, "writing")))
	feed, err := s.Changes(context.Background(), 0, 0)
	require.NoError(t, err)
	assert.Empty(t, feed.Records)
	res, err := s.Apply(context.Background(), store.Put(note(3, "x")))
	require.NoError(t, err, "the store goes on")
	assert.Equal(t, uint64(1), res.Seq, "without a gap in the numbers")
}

func TestRoomOfRewrittenRecordsIsUsedAgain(t *testing.T) {
	ctx, s := context.Background(), opened(t, filepath.Join(t.TempDir(), "kai.duckdb"))
	for i := range 30 {
		r := note(0, strings.Repeat("x", 1<<20))
		r.Version = record.Version(fmt.Sprintf("%012x-0000-t", i+1))
		_, err := s.Apply(ctx, store.Put(r))
		require.NoError(t, err)
		_, err = s.writer.ExecContext(ctx, `CHECKPOINT`) // DuckDB does so by itself every 16 MB
		require.NoError(t, err)
	}
	usage, err := s.Measure(ctx)
	require.NoError(t, err)
	assert.Less(t, usage.Bytes, int64(10<<20), "of 30 MB written, 1 MB is still stored")
}

func TestEveryErrorOfDuckDBHasWords(t *testing.T) {
	s := &Store{path: "/x/kai.duckdb"}
	for message, want := range map[string]fault.Code{
		`IO Error: Could not set lock on file "x": Conflicting lock is held in y (PID 1).`:         fault.Unavailable,
		`IO Error: Could not write file "x": No space left on device`:                              fault.Exhausted,
		`IO Error: Cannot open file "x": Permission denied`:                                        fault.Unavailable,
		`IO Error: Trying to read a database file with version number 99, but we can only read 68`: fault.Unsupported,
		`IO Error: The file "x" exists, but it is not a valid DuckDB database file!`:               fault.Malformed,
		`IO Error: Could not read: Input/output error`:                                             fault.Unavailable,
	} {
		err := s.explain(&duckdb.Error{Type: duckdb.ErrorTypeIO, Msg: message}, "reading")
		assert.Equal(t, want, fault.CodeOf(err), message)
		assert.NotEmpty(t, fault.Public(err).Remedy, message)
	}
	for kind, want := range map[duckdb.ErrorType]fault.Code{
		duckdb.ErrorTypeOutOfMemory: fault.Exhausted, duckdb.ErrorTypeFatal: fault.Unavailable,
		duckdb.ErrorTypeSerialization: fault.Malformed, duckdb.ErrorTypeBinder: fault.Internal,
	} {
		assert.Equal(t, want, fault.CodeOf(s.explain(&duckdb.Error{Type: kind}, "reading")), kind)
	}
	assert.Equal(t, fault.Internal, fault.CodeOf(s.fault(context.Background(), errors.New("x"), "reading")))
}
