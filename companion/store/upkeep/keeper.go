package upkeep

import (
	"context"
	"time"
)

// Live is an open store that makes a backup of itself; see Engine.Backup.
type Live interface {
	Backup(ctx context.Context, to string, now time.Time, progress Progress) (Manifest, error)
}

// Keeper looks at the store in a file, and changes nothing in it.
type Keeper interface {
	// Check reads the whole file, every record and every blob. Damage is told in the report; an error means that the check
	// could not go on.
	Check(ctx context.Context, progress Progress) (Report, error)

	// Stats counts what is stored.
	Stats(ctx context.Context) (Stats, error)

	// Backup copies the store into the new folder to; see Engine.Backup.
	Backup(ctx context.Context, to string, now time.Time, progress Progress) (Manifest, error)

	// Close lets go of the file.
	Close() error
}
