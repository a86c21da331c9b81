package protocol_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// framedBytes is what a stream of these frames looks like.
func framedBytes(frames ...string) []byte {
	var out []byte
	for _, f := range frames {
		out = binary.NativeEndian.AppendUint32(out, uint32(len(f)))
		out = append(out, f...)
	}
	return out
}

func TestFramesSurviveReadsOfAnySize(t *testing.T) {
	large := string(bytes.Repeat([]byte("é"), 400_000))
	stream := framedBytes(`{"a":1}`, large, `x`)
	for name, r := range map[string]io.Reader{
		"whole":       bytes.NewReader(stream),
		"byte a time": iotest.OneByteReader(bytes.NewReader(stream)),
		"halves":      iotest.HalfReader(bytes.NewReader(stream)),
		"data + EOF":  iotest.DataErrReader(bytes.NewReader(stream)),
	} {
		t.Run(name, func(t *testing.T) {
			conn := protocol.NewStdioConn(r, io.Discard)
			for _, want := range []string{`{"a":1}`, large, `x`} {
				frame, err := conn.Receive(t.Context())
				require.NoError(t, err)
				require.Equal(t, want, string(frame))
			}
			_, err := conn.Receive(t.Context())
			require.ErrorIs(t, err, io.EOF)
		})
	}
}

func TestLyingFramesAreMalformed(t *testing.T) {
	length := func(n uint32) []byte { return binary.NativeEndian.AppendUint32(nil, n) }
	for name, stream := range map[string][]byte{
		"empty frame":             length(0),
		"over 64 MiB":             length(64<<20 + 1),
		"4 GiB":                   length(1<<32 - 1),
		"cut inside the length":   length(5)[:3],
		"cut inside the frame":    framedBytes(`{"a":1}`)[:8],
		"nothing after length":    length(5),
		"a large one, mostly air": append(length(60<<20), "only this"...),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := protocol.NewStdioConn(bytes.NewReader(stream), io.Discard).Receive(t.Context())
			assert.Equal(t, fault.Malformed, fault.CodeOf(err))
		})
	}
}

func TestTheLimitTowardsTheBrowserIsExact(t *testing.T) {
	var out bytes.Buffer
	conn := protocol.NewStdioConn(bytes.NewReader(nil), &out)
	require.Error(t, conn.Send(t.Context(), make([]byte, 1<<20+1)))
	assert.Zero(t, out.Len(), "nothing of a frame that is too large is written")
	require.NoError(t, conn.Send(t.Context(), make([]byte, 1<<20)))
	assert.Equal(t, 1<<20+4, out.Len())
}

func TestABrokenPipeIsReported(t *testing.T) {
	reader, writer := io.Pipe()
	require.NoError(t, reader.CloseWithError(errors.New("the browser died")))
	assert.ErrorContains(t, protocol.NewStdioConn(reader, writer).Send(t.Context(), []byte("{}")), "the browser died")
}

func FuzzFrameCodec(f *testing.F) {
	f.Add(framedBytes(`{"v":1}`, `x`))
	f.Add([]byte{1, 0, 0})
	f.Add([]byte{255, 255, 255, 255, 1})
	f.Fuzz(func(t *testing.T, stream []byte) {
		var again bytes.Buffer
		in := protocol.NewFramedConn(bytes.NewReader(stream), &again, protocol.FrameLimits{Receive: 1 << 16})
		var err error
		for frame := []byte(nil); ; {
			if frame, err = in.Receive(t.Context()); err != nil {
				break
			}
			require.NoError(t, in.Send(t.Context(), frame))
		}
		require.True(t, errors.Is(err, io.EOF) || fault.CodeOf(err) == fault.Malformed, "%v", err)
		require.True(t, bytes.HasPrefix(stream, again.Bytes()), "what was read is what was there")
	})
}
