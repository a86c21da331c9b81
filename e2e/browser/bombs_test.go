package browser_test

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
)

// bomb is a PDF of one page whose text is so many megabytes of blanks, packed twice.
func bomb(t *testing.T, megabytes int) []byte {
	t.Helper()
	packed := deflated(t, bytes.Repeat([]byte(" "), 1<<20), megabytes)
	packed = deflated(t, packed, 1)
	var b bytes.Buffer
	var at []int
	object := func(text string) { at = append(at, b.Len()); fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), text) }
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R >>")
	object(fmt.Sprintf("<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream", len(packed), packed))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, offset := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

// deflated packs a text that is repeated.
func deflated(t *testing.T, text []byte, times int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	require.NoError(t, err)
	for range times {
		_, err := w.Write(text)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	return b.Bytes()
}

func TestAPDFThatUnpacksWithoutEndIsToldAndTheNextOneComes(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := open(t, b, "tab")
		p.Click("button", "Skip for now")
		p.Click("button", "Knowledge")
		p.Locate("button", "Add files")
		p.Eval(fmt.Sprintf(`(() => {
			const all = new DataTransfer();
			all.items.add(new File([Uint8Array.from(atob(%q), (c) => c.charCodeAt(0))], "bomb.pdf"));
			all.items.add(new File(["The drill is in the blue cupboard."], "shed.txt"));
			const input = document.querySelector(".adding input[type=file]");
			input.files = all.files;
			input.dispatchEvent(new Event("change", { bubbles: true }));
		})()`, base64.StdEncoding.EncodeToString(bomb(t, 1024))), nil)
		p.Shows("It unpacks to more than a document can hold.")
		p.Shows("1 passage, found by words")
	})
}
