package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/store"
)

// openBlobs opens a store with blobs; a backend without them is done.
func (s suite) openBlobs(t *testing.T) (store.Store, store.BlobStore) {
	t.Helper()
	st := s.open(t)
	blobs, err := store.Blobs(st)
	if err != nil {
		t.Skip(s.Gaps[Blobs])
	}
	return st, blobs
}

// content makes bytes that are not text; seed tells them apart.
func content(size int, seed byte) []byte {
	out := make([]byte, size)
	for i := range out {
		out[i] = byte(i*7+i>>8) + seed
	}
	return out
}

func putBlob(t *testing.T, b store.BlobStore, content []byte) store.Blob {
	t.Helper()
	blob, err := b.PutBlob(context.Background(), io.MultiReader(bytes.NewReader(content))) // no short cut by size
	must(t, err)
	sum := sha256.Sum256(content)
	want(t, "name", blob.Name, store.BlobName(sum[:]))
	want(t, "size", blob.Size, int64(len(content)))
	return blob
}

func readBlob(t *testing.T, b store.BlobStore, name string, offset, length int64) []byte {
	t.Helper()
	r, err := b.ReadBlob(context.Background(), name, offset, length)
	must(t, err)
	out, err := io.ReadAll(r)
	must(t, errors.Join(err, r.Close()))
	return out
}

func blobNames(t *testing.T, b store.BlobStore) []string {
	t.Helper()
	listed, err := b.ListBlobs(context.Background(), "", 0)
	must(t, err)
	names := make([]string, len(listed))
	for i, blob := range listed {
		names[i] = blob.Name
	}
	return names
}

func (s suite) blobs(t *testing.T) {
	_, b := s.openBlobs(t)
	want(t, "blobs at first", len(blobNames(t, b)), 0)
	for i, size := range []int{0, 1, 4095, 4096, 1<<20 + 1, 6 << 20} {
		bytesIn := content(size, byte(i))
		name := putBlob(t, b, bytesIn).Name
		want(t, fmt.Sprintf("%d bytes come back", size), bytes.Equal(readBlob(t, b, name, 0, -1), bytesIn), true)
		for _, part := range [][2]int{{0, 0}, {0, 1}, {1, 3}, {size / 2, size}, {size, 5}, {size + 7, 5}, {size / 3, -1}} {
			from, to := min(part[0], size), min(part[0]+part[1], size)
			if part[1] < 0 || to < from {
				to = size
			}
			got := readBlob(t, b, name, int64(part[0]), int64(part[1]))
			want(t, fmt.Sprintf("part %v of %d bytes", part, size), bytes.Equal(got, bytesIn[from:to]), true)
		}
	}
	want(t, "blobs", len(blobNames(t, b)), 6)
	putBlob(t, b, content(4096, 3))
	want(t, "blobs after the same bytes again", len(blobNames(t, b)), 6)
}

func (s suite) blobRefusals(t *testing.T) {
	ctx := context.Background()
	_, b := s.openBlobs(t)
	kept := putBlob(t, b, []byte("kept"))
	none := store.BlobName(make([]byte, 32))
	_, err := b.ReadBlob(ctx, none, 0, -1)
	wantCode(t, err, fault.NotFound)
	_, err = b.ReadBlob(ctx, kept.Name, -1, 1)
	wantCode(t, err, fault.Invalid)
	_, err = b.ListBlobs(ctx, "", -1)
	wantCode(t, err, fault.Invalid)
	for _, name := range []string{"", "kept", "../../" + kept.Name, kept.Name + "0", strings.ToUpper(kept.Name), kept.Name[:70], strings.Replace(kept.Name, "sha256:", "sha512:", 1)} {
		_, err := b.ReadBlob(ctx, name, 0, -1)
		wantCode(t, err, fault.Invalid)
	}
	for _, lost := range []error{errors.New("lost the line"), io.ErrUnexpectedEOF} { // the latter is a request's body that was cut
		_, err = b.PutBlob(ctx, io.MultiReader(bytes.NewReader(content(100_000, 9)), failing{lost}))
		if !errors.Is(err, lost) {
			t.Fatalf("a put whose content fails answers %v", err)
		}
	}
	stopped, cancel := context.WithCancel(ctx)
	_, err = b.PutBlob(stopped, io.MultiReader(bytes.NewReader(content(100_000, 8)), after(cancel), bytes.NewReader(content(100_000, 8))))
	wantCode(t, err, fault.Canceled)
	_, err = b.ReadBlob(stopped, kept.Name, 0, -1)
	wantCode(t, err, fault.Canceled)
	want(t, "kept after all refusals", strings.Join(blobNames(t, b), " "), kept.Name)
}

// failing is content that can't be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// after is empty content; reading it does something.
type after func()

func (do after) Read([]byte) (int, error) { do(); return 0, io.EOF }

