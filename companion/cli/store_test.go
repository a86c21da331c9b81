package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/cli"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// recordFile is where kai keeps the records of a test's home.
func recordFile(home string) string { return filepath.Join(home, "data", "data", "kai.db") }

// opened opens the records past kai, which may be running.
func opened(t *testing.T, home string) *sqlite.Store {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(recordFile(home)), 0o700))
	s, err := sqlite.Open(t.Context(), recordFile(home), app.Schema())
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() }) // closing twice is allowed
	return s
}

func note(i int, text string) record.Record {
	return record.Record{Kind: record.KindMessage, ID: fmt.Sprintf("m%05d", i), Version: record.Version(fmt.Sprintf("%012x-0000-t", i+1)),
		Body: fmt.Appendf(nil, `{"conversation":"c","text":%q}`, text)}
}

// filled makes a home with 200 messages, one of which is deleted and one of which names a blob; answers the blob's name.
func filled(t *testing.T) (home, blob string) {
	t.Helper()
	home = t.TempDir()
	s := opened(t, home)
	kept, err := s.PutBlob(t.Context(), strings.NewReader("a picture"))
	require.NoError(t, err)
	for i := range 200 {
		_, err := s.Apply(t.Context(), store.Put(note(i, strings.Repeat("text ", 100))))
		require.NoError(t, err)
	}
	lately := record.NewClock("t", time.Now).Next() // an old deletion would be forgotten by a kai that runs
	gone := record.Record{Kind: record.KindMessage, ID: note(1, "").ID, Version: lately, Deleted: true}
	_, err = s.Apply(t.Context(), store.Put(gone), store.Put(note(200, kept.Name)))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return home, kept.Name
}

// content is all that is stored, in one text.
func content(t *testing.T, home string) string {
	t.Helper()
	s := opened(t, home)
	var b bytes.Buffer
	_, err := store.Export(t.Context(), s, app.Schema(), &b)
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return b.String()
}

// succeeds runs a command that must.
func succeeds(t *testing.T, home string, args ...string) string {
	t.Helper()
	code, out, stderr := outcome(t, kai(t, home, args...))
	require.Zero(t, code, "%v: %s%s", args, out, stderr)
	return out
}

func TestARunningKaiIsCheckedCountedAndBackedUp(t *testing.T) {
	home, _ := filled(t)
	p := start(t, home)
	assert.Contains(t, succeeds(t, home, "store", "check"), "is sound: 201 records, 1 deleted ones, 1 blobs", "one is kai's own, of its exchanges")
	var stats upkeep.Stats
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, home, "store", "stats", "--json")), &stats))
	assert.Equal(t, []int64{200, 1, 1, 9}, []int64{stats.Records[record.KindMessage], stats.Tombstones, stats.Blobs, stats.BlobBytes})
	assert.Regexp(t, `message +200`, succeeds(t, home, "store", "stats"))

	s, stop, done := opened(t, home), make(chan struct{}), make(chan error)
	go func() { done <- writeUntil(stop, s) }()
	var made struct {
		Folder string
		upkeep.Manifest
	}
	out := succeeds(t, home, "store", "backup", "--json")
	close(stop)
	require.NoError(t, <-done)
	require.NoError(t, json.Unmarshal([]byte(out), &made))
	assert.FileExists(t, filepath.Join(made.Folder, "backup.json"))
	assert.GreaterOrEqual(t, made.Records[record.KindMessage], int64(200))

	for _, args := range [][]string{{"store", "compact"}, {"store", "restore", made.Folder}} {
		code, out, stderr := outcome(t, kai(t, home, args...))
		assert.Equal(t, 3, code, args)
		assert.Empty(t, out)
		assert.Contains(t, stderr, "kai stop")
	}
	p.stop(t, os.Interrupt)
}

// writeUntil writes records without a pause.
func writeUntil(stop <-chan struct{}, s store.Store) error {
	for i := 1000; ; i++ {
		select {
		case <-stop:
			return nil
		default:
			if _, err := s.Apply(context.Background(), store.Put(note(i, "while a backup is made"))); err != nil {
				return err
			}
		}
	}
}

func TestABackupIsRestored(t *testing.T) {
	home, blob := filled(t)
	before, folder := content(t, home), filepath.Join(home, "monday")
	assert.Contains(t, succeeds(t, home, "store", "backup", "monday"), "made and verified: 200 records, 1 deleted ones, 1 blobs")
	s := opened(t, home)
	_, err := s.Apply(t.Context(), store.Put(note(5000, "written after the backup")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, os.RemoveAll(blobfile.Of(recordFile(home))))
	after := content(t, home)
	require.NotEqual(t, before, after)

	var restored struct{ Store, Aside string }
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, home, "store", "restore", folder, "--json")), &restored))
	assert.Equal(t, before, content(t, home))
	s = opened(t, home)
	r, err := s.ReadBlob(t.Context(), blob, 0, -1)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, s.Close())
	require.NoError(t, os.Rename(restored.Aside, recordFile(home)))
	assert.Equal(t, after, content(t, home), "what was there before is aside")
	start(t, home).stop(t, os.Interrupt)
}

