// Package webapp holds the files of the web app that kai serves, inside the program.
//
// dist is filled by the build with the same views that the extension has; static holds what a web app needs beside them.
// A clean clone has an empty dist and still builds: the page then says so. Imports the standard library only.
package webapp

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
)

//go:embed all:dist static
var files embed.FS

// The pages that kai itself decides to show.
const (
	Index     = "index.html"
	Dashboard = "dashboard.html" // how kai was over the last day
	SignIn    = "signin.html"
	waiting   = "waiting.html"
	missing   = "missing.html"
	worker    = "worker.js" // keeps the web app for when kai does not run

	Runtime = "offline.js" // runs Program in the browser
	Program = "kai.wasm"   // inside it is packed, because it is large
	packed  = "kai.wasm.gz"
)

// notice is where the sign-in page says what went wrong.
const notice = "{{notice}}"

// Files are the web app's files. The zero value is not usable; see Embedded.
type Files struct {
	dist   fs.FS
	static fs.FS
}

// Embedded are the files in this program.
func Embedded() Files {
	dist, _ := fs.Sub(files, "dist") // both names are valid, so Sub can't fail
	static, _ := fs.Sub(files, "static")
	return Files{dist: dist, static: static}
}

// Built says whether the views are in this program.
func (f Files) Built() bool {
	_, err := fs.Stat(f.dist, Index)
	return err == nil
}

// PageAt is the file of the page that has an address of its own; "" for any other address.
func PageAt(address string) string {
	switch address {
	case "/":
		return Index
	case "/dashboard":
		return Dashboard
	default:
		return ""
	}
}

// Open reads a file by its path under the root, or by the address of a page. False when there is no such file.
func (f Files) Open(name string) ([]byte, bool) {
	name = path.Clean("/" + name)
	name = strings.TrimPrefix(cmp.Or(PageAt(name), name), "/")
	if name == Index || name == Dashboard {
		return f.page(name), true
	}
	for _, from := range []fs.FS{f.dist, f.static} {
		if text, err := fs.ReadFile(from, name); err == nil && !hidden(name) {
			return f.versioned(name, text), true
		}
	}
	return nil, false
}

// versioned writes into the service worker what it keeps, and a digest of that: a browser takes a new one only where it
// differs.
func (f Files) versioned(name string, text []byte) []byte {
	if name != worker {
		return text
	}
	kept, sum := f.kept(), sha256.New()
	for _, name := range append(kept, "/", "/"+packed, "/"+Runtime) {
		content, _ := f.Open(name) // not there in a clean clone
		_, _ = sum.Write(content)  // a hash never fails to write
	}
	names, _ := json.Marshal(kept) // strings always marshal
	filled := strings.NewReplacer("{{version}}", hex.EncodeToString(sum.Sum(nil)[:8]), `["{{files}}"]`, string(names)).Replace(string(text))
	return []byte(filled)
}

// kept are the addresses of what the service worker keeps at once: the page for a kai that is off, and the views.
func (f Files) kept() []string {
	out := []string{"/away.html", "/away.js", "/page.css", "/icon.svg", "/install.js"}
	for _, pattern := range []string{"tab.js", "tab.css", "kit.css", "first_paint.js", "chunk-*"} {
		found, _ := fs.Glob(f.dist, pattern) // the patterns are well formed
		for _, name := range found {
			out = append(out, "/"+name)
		}
	}
	return out
}

// Packed reads a file that is kept packed by gzip. False when there is no such file.
func (f Files) Packed(name string) ([]byte, bool) {
	if path.Clean("/"+name) != "/"+Program {
		return nil, false
	}
	text, err := fs.ReadFile(f.dist, packed)
	return text, err == nil
}

// Page is the sign-in page, with a sentence of ours about what went wrong or "".
func (f Files) Page(sentence string) []byte {
	if sentence != "" {
		sentence = `<p role="alert">` + sentence + `</p>`
	}
	text, _ := fs.ReadFile(f.static, SignIn) // embedded
	return bytes.Replace(text, []byte(notice), []byte(sentence), 1)
}

// Waiting is the page of a browser that waits to be let in, with its code of six digits.
func (f Files) Waiting(code string) []byte {
	text, _ := fs.ReadFile(f.static, waiting) // embedded
	return bytes.Replace(text, []byte("{{code}}"), []byte(code[:3]+" "+code[3:]), 1)
}

// page is a page of the web app, told that it can be installed. The views' html is the extension's, where that means nothing.
func (f Files) page(name string) []byte {
	text, err := fs.ReadFile(f.dist, name)
	if err != nil {
		text, _ = fs.ReadFile(f.static, missing) // embedded
	}
	const links = `<link rel="manifest" href="/manifest.webmanifest" /><link rel="icon" href="/icon.svg" /><script src="/install.js" defer></script></head>`
	return bytes.Replace(text, []byte("</head>"), []byte(links), 1)
}

// hidden names are pages that only kai chooses, and dotfiles.
func hidden(name string) bool {
	return name == SignIn || name == waiting || name == missing || strings.HasPrefix(path.Base(name), ".")
}
