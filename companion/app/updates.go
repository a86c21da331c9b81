package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/kindos/kai/companion/chores"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/driver/standalone"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/record"
	"github.com/kindos/kai/shared/run"
	"github.com/kindos/kai/shared/store"
)

// The backups that updates make, beside those of tasks, and how many stay.
const (
	updateBackup      = "kai-before-update-"
	updateBackupsKept = 3
)

// Updater prepares replacing this program, whose source of releases the build has stamped. Without such a source the error
// is fault.Unsupported, and the Updater is good for its state and for going back.
func Updater(dir datadir.Dir, c config.Standalone, version, stamp string, now func() time.Time) (update.Updater, error) {
	u := update.Updater{ID: releaseID(), Version: version, Folder: dir.Path(), Client: update.NewClient(), Now: now}
	u.Backup = func(ctx context.Context, _ string) (string, error) { return backUpRecords(ctx, dir, c, now()) }
	var err error
	if u.Program, err = update.Self(); err != nil {
		return u, err
	}
	u.Source, err = update.ParseSource(stamp)
	return u, err
}

// releaseID names what the releases for this program are of.
func releaseID() string {
	name := "kai-"
	if HasDuckDB {
		name = "kai-full-"
	}
	return name + runtime.GOOS + "-" + runtime.GOARCH
}

// backUpRecords copies the records before an update; "" when there are none.
func backUpRecords(ctx context.Context, dir datadir.Dir, c config.Standalone, now time.Time) (string, error) {
	engine, path := RecordFile(dir, c)
	keeper, err := Inspect(ctx, engine, path)
	if fault.CodeOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	folder, err := dir.Make(backupsFolder)
	if err != nil {
		return "", errors.Join(err, keeper.Close())
	}
	to := filepath.Join(folder, updateBackup+now.UTC().Format("20060102-150405"))
	_, err = keeper.Backup(ctx, to, now, nil)
	return to, errors.Join(err, keeper.Close(), pruneUpdateBackups(folder))
}

// Inspect opens a store to look at it; DuckDB lets in one process.
func Inspect(ctx context.Context, engine, path string) (upkeep.Keeper, error) {
	if engine == config.DBDuckDB {
		return duckdb.Inspect(ctx, path, Schema())
	}
	i, err := sqlite.Inspect(ctx, path, Schema())
	if err != nil {
		return nil, err // not a nil *Inspector in a Keeper
	}
	return i, nil
}

// pruneUpdateBackups removes all but the newest backups that updates made; their names are in the order of time.
func pruneUpdateBackups(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	entries = slices.DeleteFunc(entries, func(e os.DirEntry) bool { return !e.IsDir() || !strings.HasPrefix(e.Name(), updateBackup) })
	for _, old := range entries[:max(0, len(entries)-updateBackupsKept)] {
		err = errors.Join(err, os.RemoveAll(filepath.Join(folder, old.Name())))
	}
	return err
}

// updatesPart shows in the status what comes of features.auto_update; the work is a task.
func (a *App) updatesPart() standalone.Part {
	return standalone.Part{Step: driver.StepUpdates, Tell: a.tellUpdates, Off: func() bool { return !a.opt.Config.Features.AutoUpdate }}
}

// tellUpdates tells of a newer kai that waits, and of what stands in the way of updates.
func (a *App) tellUpdates() (string, bool) {
	s, err := update.ReadState(a.opt.Dir.Path())
	_, noSource := update.ParseSource(a.opt.Updates)
	switch {
	case noSource != nil:
		return standalone.Detail(noSource), true
	case err != nil:
		return standalone.Detail(err), true
	case s.Installed != nil && s.Installed.Version != a.opt.Version:
		return "kai " + s.Installed.Version + " is installed; a restart brings it", false
	case s.Problem != "":
		return s.Problem, true
	case s.Verdict == update.Available || s.Verdict == update.Later || s.Verdict == update.Blocked:
		return "kai " + s.Offered + " is there (" + s.Verdict + ")", false
	}
	return "", false
}

func (a *App) updates() chores.Updates {
	return chores.Updates{
		Updater: func() (update.Updater, error) {
			return Updater(a.opt.Dir, a.opt.Config, a.opt.Version, a.opt.Updates, a.opt.Now)
		},
		Idle:      a.idle,
		Installed: a.installed,
	}
}

// idle says whether nobody waits for an answer, and no task but this one runs.
func (a *App) idle(ctx context.Context) (bool, error) {
	runs, err := a.engine.List(ctx)
	if err != nil || slices.ContainsFunc(runs, func(s run.Status) bool { return s.State == run.StateRunning }) {
		return false, err
	}
	n, err := a.queue.Count(ctx)
	return n[queue.Running] <= 1, err
}

// installed has the kai that the system runs end, so that the newer one begins; another goes on until the person restarts it.
func (a *App) installed() {
	a.log("updates").Info("a newer kai is installed", "restarts", a.opt.Service)
	if a.opt.Service {
		a.again.Store(true)
		a.askToQuit()
	}
}

// Again says, after Quit, that this program is to be started anew: there is a newer one in its place.
func (a *App) Again() bool { return a.again.Load() }

// SelfTest says whether this program works on this computer: it begins a store of each engine that it has, in a folder that
// goes again, writes a record and reads it.
func SelfTest(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "kai-self-test-")
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "there is no room for a test").WithRemedy("make the folder for temporary files writable")
	}
	defer os.RemoveAll(folder) //nolint:errcheck // what is left is of no harm
	engines := []string{config.DBSQLite}
	if HasDuckDB {
		engines = append(engines, config.DBDuckDB)
	}
	for _, engine := range engines {
		if err := testEngine(ctx, engine, folder); err != nil {
			return fault.Wrap(fault.Internal, err, "the test of "+engine+" failed").WithRemedy("use another build of kai")
		}
	}
	return nil
}

func testEngine(ctx context.Context, engine, folder string) error {
	inside, err := datadir.Open(folder)
	if err != nil {
		return err
	}
	s, err := openDatabase(ctx, engine, inside)
	if err != nil {
		return err
	}
	want := record.Record{Kind: record.KindSetting, ID: "test", Version: "000000000001-0000-t", Body: []byte(`{"works":true}`)}
	if _, err = s.Apply(ctx, store.Put(want)); err == nil {
		var got []record.Record
		if got, err = s.Get(ctx, record.Key{Kind: want.Kind, ID: want.ID}); err == nil && (len(got) != 1 || string(got[0].Body) != string(want.Body)) {
			err = fault.New(fault.Internal, "a record came back as another")
		}
	}
	return errors.Join(err, s.Close())
}
