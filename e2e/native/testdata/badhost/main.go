// Command badhost is a host that misbehaves: how, stands in the file "how" beside it.
package main

import (
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	self, _ := os.Executable()
	how, _ := os.ReadFile(filepath.Join(filepath.Dir(self), "how"))
	word, rest, _ := strings.Cut(string(how), " ")
	switch word {
	case "exit":
		return
	case "bytes": // that are no frames
		_, _ = os.Stdout.WriteString(rest)
	case "long": // a frame over what a browser takes
		frame(`"` + strings.Repeat("x", 2<<20) + `"`)
	case "once":
		frame(rest)
	case "flood": // with an end: browsers queue whatever a host writes, and answer nobody before they have taken it in
		const many = 40_000
		for n := 0; n < many && frame(rest) == nil; n++ {
		}
	}
	_, _ = io.Copy(io.Discard, os.Stdin) // until the browser leaves
}

func frame(text string) error {
	if err := binary.Write(os.Stdout, binary.NativeEndian, uint32(len(text))); err != nil {
		return err
	}
	_, err := os.Stdout.WriteString(text)
	return err
}
