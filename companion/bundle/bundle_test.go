package bundle_test

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/bundle"
	"github.com/kindos/kai/companion/redact"
)

func TestOnlyWhatIsHarmlessIsTakenOfALogLine(t *testing.T) {
	b := bundle.New(redact.New("by heart"), "/home/ada")
	b.AddLog("log.jsonl", [][]byte{
		[]byte(`{"msg":"m by heart","error":"open /home/ada/x: \"what I wrote\" bearer abcdef","n":7,"ok":true,"prompt":"what I wrote","list":["what I wrote"],"token":5}`),
		[]byte(`what I wrote`),
	})
	assert.Equal(t, `{"error":"open ~/x: \"...\" bearer ***","list":"(left out)","msg":"m ***","n":7,"ok":true,"prompt":"(12 characters left out)","token":5}`+"\n", string(b.Parts()[0].Text))
}

func TestJSONStaysJSONWithoutSecrets(t *testing.T) {
	b := bundle.New(redact.New("by heart"), "/home/ada")
	require.NoError(t, b.AddJSON("x.json", map[string]any{
		"password": "x", "empty_token": "", "n": 12345678901, "list": []string{"/home/ada", "key=by heart"}, "by heart": map[string]any{"api_key": []string{"x"}},
	}))
	assert.JSONEq(t, `{"password": "***", "empty_token": "", "n": 12345678901, "list": ["~", "key=***"], "***": {"api_key": ["***"]}}`, string(b.Parts()[0].Text))
	b.AddText("y.txt", "at /home/ada with by heart")
	var zipped bytes.Buffer
	require.NoError(t, b.Write(&zipped, time.Unix(0, 0)))
	z, err := zip.NewReader(bytes.NewReader(zipped.Bytes()), int64(zipped.Len()))
	require.NoError(t, err)
	require.Len(t, z.File, 2)
	r, err := z.File[1].Open()
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	assert.Equal(t, "at ~ with ***", string(text))
}

func TestMessagesDoNotRepeatWhatAPersonWrote(t *testing.T) {
	assert.Equal(t, `a.b: "..." is not allowed; this is "..."; write one of x, y`, bundle.WithoutQuoted(`a.b: "se\"cret" is not allowed; this is the number 1234; write one of x, y`))
}
