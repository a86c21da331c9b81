// Package pdftest makes PDF files for tests, and lets the program of a test read them as kai does. Imports companion/pdf.
package pdftest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
)

// File is a PDF of pages with a line each, in the letters of Western Europe.
func File(pages ...string) []byte {
	streams := make([]string, len(pages))
	for i, line := range pages {
		streams[i] = Stream("", "BT /F1 12 Tf 50 700 Td ("+line+") Tj ET")
	}
	return Of(streams...)
}

// Stream is a stream of a PDF, with what else stands in its dictionary.
func Stream(more, text string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(text), more, text)
}

// Of is a PDF of pages whose contents are these streams.
func Of(streams ...string) []byte { return file(streams, "/Font << /F1 3 0 R >>", "", helvetica) }

const helvetica = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"

// Numbered is a PDF of one page whose letters are numbers of a font that says what they mean (ToUnicode), as most programs write them.
func Numbered(text string) []byte {
	var shown, meant strings.Builder
	for i, r := range []rune(text) {
		fmt.Fprintf(&shown, "%04x", i+1)
		fmt.Fprintf(&meant, "<%04x> <", i+1)
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&meant, "%04x", unit)
		}
		meant.WriteString(">\n")
	}
	page := Stream("", "BT /F1 12 Tf 50 700 Td <"+shown.String()+"> Tj ET")
	return file([]string{page}, "/Font << /F1 3 0 R >>", "",
		"<< /Type /Font /Subtype /Type0 /BaseFont /Any /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Any /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /FontDescriptor 8 0 R >>",
		Stream("", fmt.Sprintf("begincmap\n1 begincodespacerange\n<0000> <ffff>\nendcodespacerange\n%d beginbfchar\n%sendbfchar\nendcmap", len([]rune(text)), meant.String())),
		"<< /Type /FontDescriptor /FontName /Any /Flags 4 /FontBBox [0 0 1000 1000] /ItalicAngle 0 /Ascent 800 /Descent -200 /CapHeight 700 /StemV 80 >>")
}

// Locked is a PDF that opens with a password alone.
func Locked() []byte {
	return file([]string{Stream("", "")}, "", "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <"+strings.Repeat("ab", 32)+"> /U <"+strings.Repeat("cd", 32)+"> >> /ID [<01> <01>]", helvetica)
}

// Bomb is a PDF of a few kilobytes whose one page is so many megabytes of blanks, packed twice.
func Bomb(megabytes int) []byte {
	packed := deflated(deflated(bytes.Repeat([]byte(" "), 1<<20), megabytes), 1)
	return Of(Stream("/Filter [/FlateDecode /FlateDecode]", string(packed)))
}

// deflated packs a text that is repeated.
func deflated(text []byte, times int) []byte {
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	for range times {
		if err == nil {
			_, err = w.Write(text)
		}
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err) // memory refuses nothing
	}
	return b.Bytes()
}

// Endless is a PDF of many pages that show one form, of megabytes that paint nothing: hours of work in little memory.
func Endless() []byte {
	const pages = 9000
	form := string(deflated([]byte(strings.Repeat("q Q ", 1<<18)), 32))
	streams := slices.Repeat([]string{Stream("", "/X Do")}, pages)
	return file(streams, fmt.Sprintf("/XObject << /X %d 0 R >>", 4+2*pages), "", helvetica,
		Stream("/Type /XObject /Subtype /Form /BBox [0 0 600 800] /Filter /FlateDecode", form))
}

// file is a PDF: objects 1 and 2 are the catalog and the pages, 3 is the first of the rest, then come two for each page, and then what
// is left of the rest.
func file(streams []string, resources, trailer string, rest ...string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(text string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), text)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	var kids []string
	for i := range streams {
		kids = append(kids, fmt.Sprintf("%d 0 R", 4+2*i))
	}
	object(fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] >>", len(streams), strings.Join(kids, " ")))
	object(rest[0])
	for i, stream := range streams {
		object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents %d 0 R /Resources << %s >> >>", 5+2*i, resources))
		object(stream)
	}
	for _, text := range rest[1:] {
		object(text)
	}
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, trailer, xref)
	return b.Bytes()
}
