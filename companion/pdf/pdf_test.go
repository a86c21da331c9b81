package pdf_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pdf"
	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/shared/fault"
)

func TestMain(m *testing.M) { os.Exit(pdftest.Main(m)) }

func TestFilesBecomeText(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"pages":                       {pdftest.File("Whales sing.", "Glaciers melt."), "Whales sing.\fGlaciers melt."},
		"a page without text":         {pdftest.File("One.", "", "Three."), "One.\f\fThree."},
		"letters of Europe":           {pdftest.File("Gr\xfc\xdfe, \xe7a va"), "Grüße, ça va"},
		"lines":                       {pdftest.Of(pdftest.Stream("", "BT /F1 12 Tf 50 700 Td (One) Tj 0 -20 Td (two) Tj ET")), "One\ntwo"},
		"a word over the end of one":  {pdftest.Of(pdftest.Stream("", "BT /F1 12 Tf 50 700 Td (gla-) Tj 0 -14 Td (ciers) Tj ET")), "gla-\nciers"},
		"Chinese":                     {pdftest.Numbered("冰川正在融化。"), "冰川正在融化。"},
		"Greek, Russian and a smile":  {pdftest.Numbered("Οι φάλαινες, киты 😀"), "Οι φάλαινες, киты 😀"},
		"a file with rubbish at ends": {append(append([]byte("rubbish\n"), pdftest.File("Here.")...), "rubbish"...), "Here."},
		"a file without its table":    {bytes.Replace(pdftest.File("Mended."), []byte("xref"), []byte("xxxx"), 1), "Mended."},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := pdftest.Reader().Text(t.Context(), c.content)
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestWhatCannotBeReadSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		why     string
	}{
		"an empty file":   {nil, "the file is damaged, or not what its name says"},
		"no PDF":          {[]byte("PK\x03\x04"), "the file is damaged, or not what its name says"},
		"a head alone":    {[]byte("%PDF-1.4 and nothing else"), "the file is damaged, or not what its name says"},
		"a password":      {pdftest.Locked(), "it is protected by a password; save it without one"},
		"pictures":        {pdftest.Of(pdftest.Stream("", "0 0 100 100 re f")), "there is no text in it, only pictures; have an OCR program read it first"},
		"no pages":        {pdftest.Of(), "there is no text in it, only pictures; have an OCR program read it first"},
		"a bomb":          {pdftest.Bomb(600), "it unpacks to more than a document can hold; split it into parts"},
		"too many pages":  {pdftest.File(make([]string, 10_001)...), "it has more than 10000 pages; split it into parts"},
		"pages that lack": {bytes.Replace(pdftest.File("One."), []byte("/Count 1"), []byte("/Count 9"), 1), "the file is damaged, or not what its name says"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pdftest.Reader().Text(t.Context(), c.content)
			assert.Equal(t, fault.Malformed, fault.CodeOf(err))
			assert.Equal(t, c.why, fault.Public(err).Words())
		})
	}
}

// A file with more work than there are days is let go of with whoever wanted it, and so is the process.
func TestReadingEndsWhenItIsNotWantedAnyMore(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	begun := time.Now()
	_, err := pdftest.Reader().Text(ctx, pdftest.Endless())
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Less(t, time.Since(begun), 20*time.Second)
}

func TestTheEngineIsMadeReadyOnceAndAgainWhenItIsDamaged(t *testing.T) {
	r := pdftest.Reader()
	r.Engine = t.TempDir()
	read := func() (path string) {
		t.Helper()
		got, err := r.Text(t.Context(), pdftest.File("Here."))
		require.NoError(t, err)
		require.Equal(t, "Here.", got)
		kept, err := filepath.Glob(filepath.Join(r.Engine, "wazero-*", "*"))
		require.NoError(t, err)
		require.Len(t, kept, 1)
		return kept[0]
	}
	kept := read()
	written := time.Unix(1_700_000_000, 0)
	require.NoError(t, os.Chtimes(kept, written, written))
	require.NoError(t, os.WriteFile(kept+".older", nil, 0o600))
	require.NoError(t, os.Chtimes(kept+".older", time.Unix(1, 0), time.Unix(1, 0)))
	assert.Equal(t, kept, read(), "what is older goes")
	info, err := os.Stat(kept)
	require.NoError(t, err)
	assert.Equal(t, written, info.ModTime(), "it was used as it is")

	require.NoError(t, os.WriteFile(kept, []byte("not this"), 0o600))
	assert.Equal(t, kept, read())
	info, err = os.Stat(kept)
	require.NoError(t, err)
	assert.Greater(t, info.Size(), int64(1<<20), "it was made ready again")
}

// Whatever the process does, kai says what became of the file.
func TestAReaderThatFailsIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		program []string
		code    fault.Code
		why     string
	}{
		"there is none":       {nil, fault.Unavailable, "PDF files cannot be read here"},
		"it cannot start":     {[]string{filepath.Join(t.TempDir(), "nothing")}, fault.Unavailable, "what reads PDF files cannot be started"},
		"it ends with a code": {[]string{os.Args[0], "-test.unknown"}, fault.Malformed, "reading it failed; print it into a new PDF"},
		"it says other words": {[]string{os.Args[0], "-test.list=^$"}, fault.Malformed, "reading it failed; print it into a new PDF"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := pdf.Reader{Program: c.program}.Text(t.Context(), pdftest.File(strings.Repeat("x", 10)))
			assert.Equal(t, c.code, fault.CodeOf(err))
			assert.Equal(t, c.why, fault.Public(err).Words())
		})
	}
}