func TestABackupThatIsNotSoundChangesNothing(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, folder string)
		code  int
		says  string
	}{
		"no backup": {func(t *testing.T, folder string) { require.NoError(t, os.RemoveAll(folder)) }, 3, "no complete backup"},
		"cut short": {func(t *testing.T, folder string) { require.NoError(t, os.Remove(filepath.Join(folder, "backup.json"))) }, 3, "no complete backup"},
		"a changed byte": {func(t *testing.T, folder string) {
			change(t, filepath.Join(folder, "kai.db"), "text text", "text test")
		}, 1, "damaged"},
		"a spoilt blob": {func(t *testing.T, folder string) { change(t, blobFile(t, folder), "picture", "picturE") }, 1, "records and blobs"},
		"a lost blob":   {func(t *testing.T, folder string) { require.NoError(t, os.Remove(blobFile(t, folder))) }, 1, "records and blobs"},
		"a newer kAI's": {func(t *testing.T, folder string) {
			change(t, filepath.Join(folder, "backup.json"), `"version": 1`, `"version": 9`)
		}, 3, "update kAI"},
		"not a manifest": {func(t *testing.T, folder string) {
			change(t, filepath.Join(folder, "backup.json"), `kai-backup`, `cat-backup`)
		}, 1, "not the manifest"},
		"no database any": {func(t *testing.T, folder string) { require.NoError(t, os.Remove(filepath.Join(folder, "kai.db"))) }, 1, "could not be"},
	} {
		t.Run(name, func(t *testing.T) {
			home, _ := filled(t)
			before, folder := content(t, home), filepath.Join(home, "backup")
			succeeds(t, home, "store", "backup", folder)
			c.spoil(t, folder)
			code, out, stderr := outcome(t, kai(t, home, "store", "restore", folder))
			assert.Equal(t, c.code, code, stderr)
			assert.Empty(t, out)
			assert.Contains(t, stderr, c.says)
			assert.Equal(t, before, content(t, home))
			files, err := filepath.Glob(recordFile(home) + "*")
			require.NoError(t, err)
			assert.Len(t, files, 2, "nothing is left beside the database and its blobs: %v", files)
		})
	}
}

// change replaces a text in a file.
func change(t *testing.T, path, from, to string) {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Contains(t, string(data), from)
	require.NoError(t, os.WriteFile(path, bytes.Replace(data, []byte(from), []byte(to), 1), 0o600))
}

// blobFile is the one blob beside a database.
func blobFile(t *testing.T, folder string) string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(blobfile.Of(filepath.Join(folder, "kai.db")), "??", "??", "*"))
	require.NoError(t, err)
	require.Len(t, files, 1)
	return files[0]
}

// A backup may be sound and yet not open here: a newer kAI wrote its records. Then what was there comes back.
func TestARestoredStoreThatDoesNotOpenGivesWay(t *testing.T) {
	newer, _ := filled(t)
	s, err := sqlite.Open(t.Context(), recordFile(newer), app.Schema())
	require.NoError(t, err)
	require.NoError(t, s.Close())
	change(t, recordFile(newer), `{"version":3,`, `{"version":7,`)
	succeeds(t, newer, "store", "backup", "backup")

	home, _ := filled(t)
	before := content(t, home)
	code, _, stderr := outcome(t, kai(t, home, "store", "restore", filepath.Join(newer, "backup")))
	assert.Equal(t, 3, code)
	assert.Contains(t, stderr, "newer kAI")
	assert.Equal(t, before, content(t, home))
	assert.FileExists(t, blobFile(t, filepath.Dir(recordFile(home))))
}

// A restore is killed at any moment: kai then has the old records, the new ones, or says what to do; never none.
func TestAKilledRestoreLosesNothing(t *testing.T) {
	home, _ := filled(t)
	other, _ := filled(t)
	s := opened(t, other)
	_, err := s.Apply(t.Context(), store.Put(note(7000, "only here")))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	succeeds(t, other, "store", "backup", "backup")
	folder, states := filepath.Join(other, "backup"), []string{content(t, home), content(t, other)}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 12 {
		cmd := kai(t, home, "store", "restore", folder)
		require.NoError(t, cmd.Start())
		time.AfterFunc(time.Duration(rng.IntN(60_000))*time.Microsecond, func() { _ = cmd.Process.Kill() }) // it may have ended
		_ = cmd.Wait()                                                                                      // killed or not
		s, err := sqlite.Open(t.Context(), recordFile(home), app.Schema())
		if err != nil {
			assert.Contains(t, fault.Public(err).Message, "cut short")
			continue
		}
		require.NoError(t, s.Close())
		assert.Contains(t, states, content(t, home))
	}
	succeeds(t, home, "store", "restore", folder)
	assert.Equal(t, states[1], content(t, home))
}

