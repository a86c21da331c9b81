package upkeep

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// private lets only the owner read and write.
const private = 0o600

// A backup is a folder: the database, its blobs beside it, and a manifest that is written last, so that a backup that was
// cut short has none.
const (
	backupManifest = "backup.json"
	backupFormat   = "kai-backup"
	backupVersion  = 1
)

// Engine is how a kind of database is handled as a file.
type Engine struct {
	Name       string                     // as storage.db has it
	File       string                     // the database's name in a backup
	Companions func(path string) []string // the files beside one that is open, or was when its process was killed

	// Check opens the database at path and checks it whole; Open opens it as kai does, and closes it.
	Check func(ctx context.Context, path string, progress Progress) (Report, error)
	Open  func(ctx context.Context, path string) error
}

// Manifest says what is in a backup. SHA256 and Bytes are of the database file.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Engine  string    `json:"engine,omitempty"` // none is SQLite
	Made    time.Time `json:"made"`
	SHA256  string    `json:"sha256"`
	Stats             // Path is where the backup was made
	Damaged []string  `json:"damaged,omitempty"` // blobs that were damaged before, and are left out
}

// Backup makes the new folder to with a copy of the database at path, which copyDatabase makes and compares, and of the blobs
// beside it, and checks the copy: every page, record and blob. What it answers is on the disk; after an error nothing is left.
func (e Engine) Backup(ctx context.Context, path, to string, now time.Time, progress Progress, copyDatabase func(to string) error) (Manifest, error) {
	m := Manifest{Format: backupFormat, Version: backupVersion, Engine: e.Name, Made: now.UTC().Truncate(time.Second)}
	if err := os.Mkdir(to, 0o700); err != nil {
		return m, noFolder(err, to)
	}
	if err := e.backup(ctx, path, to, &m, progress, copyDatabase); err != nil {
		return m, errors.Join(err, os.RemoveAll(to))
	}
	return m, nil
}

func noFolder(err error, path string) error {
	if errors.Is(err, fs.ErrExist) {
		return fault.Wrap(fault.Invalid, err, path+" exists").WithRemedy("name a folder that does not exist yet")
	}
	return fault.Wrap(fault.Unavailable, err, "the folder "+path+" cannot be made").
		WithRemedy("make sure that %s exists and that you may write there", filepath.Dir(path))
}

func (e Engine) backup(ctx context.Context, path, to string, m *Manifest, progress Progress, copyDatabase func(to string) error) error {
	copied := filepath.Join(to, e.File)
	progress.Tell("copying records", 0, 0)
	if err := copyDatabase(copied); err != nil {
		return err
	}
	if err := syncFile(copied); err != nil {
		return diskFailed(err, to)
	}
	if err := copyBlobs(ctx, blobfile.New(blobfile.Of(path)), blobfile.New(blobfile.Of(copied)), m, progress); err != nil {
		return err
	}
	report, err := e.checkCopy(ctx, copied, progress)
	if err != nil {
		return err
	}
	m.Stats, m.Path = report.Stats, path
	if m.SHA256, err = hashFile(ctx, copied); err != nil {
		return diskFailed(err, to)
	}
	return writeManifest(to, *m)
}

// copyBlobs copies every blob that is whole.
func copyBlobs(ctx context.Context, from, to *blobfile.Folder, m *Manifest, progress Progress) error {
	done := int64(0)
	total, _, err := from.Usage(ctx)
	if err != nil {
		return err
	}
	return eachBlob(ctx, from, func(b store.Blob) error {
		err := copyBlob(ctx, from, to, b.Name)
		switch fault.CodeOf(err) {
		case fault.Malformed:
			m.Damaged = append(m.Damaged, b.Name)
			err = nil
		case fault.NotFound: // swept meanwhile
			err = nil
		}
		done++
		progress.Tell("copying blobs", done, total)
		return err
	})
}

func copyBlob(ctx context.Context, from, to *blobfile.Folder, name string) error {
	r, err := from.Read(ctx, name, 0, -1)
	if err != nil {
		return err
	}
	_, err = to.Put(ctx, r)
	return errors.Join(err, r.Close())
}

// checkCopy checks a copy whole.
func (e Engine) checkCopy(ctx context.Context, path string, progress Progress) (Report, error) {
	report, err := e.Check(ctx, path, progress)
	if err == nil && len(report.Damage) > 0 {
		err = fault.New(fault.Malformed, "%s is damaged: %s", path, report.Damage[0]).
			WithRemedy("use another backup; or check the disk, and make the backup again")
	}
	return report, err
}

func hashFile(ctx context.Context, path string) (string, error) {
	file, err := os.Open(path) //nolint:gosec // the owner's choice
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	_, err = io.Copy(sum, store.While(ctx, "reading the copy", file))
	return hex.EncodeToString(sum.Sum(nil)), errors.Join(err, file.Close())
}

func writeManifest(folder string, m Manifest) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(folder, backupManifest)
	err = os.WriteFile(path, append(text, '\n'), private)
	if err == nil {
		err = syncFile(path)
	}
	if err == nil {
		err = blobfile.SyncFolder(folder)
	}
	return diskFailed(err, folder)
}

// syncFile makes a written file survive a power cut.
func syncFile(path string) error {
	file, err := os.OpenFile(path, os.O_RDWR, 0) //nolint:gosec // the owner's choice
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}

// diskFailed gives an error of the file system a code and a remedy.
func diskFailed(err error, path string) error {
	if err == nil {
		return nil
	}
	return fault.Wrap(fault.Exhausted, err, "the disk with "+path+" could not be written").
		WithRemedy("check its free space and that you may write there; nothing that was stored before is lost")
}
