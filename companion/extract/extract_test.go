package extract_test

import (
	"archive/zip"
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/companion/pdf/pdftest"
	"github.com/kindos/kai/shared/fault"
)

func TestMain(m *testing.M) { os.Exit(pdftest.Main(m)) }

func reader() extract.Reader { return extract.Reader{PDF: pdftest.Reader()} }

// word is a Word file with a body.
func word(t testing.TB, part, body string) string {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(part)
	require.NoError(t, err)
	_, err = w.Write([]byte(`<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>` + body + `</w:body></w:document>`))
	require.NoError(t, err)
	require.NoError(t, z.Close())
	return b.String()
}

// longPDF has ten pages, which are together more than a document holds.
func longPDF() string {
	page := pdftest.Stream("", "BT /F1 1 Tf "+strings.Repeat("("+strings.Repeat("a", 30_000)+") Tj 0 -2 Td ", 15)+"ET")
	return string(pdftest.Of(slices.Repeat([]string{page}, 10)...))
}

const body = "word/document.xml"

func TestFilesBecomeText(t *testing.T) {
	for name, c := range map[string]struct{ file, content, want string }{
		"a text":                    {"a.md", "# Grüße\n", "# Grüße\n"},
		"a text with a mark":        {"a.md", "\ufeffHi", "Hi"},
		"an old text of Windows":    {"a.txt", "Gr\xfc\xdfe", "Grüße"},
		"UTF-16":                    {"a", "\xff\xfeH\x00i\x00", "Hi"},
		"UTF-16 the other way":      {"a", "\xfe\xff\x00H\x00i", "Hi"},
		"a table":                   {"a.csv", "month,amount\r\nMay,\"1,200\"\r\n\r\nJune,9\n", "month: May; amount: 1,200\nmonth: June; amount: 9\n"},
		"a table of Europe":         {"a.csv", "a;b\n1,5;2\n", "a: 1,5; b: 2\n"},
		"a table with tabs":         {"A.TSV", "a\tb\n1\t2", "a: 1; b: 2\n"},
		"a table of one row":        {"a.csv", "a,b", "a; b"},
		"a row that is longer":      {"a.csv", "a\n1,2\n", "a: 1; 2\n"},
		"a page":                    {"a.HTML", "<title>x</title><script>evil()</script><h2>Head</h2><p>One<br>two  \n three</p><ul><li>a<li>b</ul>", "## Head\n\nOne\ntwo three\n\n- a\n\n- b"},
		"a page with code":          {"a.htm", "<pre>a\n  b</pre>", "a\n  b"},
		"a Word file":               {"a.docx", word(t, body, `<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p><w:p><w:r><w:t>One </w:t><w:t>two</w:t><w:tab/><w:t>x</w:t><w:br/></w:r></w:p><w:p/>`), "## Head\n\nOne two\tx"},
		"a Word file with a title":  {"a.docx", word(t, body, `<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>A</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p>`), "# A\n\nb"},
		"a name without any ending": {"README", "Read me.", "Read me."},
		"a program is a text, too":  {"a.go", "package a", "package a"},
		"an empty file":             {"a.txt", "", ""},
		"a PDF":                     {"A.PDF", string(pdftest.File("Whales sing.", "Glaciers melt.")), "Whales sing.\fGlaciers melt."},
		"a heading in German":       {"a.docx", word(t, body, `<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>A</w:t></w:r></w:p>`), "# A"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := reader().Text(t.Context(), c.file, []byte(c.content))
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestWhatCannotBeReadSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		file, content string
		code          fault.Code
		why           string
	}{
		"no text":            {"a.txt", "a\x00b", fault.Unsupported, "it is not a text"},
		"no PDF":             {"a.pdf", "%PDF", fault.Malformed, "the file is damaged, or not what its name says"},
		"a locked PDF":       {"a.pdf", string(pdftest.Locked()), fault.Malformed, "it is protected by a password; save it without one"},
		"a long PDF":         {"a.pdf", longPDF(), fault.Malformed, "it has more than 4 MB of text; split it into parts"},
		"no zip":             {"a.docx", "no zip", fault.Malformed, "the file is damaged, or not what its name says"},
		"another zip":        {"a.docx", word(t, "other.xml", ""), fault.Malformed, "it is not a Word document"},
		"a bomb":             {"a.docx", word(t, body, strings.Repeat(" ", 33<<20)), fault.Malformed, "it unpacks to more than a document can hold; split it into parts"},
		"a page without end": {"a.html", strings.Repeat("<div>", 10_000) + "x", fault.Malformed, "the file is damaged, or not what its name says"},
		"cut XML":            {"a.docx", word(t, body, "<w:p"), fault.Malformed, "the file is damaged, or not what its name says"},
		"a long text":        {"a.txt", strings.Repeat("a", 4<<20+1), fault.Malformed, "it has more than 4 MB of text; split it into parts"},
		"a table that grow":  {"a.csv", strings.Repeat("n", 1<<20) + "\n" + strings.Repeat("1\n", 40), fault.Malformed, "it unpacks to more than a document can hold; split it into parts"},
		"a large file":       {"a.txt", strings.Repeat("a", extract.MaxFileBytes+1), fault.Malformed, "the file is larger than 64 MB; split it into parts"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := reader().Text(t.Context(), c.file, []byte(c.content))
			assert.Equal(t, c.code, fault.CodeOf(err))
			assert.Equal(t, c.why, fault.Public(err).Words())
		})
	}
}

func FuzzText(f *testing.F) {
	for _, ending := range []string{"txt", "csv", "html", "docx"} {
		f.Add("a."+ending, []byte("a,b\n<p>1</p>"))
	}
	f.Add("a.docx", []byte(word(f, body, `<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>Head</w:t></w:r></w:p>`)))
	f.Fuzz(func(t *testing.T, name string, content []byte) {
		text, err := extract.Reader{}.Text(t.Context(), name, content)
		if err != nil {
			require.Contains(t, []fault.Code{fault.Malformed, fault.Unsupported, fault.Unavailable}, fault.CodeOf(err)) // PDF are fuzzed where they are read
			return
		}
		require.LessOrEqual(t, len(text), 4<<20)
	})
}
