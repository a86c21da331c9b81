package pdf_test

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/pdf"
	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/shared/fault"
)

// It is given up by its time and by nothing else: the file fills no memory, however fast the computer. The process ends by itself, too, should kai be gone.
func TestAFileThatTakesTooLongIsGivenUp(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	text, done, err := pdf.Opened(ctx, pdftest.Reader().Engine)
	require.NoError(t, err)
	defer done()
	time.AfterFunc(time.Second, cancel)
	_, err = text(pdftest.Endless(), 1<<20)
	assert.Equal(t, "reading it took longer than a minute; print it into a new PDF, or add it in parts", fault.Public(err).Words())
}

func TestNoMoreIsReadThanADocumentHolds(t *testing.T) {
	text, done, err := pdf.Opened(t.Context(), pdftest.Reader().Engine)
	require.NoError(t, err)
	defer done()
	line := strings.Repeat("a", 100)
	got, err := text(pdftest.File(line, line, line, line), 150)
	require.NoError(t, err)
	assert.Equal(t, line+"\f"+line, got, "the page with which it is too much is the last")
	got, err = text(pdftest.File(line), 10)
	require.NoError(t, err)
	assert.Equal(t, line[:11], got)
}

// After a file that filled all memory there is as much for the next.
func TestABombLeavesNothing(t *testing.T) {
	text, done, err := pdf.Opened(t.Context(), pdftest.Reader().Engine)
	require.NoError(t, err)
	defer done()
	for range 3 {
		_, err = text(pdftest.Bomb(600), 1<<20)
		assert.Equal(t, "it unpacks to more than a document can hold; split it into parts", fault.Public(err).Words())
		got, err := text(pdftest.File("Here."), 1<<20)
		require.NoError(t, err)
		assert.Equal(t, "Here.", got)
	}
}

// FuzzText reads in this process: the engine is made ready once.
func FuzzText(f *testing.F) {
	text, done, err := pdf.Opened(f.Context(), pdftest.Reader().Engine)
	require.NoError(f, err)
	f.Cleanup(done)
	for _, content := range [][]byte{pdftest.File("One.", "Two."), pdftest.Numbered("冰川 😀"), pdftest.Locked(), pdftest.Of(), pdftest.Bomb(1), []byte("%PDF-1.7")} {
		f.Add(content)
	}
	const most = 1 << 20
	f.Fuzz(func(t *testing.T, content []byte) {
		got, err := text(content, most)
		if err != nil {
			require.Equal(t, fault.Malformed, fault.CodeOf(err))
			return
		}
		require.True(t, utf8.ValidString(got))
		require.Less(t, len(got), 5*most) // letters of four bytes on the last page
		require.NotContains(t, got, "\r")
	})
}

// FuzzSaid reads what a process answered that a file got the better of.
func FuzzSaid(f *testing.F) {
	f.Add([]byte(`{"text":"One.\fTwo."}`))
	f.Add([]byte(`{"problem":"password"}`))
	f.Add([]byte(`{"problem":"of its own"}`))
	f.Fuzz(func(t *testing.T, answer []byte) {
		text, err := pdf.Said(answer)
		if err != nil {
			require.Contains(t, []fault.Code{fault.Malformed, fault.Unavailable}, fault.CodeOf(err))
			return
		}
		require.True(t, utf8.ValidString(text))
	})
}
