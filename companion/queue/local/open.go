// Package local is the queue of a computer of one's own (LocalTaskQueue of the specification): tasks and schedules in one
// SQLite file, done by goroutines of this process.
//
// All writing is done by one goroutine, which takes what waits into one transaction: tasks that are added or end together
// share one synchronisation of the disk. Imports companion/queue, companion/sqlitefile, shared/fault and shared/lifecycle.
package local

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/sqlitefile"
	"github.com/kindos/kai/shared/fault"
)

const (
	private        = 0o600      // only the owner reads and writes
	application    = 0x6b414971 // marks the file as ours ("kAIq")
	layout         = 1          // of schema.sql
	readers        = 2
	defaultWorkers = 4
)

//go:embed schema.sql
var schema string

// Options say how a queue works.
type Options struct {
	Kinds   []queue.Kind // no other kind is added or done
	Workers int          // tasks at once; 0 is 4
	Now     func() time.Time
	Log     *slog.Logger
}

// Open opens or creates the queue in the file at path. Tasks that a killed process was working on wait again. One process
// may have it open; the lock of the data directory sees to that.
func Open(ctx context.Context, path string, opt Options) (*Queue, error) {
	if opt.Workers <= 0 {
		opt.Workers = defaultWorkers
	}
	q := &Queue{path: path, opt: opt, kinds: map[string]queue.Kind{}, active: map[int64]*active{}, wake: make(chan struct{}, 1)}
	for _, k := range opt.Kinds {
		q.kinds[k.Name] = k
	}
	if err := prepareFile(path); err != nil {
		return nil, err
	}
	if err := q.open(ctx); err != nil {
		return nil, errors.Join(q.fault(err, "opening the queue"), q.closeFile())
	}
	return q, nil
}

func (q *Queue) open(ctx context.Context) (err error) {
	if q.db, err = sqlitefile.Connect(q.path, "immediate", 1); err != nil {
		return err
	}
	if err := q.migrate(ctx); err != nil {
		return err
	}
	if q.reader, err = sqlitefile.Connect(q.path, "deferred", readers); err != nil {
		return err
	}
	if q.writer, err = newWriter(ctx, q.db); err != nil {
		return err
	}
	return q.recover(ctx)
}

// prepareFile makes the file before SQLite would, and takes other people's access away.
func prepareFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, private) //nolint:gosec // the path is the owner's choice
	if err == nil {
		err = f.Close()
	}
	for _, file := range []string{path, path + "-wal", path + "-shm"} {
		if info, e := os.Stat(file); e == nil && info.Mode().Perm() != private {
			err = errors.Join(err, os.Chmod(file, private))
		}
	}
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "the queue "+path+" cannot be opened for writing").
			WithRemedy("make sure that the folder %s exists and that you may write there", filepath.Dir(path))
	}
	return nil
}

// migrate makes the tables of a new file, and refuses another program's and a newer kai's.
func (q *Queue) migrate(ctx context.Context) error {
	var app, version, objects int
	const facts = `SELECT application_id, user_version, (SELECT count(*) FROM sqlite_schema) FROM pragma_application_id, pragma_user_version`
	if err := q.db.QueryRowContext(ctx, facts).Scan(&app, &version, &objects); err != nil {
		return err
	}
	switch {
	case app == 0 && version == 0 && objects == 0:
		_, err := q.db.ExecContext(ctx, schema)
		return err
	case app != application:
		return fault.New(fault.Invalid, "%s is a database of another program", q.path).WithRemedy("move it away, or choose another data folder with --data")
	case version > layout:
		return fault.New(fault.Unsupported, "the queue %s was written by a newer kAI", q.path).WithRemedy("update kAI, or choose another data folder with --data")
	}
	return nil
}

// closeFile folds the log into the file and lets go of it.
func (q *Queue) closeFile() error {
	var errs []error
	if q.writer != nil {
		q.writer.stop()
	}
	if q.reader != nil {
		errs = append(errs, q.reader.Close())
	}
	if q.db != nil {
		_, err := q.db.ExecContext(context.Background(), `PRAGMA wal_checkpoint(TRUNCATE)`)
		errs = append(errs, err, q.db.Close())
	}
	return errors.Join(errs...)
}
