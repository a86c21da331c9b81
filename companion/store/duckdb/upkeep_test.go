//go:build duckdb && cgo

package duckdb

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

func inspected(t *testing.T, path string) upkeep.Keeper {
	t.Helper()
	i, err := Inspect(t.Context(), path, store.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { _ = i.Close() }) // closing twice is allowed
	return i
}

// kept makes a closed store with 200 messages, one of which is deleted and one of which names a blob.
func kept(t *testing.T) (path string, blob store.Blob) {
	t.Helper()
	path = filled(t, 200)
	s := opened(t, path)
	blob, err := s.PutBlob(t.Context(), strings.NewReader("a picture"))
	require.NoError(t, err)
	gone := record.Record{Kind: record.KindMessage, ID: note(1, "").ID, Version: "000000000fff-0000-t", Deleted: true}
	_, err = s.Apply(t.Context(), store.Put(gone), store.Put(note(200, blob.Name)))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return path, blob
}

// content is all that is stored, in one text.
func content(t *testing.T, path string) string {
	t.Helper()
	var b bytes.Buffer
	s := opened(t, path)
	_, err := store.Export(t.Context(), s, store.Schema(), &b)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return b.String()
}

func TestAStoreIsCheckedAndCountedAndStaysAsItIs(t *testing.T) {
	path, _ := kept(t)
	before, err := os.ReadFile(path) //nolint:gosec // the test's own
	require.NoError(t, err)
	told := []string{}
	i := inspected(t, path)
	report, err := i.Check(t.Context(), func(what string, _, _ int64) { told = append(told, what) })
	require.NoError(t, err)
	assert.Empty(t, report.Damage)
	assert.Empty(t, report.Missing)
	assert.Equal(t, []int64{200, 1, 1, 9}, []int64{report.Records[record.KindMessage], report.Tombstones, report.Blobs, report.BlobBytes})
	assert.EqualValues(t, 202, report.Seq)
	assert.Equal(t, 1, report.Layout)
	assert.Equal(t, []string{"reading the file", "checking records", "checking blobs"}, told)
	require.NoError(t, i.Close())
	after, err := os.ReadFile(path) //nolint:gosec // the test's own
	require.NoError(t, err)
	assert.Equal(t, before, after)
}

func TestAStoreThatIsOpenOrNotThereCannotBeLookedAt(t *testing.T) {
	path, _ := kept(t)
	s := opened(t, path)
	_, err := Inspect(t.Context(), path, store.Schema())
	helps(t, err, fault.Unavailable, path)
	require.NoError(t, s.Close())
	nowhere := filepath.Join(t.TempDir(), "kai.duckdb")
	_, err = Inspect(t.Context(), nowhere, store.Schema())
	helps(t, err, fault.NotFound, nowhere)
	assert.NoFileExists(t, nowhere)
}

func TestDamageIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		damage func(t *testing.T, path string)
		told   string
	}{
		"a record twice": {func(t *testing.T, path string) {
			raw(t, path, `INSERT INTO records SELECT * REPLACE (seq + 1000 AS seq) FROM records WHERE seq = 3`)
		}, "1 records are there twice"},
		"no JSON": {func(t *testing.T, path string) {
			raw(t, path, `UPDATE records SET body = '{' WHERE seq = 3`)
		}, note(2, "").ID},
		"a blob": {func(t *testing.T, path string) {
			require.NoError(t, filepath.WalkDir(blobfile.Of(path), func(file string, entry os.DirEntry, err error) error {
				if err != nil || entry.IsDir() {
					return err
				}
				return os.WriteFile(file, []byte("another"), private)
			}))
		}, "the blob"},
		"the file": {func(t *testing.T, path string) {
			text, err := os.ReadFile(path) //nolint:gosec // the test's own
			require.NoError(t, err)
			changed := bytes.ReplaceAll(text, []byte("text text"), []byte("Text text")) // some of it in blocks that are free
			require.NotEqual(t, text, changed)
			require.NoError(t, os.WriteFile(path, changed, private))
		}, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			at, _ := kept(t)
			c.damage(t, at)
			i := inspected(t, at)
			report, err := i.Check(t.Context(), nil)
			require.NoError(t, err)
			require.NotEmpty(t, report.Damage)
			assert.Contains(t, report.Damage[0], c.told)
			to := filepath.Join(t.TempDir(), "backup")
			_, err = i.Backup(t.Context(), to, time.Now(), nil)
			if name != "a blob" { // which is left out, and told of
				assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%v", err)
				assert.NoDirExists(t, to)
			}
		})
	}
}

