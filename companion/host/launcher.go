package host

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Launcher is the script that a browser starts in place of kai when kai shall use another data directory than the usual
// one: a manifest carries no arguments.
type Launcher struct {
	GOOS string
	Kai  string // the program
	Data string // the data directory; the script is in it
}

// File is the script's path: a batch file on Windows, where browsers start those too.
func (l Launcher) File() string {
	name := "native-host"
	if l.GOOS == "windows" {
		name += ".bat"
	}
	return filepath.Join(l.Data, name)
}

// Text is the script. Nothing but kai may write to its output, and what the browser passes is passed on as it is.
func (l Launcher) Text() string {
	if l.GOOS == "windows" {
		return "@echo off\r\nchcp 65001 >nul\r\n" + batchQuote(l.Kai) + " --data " + batchQuote(l.Data) + " host %*\r\n"
	}
	return "#!/bin/sh\nexec " + shellQuote(l.Kai) + " --data " + shellQuote(l.Data) + " host \"$@\"\n"
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// batchQuote quotes a path, which holds no quotation marks on Windows; percent signs begin variables in batch files.
func batchQuote(path string) string { return `"` + strings.ReplaceAll(path, "%", "%%") + `"` }

// Install writes the script.
func (l Launcher) Install() error {
	if err := os.MkdirAll(l.Data, 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the data directory cannot be made: "+l.Data)
	}
	if err := replace(l.File(), []byte(l.Text()), 0o700); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the start script cannot be written: "+l.File())
	}
	return nil
}

// problems names what is wrong with the script.
func (l Launcher) problems() []Problem {
	text, err := os.ReadFile(l.File())
	info, _ := os.Stat(l.File()) // read was possible, or err tells
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return []Problem{mend("the start script is not there: " + l.File())}
	case err != nil:
		return []Problem{mend("the start script cannot be read: " + l.File())}
	case !bytes.Equal(text, []byte(l.Text())):
		return []Problem{mend(fmt.Sprintf("the start script %s starts another program than %s, or with another data directory", l.File(), l.Kai))}
	case l.GOOS != "windows" && info != nil && info.Mode().Perm()&0o100 == 0:
		return []Problem{mend("the start script is not executable: " + l.File())}
	}
	return nil
}
