// Package pdf makes text of PDF files, page by page. Such a file may come from anybody and takes much code to read, so it is read by
// PDFium, compiled to WebAssembly, in a process of its own: kai starts itself once more for each file, and that process ends with it.
// Nothing of PDFium is loaded before, and no memory is kept after.
//
// Imports shared/fault, shared/library, wazero and go-pdfium, which brings PDFium.
package pdf

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os/exec"
	"time"

	"github.com/kindos/kai/shared/fault"
)

// Bounds of a file beside those of every document.
const (
	maxPages  = 10_000
	maxMemory = 256 << 20        // that PDFium may fill: four times the largest file
	patience  = time.Minute      // for reading, as in the browser
	lifetime  = 3 * time.Minute  // of the process, which makes the engine ready first
	maxAnswer = 32 << 20         // of bytes: a document's text, however it is escaped
	headBytes = 1024             // in which a PDF says that it is one
	afterKill = 10 * time.Second // until a process that was ended is given up
)

// Reader reads PDFs. It is safe for concurrent use.
type Reader struct {
	// Program is this kai with Command, what is started to read; empty where there is none.
	Program []string
	// Engine is a folder of this person's in which PDFium is kept as this processor runs it, so that it is made ready once: 22 MB.
	// Empty: made ready each time.
	Engine string
}

// Text gives the text of a PDF with "\f" between its pages. What cannot be read is fault.Malformed with the reason, and may be longer
// than a document where that is the reason. fault.Unavailable says that nothing could be started to read.
func (r Reader) Text(ctx context.Context, content []byte) (string, error) {
	switch {
	case !bytes.Contains(content[:min(len(content), headBytes)], []byte("%PDF-")):
		return "", damaged.fault()
	case len(r.Program) == 0:
		return "", fault.New(fault.Unavailable, "PDF files cannot be read here")
	}
	within, cancel := context.WithTimeout(ctx, lifetime)
	defer cancel()
	out := &bounded{}
	cmd := exec.CommandContext(within, r.Program[0], append(r.Program[1:len(r.Program):len(r.Program)], r.Engine)...) //nolint:gosec // our own program
	cmd.Env = []string{}                                                                                              // whatever is in ours is none of its business
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = bytes.NewReader(content), out, afterKill
	quietly(cmd)
	if err := cmd.Start(); err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "what reads PDF files cannot be started")
	}
	err := cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return "", ctx.Err()
	case within.Err() != nil:
		return "", slow.fault()
	case err != nil:
		return "", brokenOff(err)
	}
	return said(out.text.Bytes())
}

// answer is what the process says before it ends.
type answer struct {
	Text    string  `json:"text,omitempty"`
	Problem problem `json:"problem,omitempty"`
}

// said reads what a process answered. It read a stranger's file, and is believed no more than that.
func said(text []byte) (string, error) {
	var a answer
	if err := json.Unmarshal(text, &a); err != nil {
		return "", brokenOff(err)
	}
	if a.Problem != "" {
		return "", a.Problem.fault()
	}
	return a.Text, nil
}

// bounded takes no more than an answer can have.
type bounded struct{ text bytes.Buffer }

// Write refuses what is too much, which ends the process.
func (b *bounded) Write(text []byte) (int, error) {
	if b.text.Len()+len(text) > maxAnswer {
		return 0, errors.New("the answer is too long")
	}
	return b.text.Write(text)
}
