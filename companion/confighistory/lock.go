package confighistory

import (
	"os"

	"github.com/kindos/kai/companion/filelock"
	"github.com/kindos/kai/shared/fault"
)

// lock lets one program at a time change configurations; another one is told to try again.
func (h History) lock() (func(), error) {
	file, err := os.OpenFile(h.dir.File(folder+"/lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the history of configurations can't be locked: %w", err).WithRemedy("make the data directory writable for you")
	}
	ours, err := filelock.Try(file)
	if err != nil || !ours {
		_ = file.Close() // nothing was written
		return nil, fault.New(fault.Conflict, "another kai changes the configuration at this moment").WithRemedy("try again")
	}
	return func() { _ = file.Close() }, nil // the lock goes with it
}
