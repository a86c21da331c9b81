package wasmdata

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

// module makes a module with a custom section, a data section and another custom one.
func module(segments ...segment) []byte {
	data := write(segments)
	out := []byte("\x00asm\x01\x00\x00\x00\x00\x03\x02hi")
	out = append(out, dataSection, byte(len(data)&0x7f)|0x80, byte(len(data)>>7))
	out = append(out, data...)
	return append(out, "\x00\x04\x03bye"...)
}

// memory is what an engine has in memory after placing the segments.
func memory(t *testing.T, module []byte) []byte {
	t.Helper()
	r := reader{rest: module[8:]}
	image := make([]byte, 1<<16)
	for len(r.rest) > 0 {
		id, body := r.byte(), r.bytes(r.unsigned())
		require.NoError(t, r.err)
		if id != dataSection {
			continue
		}
		segments, err := parse(body)
		require.NoError(t, err)
		for _, s := range segments {
			copy(image[s.offset:], s.data)
		}
	}
	return image
}

func TestMergeKeepsMemoryAndTheOtherSections(t *testing.T) {
	before := module(
		segment{40_000, []byte("out of order")}, segment{64, []byte("a")}, segment{74, []byte("b")}, segment{75, []byte("touches")},
		segment{20_000, []byte("far")}, segment{20_003 + maxGap, []byte("just near enough")}, segment{30_000, nil},
	)
	after, err := Merge(before)
	require.NoError(t, err)
	require.True(t, bytes.Equal(memory(t, before), memory(t, after)))
	require.True(t, bytes.HasSuffix(after, []byte("\x00\x04\x03bye")))
	r := reader{rest: after[8+5+1:]}
	segments, err := parse(r.bytes(r.unsigned()))
	require.NoError(t, err)
	require.Len(t, segments, 4)
}

func TestSegmentsThatOverlapAreRefused(t *testing.T) {
	for _, segments := range [][]segment{
		{{102, []byte("above")}, {100, []byte("below")}},
		{{100, []byte("below")}, {102, []byte("above")}},
		{{-1, []byte("nowhere")}},
	} {
		_, err := Merge(module(segments...))
		require.ErrorIs(t, err, errMalformed)
	}
}

func TestMergingTwiceChangesNothingMore(t *testing.T) {
	once, err := Merge(module(segment{64, []byte("a")}, segment{74, []byte("b")}))
	require.NoError(t, err)
	twice, err := Merge(once)
	require.NoError(t, err)
	require.Equal(t, once, twice)
}

func FuzzMerge(f *testing.F) {
	f.Add(module(segment{64, []byte("a")}, segment{74, []byte("b")}))
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	f.Add([]byte("\x00asm\x01\x00\x00\x00\x0b\x02\x01\x01"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if out, err := Merge(data); err == nil && !bytes.HasPrefix(out, []byte("\x00asm")) {
			t.Error("a module became something else")
		}
	})
}