func TestABackupIsMadeRestoredAndChecked(t *testing.T) {
	path, blob := kept(t)
	was := content(t, path)
	to := filepath.Join(t.TempDir(), "backup")
	made, err := inspected(t, path).Backup(t.Context(), to, time.Now(), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 200, made.Total())
	assert.Equal(t, "duckdb", made.Engine)
	left, err := filepath.Glob(filepath.Join(to, "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(to, "backup.json"), filepath.Join(to, "kai.duckdb"), filepath.Join(to, "kai.duckdb-blobs")}, left)

	elsewhere := filepath.Join(t.TempDir(), "kai.duckdb")
	s := opened(t, elsewhere)
	_, err = s.Apply(t.Context(), store.Put(note(7, "what was here")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	before := content(t, elsewhere)
	m, aside, err := Restore(t.Context(), to, elsewhere, store.Schema(), time.Now(), nil)
	require.NoError(t, err)
	assert.Equal(t, made, m)
	assert.Equal(t, was, content(t, elsewhere))
	assert.Equal(t, before, content(t, aside))
	s = opened(t, elsewhere)
	r, err := s.ReadBlob(t.Context(), blob.Name, 0, -1)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	feed, err := s.Changes(t.Context(), 201, 0)
	require.NoError(t, err)
	assert.EqualValues(t, 202, feed.Seq, "numbers stay as they were")
}

// A process that was killed leaves a log, which a backup must have too.
func TestABackupHasWhatIsInTheLogOnly(t *testing.T) {
	path, _ := kept(t)
	s := opened(t, path)
	_, err := s.Apply(t.Context(), store.Put(note(300, "in the log")))
	require.NoError(t, err)
	killed := filepath.Join(t.TempDir(), "kai.duckdb")
	for _, suffix := range []string{"", logSuffix} {
		require.NoError(t, copyFile(t.Context(), path+suffix, killed+suffix))
	}
	to := filepath.Join(t.TempDir(), "backup")
	made, err := inspected(t, killed).Backup(t.Context(), to, time.Now(), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 201, made.Total())
	assert.Contains(t, content(t, filepath.Join(to, "kai.duckdb")), "in the log")
	assert.FileExists(t, killed+logSuffix, "the store is as it was")
}

func TestBackupsThatAreNotRestored(t *testing.T) {
	path, _ := kept(t)
	was := content(t, path)
	to := filepath.Join(t.TempDir(), "backup")
	i := inspected(t, path)
	_, err := i.Backup(t.Context(), to, time.Now(), nil)
	require.NoError(t, err)
	require.NoError(t, i.Close())
	manifest := filepath.Join(to, "backup.json")
	text, err := os.ReadFile(manifest) //nolint:gosec // the test's own
	require.NoError(t, err)
	for name, c := range map[string]struct {
		file, from, to string
		code           fault.Code
	}{
		"of SQLite":        {manifest, `"duckdb"`, `"sqlite"`, fault.Invalid},
		"of a newer kAI":   {manifest, `"version": 1`, `"version": 2`, fault.Unsupported},
		"other records":    {manifest, `"message": 200`, `"message": 201`, fault.Malformed},
		"without manifest": {manifest, string(text), "", fault.Malformed},
	} {
		require.NoError(t, os.WriteFile(manifest, []byte(strings.Replace(string(text), c.from, c.to, 1)), private))
		_, _, err = Restore(t.Context(), to, path, store.Schema(), time.Now(), nil)
		assert.Equal(t, c.code, fault.CodeOf(err), "%s: %v", name, err)
		assert.NotEmpty(t, fault.Public(err).Remedy, name)
		assert.Equal(t, was, content(t, path), name)
	}
}

func TestARestoreThatWasCutShortIsNoEmptyStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kai.duckdb")
	require.NoError(t, os.WriteFile(path+"-restoring", nil, private))
	_, err := Open(t.Context(), path, store.Schema())
	helps(t, err, fault.Unavailable, path)
	assert.NoFileExists(t, path)
}

func TestCompactingLeavesEveryRecord(t *testing.T) {
	path, blob := kept(t)
	was := content(t, path)
	s := opened(t, path)
	loose, err := s.PutBlob(t.Context(), strings.NewReader("nobody names it"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	gained, err := Compact(t.Context(), path, store.Schema(), time.Now().Add(time.Hour), nil)
	require.NoError(t, err)
	assert.Equal(t, 1, gained.Blobs)
	assert.Equal(t, loose.Size, gained.BlobBytes)
	assert.LessOrEqual(t, gained.After, gained.Before)
	assert.Equal(t, was, content(t, path))
	s = opened(t, path)
	_, err = s.ReadBlob(t.Context(), blob.Name, 0, -1)
	require.NoError(t, err)
}