func (s suite) blobLists(t *testing.T) {
	_, b := s.openBlobs(t)
	var expected []string
	for i := range 23 {
		expected = append(expected, putBlob(t, b, fmt.Appendf(nil, "blob %d", i)).Name)
	}
	slices.Sort(expected)
	for _, limit := range []int{1, 5, 23, 50} {
		var got []string
		for after := ""; len(got) <= len(expected); {
			page, err := b.ListBlobs(context.Background(), after, limit)
			must(t, err)
			for _, blob := range page {
				got = append(got, blob.Name)
			}
			if len(page) < limit {
				break
			}
			after = got[len(got)-1]
		}
		want(t, fmt.Sprintf("in pages of %d", limit), strings.Join(got, " "), strings.Join(expected, " "))
	}
}

// blobsPutTogether has the same bytes and other bytes put at once.
func (s suite) blobsPutTogether(t *testing.T) {
	_, b := s.openBlobs(t)
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() { _, errs[i] = b.PutBlob(context.Background(), bytes.NewReader(content(50_000, byte(i%3)))) })
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	want(t, "blobs", len(blobNames(t, b)), 3)
	for i := range 3 {
		in := content(50_000, byte(i))
		sum := sha256.Sum256(in)
		want(t, "content", bytes.Equal(readBlob(t, b, store.BlobName(sum[:]), 0, -1), in), true)
	}
}

func (s suite) blobSweeps(t *testing.T) {
	ctx := context.Background()
	st, b := s.openBlobs(t)
	named, escaped, inText, dropped, free := putBlob(t, b, []byte("named")), putBlob(t, b, []byte("escaped")),
		putBlob(t, b, []byte("in text")), putBlob(t, b, []byte("dropped")), putBlob(t, b, []byte("free"))
	put(t, st, setting("named", 1, `{"picture":{"at":["`+named.Name+`"]}}`),
		setting("escaped", 1, `{"picture":"`+strings.Replace(escaped.Name, "sha", `\u0073ha`, 1)+`"}`),
		message("m", 1, "c", "see "+inText.Name+", please"), setting("dropped", 1, `{"picture":"`+dropped.Name+`"}`))
	young, err := b.SweepBlobs(ctx, named.Put.Add(-time.Hour))
	must(t, err)
	want(t, "swept while all are young", len(young), 0)
	put(t, st, tombstone(record.KindSetting, "dropped", 2))
	swept, err := b.SweepBlobs(ctx, time.Now().Add(time.Hour))
	must(t, err)
	got := []string{}
	for _, blob := range swept {
		got = append(got, blob.Name)
	}
	gone := []string{dropped.Name, free.Name}
	slices.Sort(gone)
	want(t, "swept", strings.Join(got, " "), strings.Join(gone, " "))
	_, err = b.ReadBlob(ctx, free.Name, 0, -1)
	wantCode(t, err, fault.NotFound)
	for _, blob := range []store.Blob{named, escaped, inText} {
		want(t, "left", len(readBlob(t, b, blob.Name, 0, -1)), int(blob.Size))
	}
	putBlob(t, b, []byte("free"))
	want(t, "put again", string(readBlob(t, b, free.Name, 0, -1)), "free")
}

// blobsBecomeYoung puts a blob again, which must spare it: a record that names it may be on its way.
func (s suite) blobsBecomeYoung(t *testing.T) {
	_, b := s.openBlobs(t)
	first := putBlob(t, b, []byte("same"))
	for !time.Now().After(first.Put.Add(5 * time.Millisecond)) {
		time.Sleep(time.Millisecond) //nolint:forbidigo // until the clock has moved
	}
	again := putBlob(t, b, []byte("same"))
	if !again.Put.After(first.Put) {
		t.Fatalf("put at %v, and again at %v", first.Put, again.Put)
	}
	swept, err := b.SweepBlobs(context.Background(), again.Put)
	must(t, err)
	want(t, "swept", len(swept), 0)
}

func (s suite) blobsReopened(t *testing.T) {
	if s.Reopen == nil {
		t.Skip("this backend keeps nothing")
	}
	st, b := s.openBlobs(t)
	blob := putBlob(t, b, content(70_000, 1))
	st = s.Reopen(t, st)
	t.Cleanup(func() { _ = st.Close() }) // closing twice is allowed
	b, err := store.Blobs(st)
	must(t, err)
	want(t, "content", bytes.Equal(readBlob(t, b, blob.Name, 0, -1), content(70_000, 1)), true)
	want(t, "listed", strings.Join(blobNames(t, b), " "), blob.Name)
	must(t, st.Close())
	_, err = b.PutBlob(context.Background(), strings.NewReader("x"))
	wantCode(t, err, fault.Unavailable)
	_, err = b.SweepBlobs(context.Background(), time.Now())
	wantCode(t, err, fault.Unavailable)
}
