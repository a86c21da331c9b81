package idb_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"testing"
	"time"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
	"github.com/kindos/kai/wasm/store/idb"
)

func putBlob(t *testing.T, s *idb.Store, content io.Reader) store.Blob {
	t.Helper()
	blob, err := s.PutBlob(context.Background(), content)
	if err != nil {
		t.Fatal(err)
	}
	return blob
}

func TestADamagedBlobIsTold(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	blob := putBlob(t, s, bytes.NewReader(make([]byte, 3<<20)))
	trouble(t, "spoil", t.Name())
	whole, err := s.ReadBlob(context.Background(), blob.Name, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.Copy(io.Discard, whole)
	expectCode(t, err, fault.Malformed)
	_, err = s.ReadBlob(context.Background(), blob.Name, 1, 1)
	expectCode(t, err, fault.Malformed)
	putBlob(t, s, bytes.NewReader(make([]byte, 3<<20)))
	if _, err = s.ReadBlob(context.Background(), blob.Name, 1, 1); err != nil {
		t.Errorf("put again: %v", err)
	}
}

// ending is content that ends in the program's death: what comes after its bytes is asked for and never given.
type ending struct{ left int }

func (e *ending) Read(p []byte) (int, error) {
	if e.left == 0 {
		select {}
	}
	n := min(len(p), e.left)
	e.left -= n
	return n, nil
}

// What a program that died had half put is deleted by the next one's sweep; what this one is putting is not.
func TestHalfABlobOfAnEarlierLifeIsSwept(t *testing.T) {
	first := openAs(t, t.Name(), idb.Options{})
	go func() { _, _ = first.PutBlob(context.Background(), &ending{left: 2 << 20}) }() // ends with the test's program
	parts := func() int { return trouble(t, "count", t.Name(), "blob_parts").Int() }
	for parts() < 2 { // until both have come; each look waits for the database
	}
	if _, err := first.SweepBlobs(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n != 2 {
		t.Errorf("%d parts of what is being put", n)
	}
	second := openAs(t, t.Name(), idb.Options{})
	if _, err := second.SweepBlobs(context.Background(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if n := parts(); n != 0 {
		t.Errorf("%d parts are left", n)
	}
}

// A file of 50 MB goes through in parts of 1 MB; the program's memory grows by a few of them.
func TestALargeBlobIsNeverInMemoryWhole(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	blob := putBlob(t, s, io.LimitReader(zeros{}, 50<<20))
	r, err := s.ReadBlob(context.Background(), blob.Name, 0, -1)
	if err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, r)
	if err != nil || n != 50<<20 {
		t.Errorf("%d bytes came back: %v", n, err)
	}
	if most := largestPart(t); most > 1<<20 {
		t.Errorf("a part has %d bytes", most)
	}
}

func largestPart(t *testing.T) int {
	t.Helper()
	return trouble(t, "largest", t.Name(), "blob_parts").Int()
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func blob(t *testing.T, s *idb.Store, method, in string) (string, error) {
	t.Helper()
	out, err := s.Blob(context.Background(), method, json.RawMessage(in))
	return string(out), err
}

// What the program only passes on is the same blob that it reads in parts.
func TestBlobsPassedOn(t *testing.T) {
	s := openAs(t, t.Name(), idb.Options{})
	const data = "iVBORw0KGgo=" // the beginning of a PNG
	kept, err := blob(t, s, "blob.put", `{"data":"`+data+`"}`)
	if err != nil {
		t.Fatal(err)
	}
	got, err := blob(t, s, "blob.get", kept)
	if err != nil || got != `{"data":"`+data+`"}` {
		t.Errorf("%s came back: %v", got, err)
	}
	name := store.IndexKey(json.RawMessage(kept), "id")
	r, err := s.ReadBlob(context.Background(), name, 1, 3)
	if err != nil {
		t.Fatal(err)
	}
	if part, _ := io.ReadAll(r); string(part) != "PNG" {
		t.Errorf("read %q", part)
	}
	list, err := blob(t, s, "blob.list", `{}`)
	var listed []store.Blob
	if err != nil || json.Unmarshal([]byte(list), &listed) != nil || len(listed) != 1 || listed[0].Name != name || listed[0].Put.IsZero() {
		t.Errorf("listed %s: %v", list, err)
	}
	for in, code := range map[string]fault.Code{`{"data":"aGVsbG8="}`: fault.Invalid, `{"data":7}`: fault.Invalid, `{}`: fault.Invalid} {
		_, err := blob(t, s, "blob.put", in)
		if fault.CodeOf(err) != code {
			t.Errorf("%s answers %v", in, err)
		}
	}
	for _, before := range []string{"0", "1e15"} {
		if _, err := blob(t, s, "blob.sweep", `{"before":`+before+`}`); err != nil {
			t.Fatal(err)
		}
		_, err = blob(t, s, "blob.get", kept)
		if gone := fault.CodeOf(err) == fault.NotFound; gone != (before == "1e15") {
			t.Errorf("swept from before %s: %v", before, err)
		}
	}
}
