package pdftest

import (
	"fmt"
	"os"
	"testing"

	"github.com/kindos/kai/companion/pdf"
)

// folder names, in the environment of a test's program, where the engine is kept while the program lives.
const folder = "KAI_PDFTEST_ENGINE"

// Main runs the tests of a package, whose program then is what Reader starts as well.
func Main(m *testing.M) int {
	if len(os.Args) > 1 && os.Args[1] == pdf.Command {
		return pdf.Child(os.Args[2:], os.Stdin, os.Stdout)
	}
	if os.Getenv(folder) != "" { // a fuzzer started this, and made the engine ready
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "kai-pdf")
	if err == nil {
		err = os.Setenv(folder, dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir) //nolint:errcheck // it is a folder for what is temporary
	return m.Run()
}

// Reader reads PDFs by the program of this test. Its package's TestMain calls Main.
func Reader() pdf.Reader {
	return pdf.Reader{Program: []string{os.Args[0], pdf.Command}, Engine: os.Getenv(folder)}
}
