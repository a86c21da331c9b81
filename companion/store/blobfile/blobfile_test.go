package blobfile_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

func put(t *testing.T, f *blobfile.Folder, text string) store.Blob {
	t.Helper()
	blob, err := f.Put(t.Context(), strings.NewReader(text))
	require.NoError(t, err)
	return blob
}

// fileOf is where a blob of a folder lies.
func fileOf(f *blobfile.Folder, name string) string {
	digits := strings.TrimPrefix(name, "sha256:")
	return filepath.Join(f.Path(), digits[:2], digits[2:4], digits)
}

func nobody(string) bool { return false }

func TestAFolderIsMadeWithItsFirstBlob(t *testing.T) {
	f := blobfile.New(filepath.Join(t.TempDir(), "blobs"))
	list, err := f.List(t.Context(), "", 0)
	require.NoError(t, err)
	assert.Empty(t, list)
	_, err = f.Sweep(t.Context(), time.Now(), nobody)
	require.NoError(t, err)
	require.NoDirExists(t, f.Path())
	blob := put(t, f, "first")
	assert.FileExists(t, fileOf(f, blob.Name))
	entries, err := os.ReadDir(filepath.Join(f.Path(), "unfinished"))
	require.NoError(t, err)
	assert.Empty(t, entries)
}

func TestOnlyTheOwnerCanLookIn(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("access lists, not modes")
	}
	f := blobfile.New(filepath.Join(t.TempDir(), "blobs"))
	path := fileOf(f, put(t, f, "private").Name)
	for _, c := range []struct {
		path string
		mode os.FileMode
	}{{f.Path(), 0o700}, {filepath.Dir(path), 0o700}, {path, 0o600}} {
		info, err := os.Stat(c.path)
		require.NoError(t, err)
		assert.Equal(t, c.mode, info.Mode().Perm(), c.path)
	}
}

// A blob whose bytes have changed is never given out as if it were whole.
func TestASpoiltBlobIsTold(t *testing.T) {
	for name, spoil := range map[string]func(string) string{
		"a letter": func(s string) string { return "X" + s[1:] },
		"cut":      func(s string) string { return s[:len(s)-1] },
		"longer":   func(s string) string { return s + "." },
		"empty":    func(string) string { return "" },
	} {
		t.Run(name, func(t *testing.T) {
			f := blobfile.New(filepath.Join(t.TempDir(), "blobs"))
			blob := put(t, f, "the content")
			require.NoError(t, os.WriteFile(fileOf(f, blob.Name), []byte(spoil("the content")), 0o600))
			r, err := f.Read(t.Context(), blob.Name, 0, -1)
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%v", err)
			require.NoError(t, r.Close())
			_, err = f.Read(t.Context(), blob.Name, 0, 3)
			assert.Equal(t, fault.Malformed, fault.CodeOf(err), "%v", err)
			assert.Equal(t, fault.Malformed, fault.CodeOf(f.Check(t.Context(), blob.Name)))
			put(t, f, "the content") // puts it right
			require.NoError(t, f.Check(t.Context(), blob.Name))
		})
	}
}

// A part is checked once; when the file changes after that, it is checked again.
func TestAPartOfAChangedFileIsCheckedAgain(t *testing.T) {
	f := blobfile.New(filepath.Join(t.TempDir(), "blobs"))
	blob := put(t, f, "the content")
	r, err := f.Read(t.Context(), blob.Name, 4, 3)
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	assert.Equal(t, "con", string(text))
	require.NoError(t, os.WriteFile(fileOf(f, blob.Name), []byte("thX content"), 0o600))
	later := time.Now().Add(time.Second)
	require.NoError(t, os.Chtimes(fileOf(f, blob.Name), later, later))
	_, err = f.Read(t.Context(), blob.Name, 4, 3)
	assert.Equal(t, fault.Malformed, fault.CodeOf(err))
}

// What a killed process left without a name is swept, and never taken for a blob.
func TestWhatWasLeftUnfinishedIsSwept(t *testing.T) {
	f := blobfile.New(filepath.Join(t.TempDir(), "blobs"))
	blob := put(t, f, "whole")
	half := filepath.Join(f.Path(), "unfinished", "12345")
	require.NoError(t, os.WriteFile(half, []byte("ha"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(filepath.Dir(fileOf(f, blob.Name)), "notes.txt"), nil, 0o600))
	list, err := f.List(t.Context(), "", 0)
	require.NoError(t, err)
	require.Len(t, list, 1)
	_, err = f.Sweep(t.Context(), time.Now().Add(-time.Hour), nobody)
	require.NoError(t, err)
	assert.FileExists(t, half, "it is young: somebody may be writing it")
	swept, err := f.Sweep(t.Context(), time.Now().Add(time.Hour), func(name string) bool { return name == blob.Name })
	require.NoError(t, err)
	assert.Empty(t, swept)
	assert.NoFileExists(t, half)
	assert.FileExists(t, fileOf(f, blob.Name))
}

// Whatever is put, listed and swept in whatever order: a blob that is held or young stays, all others go, and what is
// there reads back.
func TestSweepsTakeExactlyWhatIsFreeAndOld(t *testing.T) {
	base, round := t.TempDir(), 0
	rapid.Check(t, func(t *rapid.T) {
		round++
		f, ctx := blobfile.New(filepath.Join(base, strconv.Itoa(round))), context.Background()
		held, want := map[string]bool{}, map[string][]byte{}
		now := time.Now()
		for _, content := range rapid.SliceOfNDistinct(rapid.SliceOfN(rapid.Byte(), 0, 20), 0, 5, func(b []byte) string { return string(b) }).Draw(t, "contents") {
			blob, err := f.Put(ctx, bytes.NewReader(content))
			require.NoError(t, err)
			old := rapid.Bool().Draw(t, "old")
			if old {
				require.NoError(t, os.Chtimes(fileOf(f, blob.Name), now.Add(-time.Hour), now.Add(-time.Hour)))
			}
			if held[blob.Name] = rapid.Bool().Draw(t, "held"); held[blob.Name] || !old {
				want[blob.Name] = content
			}
		}
		_, err := f.Sweep(ctx, now.Add(-time.Minute), func(name string) bool { return held[name] })
		require.NoError(t, err)
		list, err := f.List(ctx, "", store.MaxPage)
		require.NoError(t, err)
		require.Len(t, list, len(want))
		for _, blob := range list {
			sum := sha256.Sum256(want[blob.Name])
			require.Equal(t, store.BlobName(sum[:]), blob.Name)
			require.NoError(t, f.Check(ctx, blob.Name))
		}
	})
}
