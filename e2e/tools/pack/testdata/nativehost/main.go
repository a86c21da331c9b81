// Command nativehost stands in for the companion's host: it sends every frame back, and ends when told "exit".
package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

func main() {
	for {
		var size uint32
		if binary.Read(os.Stdin, binary.LittleEndian, &size) != nil {
			return
		}
		frame := make([]byte, size)
		if _, err := io.ReadFull(os.Stdin, frame); err != nil {
			return
		}
		if bytes.Contains(frame, []byte("exit")) {
			os.Exit(1)
		}
		_ = binary.Write(os.Stdout, binary.LittleEndian, size)
		_, _ = os.Stdout.Write(frame)
	}
}
