package files_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// keeper keeps files in a store on the disk.
func keeper(t *testing.T) (k *files.Keeper, s *sqlite.Store, blobs string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kai.db")
	s, err := sqlite.Open(t.Context(), path, append(store.Schema(), files.Schema()...))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return files.New(files.Options{Store: s, Clock: record.NewClock("k", time.Now), Now: time.Now, NewID: func() string { return record.NewID(time.Now()) }}), s, path + "-blobs"
}

func put(t *testing.T, k *files.Keeper, name, content string) files.File {
	t.Helper()
	f, err := k.Put(t.Context(), name, "text/plain", strings.NewReader(content))
	require.NoError(t, err)
	return f
}

// kept are the names of the blobs of a store.
func kept(t *testing.T, s store.BlobStore) (names []string) {
	t.Helper()
	all, err := s.ListBlobs(t.Context(), "", 0)
	require.NoError(t, err)
	for _, b := range all {
		names = append(names, b.Name)
	}
	return names
}

func TestAFileIsWhatWasPut(t *testing.T) {
	k, _, _ := keeper(t)
	content := bytes.Repeat([]byte{0, 'k', 0xff}, 50_000)
	f, err := k.Put(t.Context(), " Größe 📏.bin ", "Application/X-Thing; a=b", bytes.NewReader(content))
	require.NoError(t, err)
	sum := sha256.Sum256(content)
	assert.Equal(t, hex.EncodeToString(sum[:]), f.SHA256)
	assert.Equal(t, []any{"Größe 📏.bin", "application/x-thing; a=b", int64(len(content))}, []any{f.Name, f.Type, f.Bytes})
	assert.WithinDuration(t, time.Now(), f.Created, time.Minute)
	again, err := k.Get(t.Context(), f.ID)
	require.NoError(t, err)
	assert.Equal(t, f, again)
	c, err := k.Open(t.Context(), f)
	require.NoError(t, err)
	require.NoError(t, iotest.TestReader(c, content), "from anywhere in it")
	require.NoError(t, c.Close())
	require.NoError(t, c.Close(), "twice")
}

func TestFilesAreListedNewestFirst(t *testing.T) {
	k, _, _ := keeper(t)
	for _, name := range []string{"a", "b", "c"} {
		put(t, k, name, name)
	}
	var names []string
	for after := ""; ; {
		page, err := k.List(t.Context(), after, 2)
		require.NoError(t, err)
		for _, f := range page.Files {
			names = append(names, f.Name)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	assert.Equal(t, []string{"c", "b", "a"}, names)
}

func TestTheContentGoesWithTheLastFileOfIt(t *testing.T) {
	k, s, _ := keeper(t)
	one, two, other := put(t, k, "one", "the same"), put(t, k, "two", "the same"), put(t, k, "other", "another")
	require.Equal(t, one.SHA256, two.SHA256)
	require.NoError(t, k.Delete(t.Context(), one.ID))
	assert.Equal(t, fault.NotFound, fault.CodeOf(k.Delete(t.Context(), one.ID)))
	_, err := k.Sweep(t.Context())
	require.NoError(t, err)
	assert.Len(t, kept(t, s), 2, "two has it")
	require.NoError(t, k.Delete(t.Context(), two.ID))
	freed, err := k.Sweep(t.Context())
	require.NoError(t, err)
	require.Len(t, freed, 1)
	assert.Equal(t, []string{"sha256:" + other.SHA256}, kept(t, s))
	_, err = k.Get(t.Context(), two.ID)
	assert.Equal(t, fault.NotFound, fault.CodeOf(err))
}

// A file that is being taken has no record yet: a sweep then leaves its content alone.
func TestASweepSparesWhatIsBeingTaken(t *testing.T) {
	k, s, _ := keeper(t)
	swept := false
	f, err := k.Put(t.Context(), "slow", "", io.MultiReader(strings.NewReader("slow"), readerFunc(func([]byte) (int, error) {
		if !swept {
			swept = true
			put(t, k, "quick", "quick")
			_, err := k.Sweep(t.Context()) // another one's deletion
			require.NoError(t, err)
			_, err = s.PutBlob(t.Context(), strings.NewReader("of nobody"))
			require.NoError(t, err)
			freed, err := k.Sweep(t.Context())
			require.NoError(t, err)
			assert.Empty(t, freed, "it may be the slow one's")
		}
		return 0, io.EOF
	})))
	require.NoError(t, err)
	runs(t, k)
	require.Eventually(t, func() bool { return len(kept(t, s)) == 2 }, 20*time.Second, time.Millisecond, "that of nobody goes, by itself")
	c, err := k.Open(t.Context(), f)
	require.NoError(t, err)
	require.NoError(t, iotest.TestReader(c, []byte("slow")))
	require.NoError(t, c.Close())
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestOfAFileThatDidNotComeWholeNothingIsKept(t *testing.T) {
	k, s, blobs := keeper(t)
	cut := errors.New("cut")
	_, err := k.Put(t.Context(), "half", "", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cut)))
	require.ErrorIs(t, err, cut)
	page, err := k.List(t.Context(), "", 0)
	require.NoError(t, err)
	assert.Empty(t, page.Files)
	assert.Empty(t, kept(t, s))
	left, err := os.ReadDir(filepath.Join(blobs, "unfinished"))
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestADamagedFileIsToldBeforeAnyOfItIsRead(t *testing.T) {
	k, _, blobs := keeper(t)
	f := put(t, k, "letter", "dear Ada")
	require.NoError(t, os.WriteFile(filepath.Join(blobs, f.SHA256[:2], f.SHA256[2:4], f.SHA256), []byte("dear Eva"), 0o600))
	_, err := k.Open(t.Context(), f)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

func TestDeletingEverythingFreesAll(t *testing.T) {
	k, s, _ := keeper(t)
	for range 3 {
		put(t, k, "a", record.NewID(time.Now()))
	}
	runs(t, k)
	require.NoError(t, k.Clear(t.Context()))
	require.Eventually(t, func() bool { return len(kept(t, s)) == 0 }, 20*time.Second, time.Millisecond)
	page, err := k.List(t.Context(), "", 0)
	require.NoError(t, err)
	assert.Empty(t, page.Files)
}

// runs has a keeper sweep by itself until the test ends.
func runs(t *testing.T, k *files.Keeper) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); k.Run(ctx, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(func() { cancel(); <-done })
}

func TestNamesAndTypesThatAreNone(t *testing.T) {
	k, _, _ := keeper(t)
	for _, name := range []string{"", " ", ".", "..", "a/b", `a\b`, "a\nb", "a\x00b", "a\u202eb", "\xff", strings.Repeat("x", 201)} {
		_, err := k.Put(t.Context(), name, "", strings.NewReader(""))
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", name)
	}
	for _, kind := range []string{"text", "text/", "te xt/plain", "text/plain; a", strings.Repeat("x", 200) + "/y"} {
		_, err := k.Put(t.Context(), "a", kind, strings.NewReader(""))
		assert.Equal(t, fault.Invalid, fault.CodeOf(err), "%q", kind)
	}
	for _, kind := range []string{"", "application/x-www-form-urlencoded"} {
		f, err := k.Put(t.Context(), strings.Repeat("ü", 200), kind, strings.NewReader(""))
		require.NoError(t, err)
		assert.Equal(t, "application/octet-stream", f.Type)
		assert.Zero(t, f.Bytes)
	}
}
