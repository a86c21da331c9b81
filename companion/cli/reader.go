package cli

import (
	"os"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/extract"
	"github.com/kindos/kai/companion/pdf"
)

// engineFolder is where, in a data directory, what reads PDFs is kept as this processor runs it.
const engineFolder = "pdf-engine"

// readerOf reads files for a data directory. Where kai's own path cannot be found it leaves PDFs unread, and says so.
func readerOf(dir datadir.Dir) extract.Reader {
	self, err := os.Executable()
	if err != nil {
		return extract.Reader{}
	}
	return extract.Reader{PDF: pdf.Reader{Program: []string{self, pdf.Command}, Engine: dir.File(engineFolder)}}
}
