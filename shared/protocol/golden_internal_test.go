package protocol

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files in testdata are the protocol as bytes: this side and the TypeScript side must both read and write them so.
func golden(t *testing.T, name string) []byte {
	t.Helper()
	frame, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	require.NoError(t, err)
	return bytes.TrimSuffix(frame, []byte("\n"))
}

func TestEveryGoldenFrameIsReadAndWrittenByteForByte(t *testing.T) {
	for name, kind := range map[string]Kind{
		"hello": KindRequest, "hello-reply": KindReply, "hello-refused": KindReply, "request": KindRequest, "request-traced": KindRequest, "reply": KindReply,
		"reply-empty": KindReply, "fault": KindReply, "fault-unreadable": KindReply, "event": KindEvent, "chunk": KindChunk,
		"credit": KindEvent, "cancel": KindCancel, "part-1": KindChunk, "part-2": KindChunk, "part-3": KindChunk,
	} {
		t.Run(name, func(t *testing.T) {
			e, err := parse(golden(t, name))
			require.NoError(t, err)
			assert.Equal(t, kind, e.Kind)
			var body any
			if e.Body != nil {
				body = e.Body
			}
			again, err := encode(e, body)
			require.NoError(t, err)
			assert.Equal(t, string(golden(t, name)), string(again))
		})
	}
}

func TestTheBodiesOfGoldenFramesAreWhatTheTypesWrite(t *testing.T) {
	for name, into := range map[string]any{"hello": &Hello{}, "credit": &Credit{}, "part-1": &Part{}, "part-3": &Part{}} {
		e, err := parse(golden(t, name))
		require.NoError(t, err)
		strict := json.NewDecoder(bytes.NewReader(e.Body))
		strict.DisallowUnknownFields()
		require.NoError(t, strict.Decode(into), name)
		back, err := json.Marshal(into)
		require.NoError(t, err)
		assert.JSONEq(t, string(e.Body), string(back), name)
	}
}

func TestTheGoldenPartsAreTheGoldenWholeCut(t *testing.T) {
	whole := golden(t, "part-whole")
	c := &cutter{v: 1, limit: minFrame, id: "p1", rest: whole}
	a := assembler{maxOpen: 1, maxBytes: 1 << 20}
	for _, name := range []string{"part-1", "part-2", "part-3"} {
		frame, last := c.next()
		if os.Getenv("KAI_GOLDEN") != "" {
			require.NoError(t, os.WriteFile(filepath.Join("testdata", name+".json"), append(frame, '\n'), 0o600))
		}
		assert.Equal(t, string(golden(t, name)), string(frame))
		assert.Equal(t, name == "part-3", last)
		e, err := parse(golden(t, name))
		require.NoError(t, err)
		var p Part
		require.NoError(t, json.Unmarshal(e.Body, &p))
		joined, err := a.add(e.ID, p)
		require.NoError(t, err)
		if last {
			assert.Equal(t, string(whole), string(joined))
		}
	}
	assert.Contains(t, string(whole), "😀", "cut text has more than ASCII in it")
}
