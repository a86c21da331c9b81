package moving_test

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/moving"
	"github.com/kindos/kai/shared/fault"
)

// written writes a file, from text or from hex, that was changed at a time of its own.
func written(t *testing.T, name, text, inHex string) string {
	t.Helper()
	content := []byte(text)
	if inHex != "" {
		var err error
		content, err = hex.DecodeString(inHex)
		require.NoError(t, err)
	}
	path := filepath.Join(t.TempDir(), filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
	require.NoError(t, os.WriteFile(path, content, 0o600))
	at := time.UnixMilli(1700000000000)
	require.NoError(t, os.Chtimes(path, at, at))
	return path
}

// zipped packs files, each a name and how much of what.
func zipped(t *testing.T, fill func(z *zip.Writer)) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	fill(z)
	require.NoError(t, z.Close())
	return written(t, "export.zip", b.String(), "")
}

func lefts(items []moving.Item) (out []string) {
	for _, i := range items {
		if i.Type == "left" {
			out = append(out, i.What+" "+i.Where)
		}
	}
	return out
}

const talk = `[{"title":"T","id":"c","mapping":{"q":{"id":"q","message":{"author":{"role":"user"},"content":{"content_type":"text","parts":["hi"]}}}}}]`

func TestWhatCannotBeReadIsToldAndTheRestComes(t *testing.T) {
	good := written(t, "good.json", talk, "")
	huge := written(t, "huge.json", "[", "")
	require.NoError(t, os.Truncate(huge, 3<<30)) // has holes: takes no room
	bomb := zipped(t, func(z *zip.Writer) {
		w, err := z.Create("conversations.json")
		require.NoError(t, err)
		_, err = io.CopyN(w, blanks{}, 100<<20)
		require.NoError(t, err)
	})
	for path, want := range map[string]string{
		written(t, "notes.pdf", "%PDF-1.4", ""):           "unknown notes.pdf",
		written(t, "empty.json", "", ""):                  "unknown empty.json",
		written(t, "empty.md", " ", ""):                   "empty empty.md",
		written(t, "bad.md", "\xff\xfe", ""):              "noText bad.md",
		written(t, "long.md", longText(), ""):             "longText long.md",
		written(t, "short.zip", "PK\x03\x04\x09\x09", ""): "damaged short.zip",
		huge: "tooLarge huge.json",
		bomb: "bomb export.zip/conversations.json",
	} {
		got := read(t, "", path, good)
		assert.Equal(t, []string{want}, lefts(got.items))
		assert.Equal(t, "ChatGPT", got.source, "after %s", path)
	}
}

func longText() string { return strings.Repeat("x", 5<<20) }

// blanks are as many as one wants.
type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestAFolderIsReadWithoutWhatIsHidden(t *testing.T) {
	path := written(t, "notes/a/One.md", "# One", "")
	top := filepath.Dir(filepath.Dir(path))
	require.NoError(t, os.MkdirAll(filepath.Join(top, ".git"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(top, ".git", "x.md"), []byte("hidden"), 0o600))
	got := read(t, "", top)
	require.Len(t, got.items, 1)
	assert.Equal(t, "notes/a/One.md", got.items[0].Source)
}

func TestAnotherProgramsExportIsRefused(t *testing.T) {
	got := read(t, "open-webui", written(t, "x.json", talk, ""))
	assert.Equal(t, []string{"otherSource x.json"}, lefts(got.items))
	assert.Len(t, got.items, 1)
}

func TestReadingEndsWhenItIsStopped(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	items := 0
	r := moving.Reading{Sink: moving.Sink{
		Source: func(string) {}, Progress: func(int64, int64) {},
		Item: func(context.Context, moving.Item) error {
			items++
			cancel()
			return nil
		},
	}}
	err := r.Read(ctx, []string{written(t, "x.json", talk, ""), written(t, "y.json", talk, "")})
	require.ErrorIs(t, err, context.Canceled)
	assert.Equal(t, 1, items)
}

// FuzzRead: whatever a file has in it, it is read to its end, and nothing fails but by name.
func FuzzRead(f *testing.F) {
	f.Add("x.json", []byte(talk))
	f.Add("x.json", []byte(`{"version":"1.0","data":{"services":[{"serviceDefinitionId":"ollama","url":"http://x","imageHistory":[{"imageData":"AAAA"}]}]}}`))
	f.Add("x.json", []byte(`{"format":"kai-export","version":1,"documents":[{"id":"d","title":"t"}],"passages":[{"document":"d","text":"x","again":9}]}`))
	f.Add("x.json", []byte(`{"knowledge":[{"title":"a","source":[{"filename":"b","content":"data:;base64,AA"}]}],"oaiConfigs":[{"baseUrl":"http://x","apiKey":"k"}]}`))
	f.Add("x.json", []byte(`{"ollama.base_urls":["http://x",7],"openai":{"api_base_urls":["http://y"],"api_keys":[1]}}`))
	f.Add("x.json", []byte(`[{"chat":{"history":{"messages":{"a":{"role":"user","content":"hi","files":[{"type":"image","url":"data:image/png;base64,iVBO"}]}}}}}]`))
	f.Add("x.md", []byte("## You\n\nhi\n\n## x\n\nho"))
	f.Add("x.zip", []byte("PK\x05\x06aaaaaaaaaaaaaaaaaa"))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		if name != "x.json" && name != "x.md" && name != "x.zip" {
			return
		}
		path := filepath.Join(t.TempDir(), name)
		require.NoError(t, os.WriteFile(path, content, 0o600))
		tally := moving.NewTally()
		r := moving.Reading{Sink: moving.Sink{
			Source: tally.Source, Progress: func(int64, int64) {},
			Item: func(_ context.Context, i moving.Item) error {
				tally.Add(i)
				return nil
			},
		}}
		if err := r.Read(t.Context(), []string{path}); err != nil {
			t.Fatalf("%q: %v (%s)", content, err, fault.CodeOf(err))
		}
	})
}
