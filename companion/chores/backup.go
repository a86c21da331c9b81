// Package chores is what kai does by itself: the kinds of tasks that its queue has. Each is something a person uses today.
//
// A chore may be begun again after kai ended in its midst, so each finds what an earlier try left. Imports companion/queue,
// companion/{telemetry,update}, companion/store/upkeep, shared/assistant, shared/protocol, shared/run and shared/fault.
package chores

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/fault"
)

// The kind of backups, and how many of them are kept where nobody says.
const (
	KindBackup  = "backup"
	DefaultKeep = 7
	maxKeep     = 1000
)

// Backup is the body of a backup: how many are kept in the folder, this one with them, and the folder, absolute; "" is the
// usual one, beside the records.
type Backup struct {
	Keep   int    `json:"keep,omitempty"` // 0 is DefaultKeep
	Folder string `json:"folder,omitempty"`
}

// Check holds it against what it may be.
func (b *Backup) Check() error {
	if b.Keep == 0 {
		b.Keep = DefaultKeep
	}
	if b.Keep < 1 || b.Keep > maxKeep {
		return fault.New(fault.Invalid, "1 to %d backups can be kept", maxKeep).WithField("keep").WithRemedy("write for example 7")
	}
	if b.Folder != "" && !filepath.IsAbs(b.Folder) {
		return fault.New(fault.Invalid, "the folder of the backups is to be absolute").WithField("folder").WithRemedy("write it from the root of the disk")
	}
	return nil
}

// Made is what a backup notes.
type Made struct {
	Folder  string `json:"folder"`
	Records int64  `json:"records"`
	Bytes   int64  `json:"bytes"`
	Damaged int    `json:"damaged,omitempty"` // blobs that were damaged before, and are left out
	Removed int    `json:"removed,omitempty"` // older backups
}

// Backups makes backups of the running store.
type Backups struct {
	Folder string // the usual one; it is made
	Copy   func(ctx context.Context, to string, progress upkeep.Progress) (upkeep.Manifest, error)
}

// Kind is that of the backups. One is made at a time.
func (b Backups) Kind() queue.Kind {
	turn := make(chan struct{}, 1)
	return queue.Kind{Name: KindBackup, Pause: time.Minute, Timeout: 6 * time.Hour, Do: func(ctx context.Context, w *queue.Work) error {
		select {
		case turn <- struct{}{}:
			defer func() { <-turn }()
			return b.make(ctx, w)
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

func (b Backups) make(ctx context.Context, w *queue.Work) error {
	var body Backup
	if err := errors.Join(w.Decode(&body), body.Check()); err != nil {
		return err
	}
	folder, err := b.folder(body)
	if err != nil {
		return err
	}
	if err := removeHalves(folder); err != nil {
		return err
	}
	to := filepath.Join(folder, fmt.Sprintf("kai-backup-%s-%d", w.Task.Created.Format("20060102-150405"), w.Task.ID))
	m, err := upkeep.ReadManifest(to) // of a try that ended just after
	if fault.CodeOf(err) == fault.NotFound {
		m, err = b.Copy(ctx, to, w.Progress)
	}
	if err != nil {
		return err
	}
	removed, err := prune(folder, body.Keep)
	if err != nil {
		return err
	}
	return w.Note(ctx, Made{to, m.Total(), m.Bytes + m.BlobBytes, len(m.Damaged), removed})
}

// folder is where the backups are. Only the usual one is made: another may be a disk that is not there now.
func (b Backups) folder(body Backup) (string, error) {
	if body.Folder == "" {
		if err := os.MkdirAll(b.Folder, 0o700); err != nil {
			return "", noFolder(err, b.Folder)
		}
		return b.Folder, nil
	}
	if info, err := os.Stat(body.Folder); err != nil || !info.IsDir() {
		return "", noFolder(err, body.Folder)
	}
	return body.Folder, nil
}

func noFolder(err error, path string) error {
	return fault.Wrap(fault.Unavailable, err, "the folder of the backups "+path+" is not there").WithRemedy("connect its disk, or make it, and let yourself write there")
}

// ours says whether a name is that of a backup that a task made: nothing else is ever deleted.
func ours(name string) bool {
	return regexp.MustCompile(`^kai-backup-\d{8}-\d{6}-\d+$`).MatchString(name)
}

// removeHalves removes what tries left that ended in the midst. The caller makes the only backup.
func removeHalves(folder string) error {
	return each(folder, func(path string) error {
		if _, err := upkeep.ReadManifest(path); fault.CodeOf(err) == fault.NotFound {
			return os.RemoveAll(path)
		}
		return nil
	})
}

// prune removes all but the newest backups of a folder.
func prune(folder string, keep int) (removed int, err error) {
	type backup struct {
		path string
		made time.Time
	}
	var found []backup
	err = each(folder, func(path string) error {
		if m, err := upkeep.ReadManifest(path); err == nil {
			found = append(found, backup{path, m.Made})
		}
		return nil
	})
	slices.SortFunc(found, func(a, b backup) int { return cmp.Or(b.made.Compare(a.made), cmp.Compare(b.path, a.path)) })
	for _, old := range found[min(keep, len(found)):] {
		if err := os.RemoveAll(old.path); err != nil {
			return removed, noFolder(err, folder)
		}
		removed++
	}
	return removed, err
}

// each visits the backups of a folder, whole ones and halves.
func each(folder string, visit func(path string) error) error {
	entries, err := os.ReadDir(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.IsDir() && ours(e.Name()) {
			err = errors.Join(err, visit(filepath.Join(folder, e.Name())))
		}
	}
	if err != nil {
		return noFolder(err, folder)
	}
	return nil
}
