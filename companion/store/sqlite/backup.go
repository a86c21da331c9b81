package sqlite

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	codes "modernc.org/sqlite/lib"

	"github.com/kindos/kai/companion/store/blobfile"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/store"
)

// A backup is a folder: the database, its blobs beside it, and a manifest that is written last, so that a backup that was
// cut short has none.
const (
	backupDatabase = "kai.db"
	backupManifest = "backup.json"
	backupFormat   = "kai-backup"
	backupVersion  = 1
)

// Manifest says what is in a backup. SHA256 and Bytes are of the database file.
type Manifest struct {
	Format  string    `json:"format"`
	Version int       `json:"version"`
	Made    time.Time `json:"made"`
	SHA256  string    `json:"sha256"`
	Stats             // Path is where the backup was made
	Damaged []string  `json:"damaged,omitempty"` // blobs that were damaged before, and are left out
}

// Backup copies a store into the new folder to, also while another process writes, and opens the copy to compare it: every
// page, record and blob. What it answers is on the disk; after an error nothing is left.
func (i *Inspector) Backup(ctx context.Context, to string, now time.Time, progress Progress) (Manifest, error) {
	m := Manifest{Format: backupFormat, Version: backupVersion, Made: now.UTC().Truncate(time.Second)}
	if err := os.Mkdir(to, 0o700); err != nil {
		return m, noFolder(err, to)
	}
	if err := i.backup(ctx, to, &m, progress); err != nil {
		return m, errors.Join(i.store.fault(ctx, err, "making a backup"), os.RemoveAll(to))
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

func (i *Inspector) backup(ctx context.Context, to string, m *Manifest, progress Progress) error {
	copied := filepath.Join(to, backupDatabase)
	progress.tell("copying records", 0, 0)
	if err := i.copyDatabase(ctx, copied); err != nil {
		return err
	}
	if err := copyBlobs(ctx, i.store.blobs, blobfile.New(blobfile.Of(copied)), m, progress); err != nil {
		return err
	}
	report, err := checkCopy(ctx, copied, i.store.kinds.Schema(), progress)
	if err != nil {
		return err
	}
	m.Stats, m.Path = report.Stats, i.store.path
	if m.SHA256, err = hashFile(ctx, copied); err != nil {
		return diskFailed(err, to)
	}
	return writeManifest(to, *m)
}

// copyDatabase writes the state of one moment, and then compares the two files record by record.
func (i *Inspector) copyDatabase(ctx context.Context, to string) error {
	if err := prepareFile(to); err != nil { // so that nobody else can read it for a moment
		return err
	}
	if _, err := i.db.ExecContext(ctx, `PRAGMA query_only = 0`); err != nil { // of this connection; the copy is written
		return err
	}
	if _, err := i.db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return copyFailed((&Store{path: to}).fault(ctx, err, "writing the copy"), i.store.path)
	}
	if err := syncFile(to); err != nil {
		return diskFailed(err, to)
	}
	return compare(ctx, i.db, to)
}

// copyFailed says of damage where it is: SQLite does not tell which of the two files has it.
func copyFailed(err error, path string) error {
	if fault.CodeOf(err) == fault.Malformed {
		return (&Store{path: path}).explain(codes.SQLITE_CORRUPT, err, "")
	}
	return err
}

// compare looks at both files at once. What was written since the copy was made may be missing in it; all else is equal.
func compare(ctx context.Context, db *sql.DB, to string) error {
	if _, err := db.ExecContext(ctx, `ATTACH ? AS copy`, to); err != nil {
		return err
	}
	const lost = `SELECT count(*) FROM main.records s WHERE s.seq <= (SELECT coalesce(max(seq), 0) FROM copy.records) AND NOT EXISTS (
		SELECT 1 FROM copy.records c WHERE c.seq = s.seq AND c.kind = s.kind AND c.id = s.id AND c.version = s.version AND c.deleted = s.deleted AND c.body IS s.body)`
	const foreign = `SELECT count(*) FROM copy.records c WHERE NOT EXISTS (
		SELECT 1 FROM main.records s WHERE s.kind = c.kind AND s.id = c.id AND s.version >= c.version)`
	var wrong [2]int64
	for n, query := range []string{lost, foreign} {
		if err := db.QueryRowContext(ctx, query).Scan(&wrong[n]); err != nil {
			return err
		}
	}
	if wrong != [2]int64{} {
		return fault.New(fault.Malformed, "the copy %s lacks %d records and has %d others", to, wrong[0], wrong[1]).
			WithRemedy("check the disks with kai store check, then make the backup again")
	}
	return nil
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
		progress.tell("copying blobs", done, total)
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

// checkCopy opens a copy and checks it whole.
func checkCopy(ctx context.Context, path string, schema []store.KindSpec, progress Progress) (Report, error) {
	i, err := Inspect(ctx, path, schema)
	if err != nil {
		return Report{}, err
	}
	report, err := i.Check(ctx, progress)
	if err := errors.Join(err, i.Close()); err != nil {
		return report, err
	}
	if len(report.Damage) > 0 {
		return report, fault.New(fault.Malformed, "%s is damaged: %s", path, report.Damage[0]).
			WithRemedy("use another backup; or check the disk, and make the backup again")
	}
	return report, nil
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
