package host

import (
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/kindos/kai/shared/fault"
)

// LogFile is the name of the hosts' log in the data directory; all hosts append to it.
const LogFile = "host.log"

// largestLog is where a log is put aside and a new one begun; the one put aside before goes.
const largestLog = 1 << 20

// OpenLog opens the log of the hosts of a data directory.
func OpenLog(dataDir string) (*slog.Logger, io.Closer, error) {
	path := filepath.Join(dataDir, LogFile)
	if info, err := os.Stat(path); err == nil && info.Size() > largestLog {
		_ = os.Rename(path, path+".1") // if it can't be moved it grows
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, fault.New(fault.Unavailable, "the log %s can't be written: %w", path, err)
	}
	return slog.New(slog.NewTextHandler(file, nil)).With("pid", os.Getpid()), file, nil
}
