package digest

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"testing"
)

func sum(h hash.Hash, parts ...[]byte) []byte {
	for _, part := range parts {
		_, _ = h.Write(part) // a hash never fails to write
	}
	return h.Sum(nil)
}

func TestItIsSHA256(t *testing.T) {
	for n := range 300 {
		data := bytes.Repeat([]byte{byte(n)}, n)
		if got, want := sum(newPortable(), data), sum(sha256.New(), data); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes: %x, crypto/sha256 says %x", n, got, want)
		}
	}
}

func TestASumChangesNothing(t *testing.T) {
	h := newPortable()
	sum(h, []byte("one"))
	if got, want := sum(h, []byte(" two")), sum(sha256.New(), []byte("one two")); !bytes.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
	h.Reset()
	if got, want := sum(h), sum(sha256.New()); !bytes.Equal(got, want) {
		t.Errorf("after Reset %x, want %x", got, want)
	}
}

func FuzzItIsSHA256(f *testing.F) {
	f.Add([]byte("a"), []byte("b"), []byte{})
	f.Add(bytes.Repeat([]byte("x"), 63), []byte("y"), bytes.Repeat([]byte("z"), 200))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		if got, want := sum(newPortable(), a, b, c), sum(sha256.New(), a, b, c); !bytes.Equal(got, want) {
			t.Errorf("%x, crypto/sha256 says %x", got, want)
		}
	})
}