// Between the two renames of a restore there is no store. kai does not begin an empty one.
func TestARestoreThatWasCutShortIsTold(t *testing.T) {
	home, _ := filled(t)
	before := content(t, home)
	succeeds(t, home, "store", "backup", "backup")
	require.NoError(t, os.Rename(recordFile(home), recordFile(home)+"-before-x"))
	require.NoError(t, os.WriteFile(recordFile(home)+"-restoring", []byte("half"), 0o600))
	require.NoError(t, os.CopyFS(filepath.Join(home, "spoilt"), os.DirFS(filepath.Join(home, "backup"))))
	change(t, filepath.Join(home, "spoilt", "kai.db"), "text text", "text test")
	for range 2 {
		code, _, stderr := outcome(t, kai(t, home, "run", "--port", "0"))
		assert.Equal(t, 3, code)
		assert.Contains(t, stderr, "run kai store restore again")
		code, _, stderr = outcome(t, kai(t, home, "store", "restore", "spoilt"))
		assert.Equal(t, 1, code)
		assert.Contains(t, stderr, "is damaged")
	}
	succeeds(t, home, "store", "restore", "backup")
	assert.Equal(t, before, content(t, home))
}

func TestDamageIsToldAndNotCopied(t *testing.T) {
	home, _ := filled(t)
	data, err := os.ReadFile(recordFile(home))
	require.NoError(t, err)
	clear(data[len(data)/2 : len(data)/2+3*4096])
	require.NoError(t, os.WriteFile(recordFile(home), data, 0o600))
	code, out, _ := outcome(t, kai(t, home, "store", "check", "--json"))
	assert.Equal(t, 1, code)
	var report upkeep.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	assert.NotEmpty(t, report.Damage)
	code, out, _ = outcome(t, kai(t, home, "store", "check"))
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "Restore a backup")
	code, _, stderr := outcome(t, kai(t, home, "store", "backup", "backup"))
	assert.Equal(t, 1, code)
	assert.Contains(t, stderr, "damaged")
	assert.NoDirExists(t, filepath.Join(home, "backup"), "half a backup is none")
}

func TestADamagedBlobIsToldAndTheRestBackedUp(t *testing.T) {
	home, _ := filled(t)
	change(t, blobFile(t, filepath.Dir(recordFile(home))), "picture", "picturE")
	code, out, _ := outcome(t, kai(t, home, "store", "check"))
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "the blob")
	code, out, _ = outcome(t, kai(t, home, "store", "backup", "backup"))
	assert.Equal(t, 1, code)
	assert.Contains(t, out, "1 blobs were damaged before")
	succeeds(t, home, "store", "restore", "backup")
	assert.Contains(t, succeeds(t, home, "store", "check"), "Records name 1 blobs that are not kept here")
}

func TestCompactGivesSpaceBackAndKeepsTheRest(t *testing.T) {
	home, _ := filled(t)
	s := opened(t, home)
	for i := range 180 {
		_, err := s.Apply(t.Context(), store.Put(record.Record{Kind: record.KindMessage, ID: note(i, "").ID, Version: "00000000ffff-0000-t", Deleted: true}))
		require.NoError(t, err)
	}
	free, err := s.PutBlob(t.Context(), strings.NewReader("named by nobody"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	digits := strings.TrimPrefix(free.Name, "sha256:")
	old := time.Now().Add(-2 * time.Hour)
	path := filepath.Join(blobfile.Of(recordFile(home)), digits[:2], digits[2:4], digits)
	require.NoError(t, os.Chtimes(path, old, old))
	before := content(t, home)
	var gained upkeep.Compacted
	require.NoError(t, json.Unmarshal([]byte(succeeds(t, home, "store", "compact", "--json")), &gained))
	assert.Less(t, gained.After, gained.Before)
	assert.Equal(t, []int64{1, 15}, []int64{int64(gained.Blobs), gained.BlobBytes})
	assert.NoFileExists(t, path)
	assert.FileExists(t, blobFile(t, filepath.Dir(recordFile(home))), "the one that a record names")
	assert.Equal(t, before, content(t, home))
	assert.Contains(t, succeeds(t, home, "store", "check"), "is sound")
}

// Long work tells how far it is, on standard error, where it is in nobody's way.
func TestLongWorkTellsHowFarItIs(t *testing.T) {
	home, _ := filled(t)
	now := time.Now()
	var out, errs bytes.Buffer
	code := cli.Main(cli.Program{
		Version: "1.2.3", Place: datadir.Here(), Stdout: &out, Stderr: &errs,
		Now: func() time.Time { now = now.Add(2 * time.Second); return now },
	}, []string{"--data", filepath.Join(home, "data"), "store", "check", "--json"})
	require.Zero(t, code)
	assert.True(t, json.Valid(out.Bytes()))
	assert.Contains(t, errs.String(), "kai: reading the file\n")
	assert.Contains(t, errs.String(), "kai: checking blobs, 1 of 1\n")
}
