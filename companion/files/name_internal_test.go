package files

import (
	"mime"
	"strings"
	"testing"
)

// FuzzName: whatever a file is called, a browser is told the same name, and it leads out of no folder.
func FuzzName(f *testing.F) {
	for _, seed := range []string{"report.pdf", "Größe 📏.bin", `a"b;c`, "../x", "a\u202eb", "%2f", "a\r\nb"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := nameOf(text)
		if err != nil {
			return
		}
		if again, err := nameOf(name); err != nil || again != name {
			t.Fatalf("%q became %q, which becomes %q, %v", text, name, again, err)
		}
		header := mime.FormatMediaType("attachment", map[string]string{"filename": name})
		kind, said, err := mime.ParseMediaType(header)
		if err != nil || kind != "attachment" || said["filename"] != name || strings.ContainsAny(header, "\r\n/\\") && !strings.Contains(header, `\"`) {
			t.Fatalf("%q was told as %q: %v %q", name, header, err, said)
		}
	})
}

// FuzzType: a media type that is taken is one line, and stays as it is.
func FuzzType(f *testing.F) {
	for _, seed := range []string{"", "text/plain", "Text/HTML; charset=utf-8", `a/b; c="\""`, "a/b; c*=utf-8''x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		kind, err := typeOf(text)
		if err != nil {
			return
		}
		if again, err := typeOf(kind); err != nil && len(kind) <= maxTypeBytes || err == nil && again != kind || strings.ContainsAny(kind, "\r\n") {
			t.Fatalf("%q became %q, which becomes %q, %v", text, kind, again, err)
		}
	})
}
