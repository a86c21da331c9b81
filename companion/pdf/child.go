package pdf

import (
	"context"
	"encoding/json"
	"io"
	"runtime"
	"time"

	"github.com/kindos/kai/shared/library"
)

// Command is the first argument of a kai that is started to read a PDF. It is for kai alone.
const Command = "read-pdf"

// maxFile is what a process takes; who starts it has judged already.
const maxFile = 64 << 20

// Child is the process that reads: a PDF comes in, an answer goes out, and the exit code is returned. args are those after Command.
func Child(args []string, in io.Reader, out io.Writer) int {
	runtime.GOMAXPROCS(max(2, runtime.NumCPU())) // what counts the time needs a place beside what is in a loop
	folder := ""
	if len(args) > 0 {
		folder = args[0]
	}
	a := answer{Problem: failed}
	if content, err := io.ReadAll(io.LimitReader(in, maxFile+1)); err == nil && len(content) <= maxFile {
		a = answerTo(folder, content)
	}
	if json.NewEncoder(out).Encode(a) != nil {
		return 1
	}
	return 0
}

func answerTo(folder string, content []byte) answer {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	e, err := open(ctx, folder)
	if err != nil {
		return answer{Problem: unready}
	}
	defer e.close()
	late := time.AfterFunc(patience, cancel)
	defer late.Stop()
	text, why := e.text(content, library.MaxDocumentBytes)
	return answer{Text: text, Problem: why}
}
