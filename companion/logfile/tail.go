package logfile

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
)

// tailBytes is how much of a log's end is looked at.
const tailBytes = 64 << 10

// Tail gives the newest lines of a folder's log, oldest first, at most n: those in the last 64 KB of its current file. It
// costs the same however long the log is. A log that is not there has no lines.
func Tail(dir string, n int) []Line {
	file, err := os.Open(filepath.Join(dir, current))
	if err != nil {
		return nil
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return nil
	}
	from := max(0, info.Size()-tailBytes)
	text, err := io.ReadAll(io.NewSectionReader(file, from, tailBytes))
	if err != nil {
		return nil
	}
	if from > 0 {
		_, text, _ = bytes.Cut(text, []byte("\n")) // it began inside a line
	}
	var out []Line
	for raw := range bytes.Lines(text) {
		if l, ok := Parse(raw); ok {
			out = append(out, l)
		}
	}
	return out[max(0, len(out)-n):]
}
