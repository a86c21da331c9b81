package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/companion/store/duckdb"
	"github.com/kindos/kai/companion/store/sqlite"
	"github.com/kindos/kai/companion/store/upkeep"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
)

// blobGrace is how long a blob that no record names is spared: the record may be on its way.
const blobGrace = time.Hour

// storeFlags are the flags of kai store and its commands.
type storeFlags struct {
	set    []string
	asJSON bool
}

func (c *commands) storeCommand() *cobra.Command {
	f := &storeFlags{}
	cmd := &cobra.Command{
		Use: "store", Short: "Check, back up and restore the records", GroupID: groupInside, Args: atMost(0),
		Long: `Looks after the records of the data directory: one file of SQLite or DuckDB, and a folder of blobs beside it.

check, stats and backup change nothing. backup works while kai runs, and with SQLite so do the others of them; compact and
restore need kai to be stopped (kai stop), and with DuckDB, which lets in one process, so do check and stats.

Results go to standard output, as JSON with --json; progress of long work goes to standard error.`,
		Example: `  kai store check
  kai store stats --json | jq .records
  kai store backup /media/usb/kai-monday
  kai stop && kai store restore /media/usb/kai-monday`,
		RunE: help,
	}
	flags := cmd.PersistentFlags()
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	flags.StringArrayVar(&f.set, "set", nil, "set a `KEY=VALUE` of the configuration; may be repeated")
	cmd.AddCommand(c.storeCheck(f), c.storeStats(f), c.storeCompact(f), c.storeBackup(f), c.storeRestore(f))
	return cmd
}

func (c *commands) storeCheck(f *storeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "check", Short: "Read every record and blob, and tell whether all are sound", Args: atMost(0),
		Long: `Reads the whole file, every record and every blob, and tells what is damaged. It changes nothing; a large store takes
minutes.

Exits with 0 when all is sound, 1 when something is damaged, 3 when there is no store.`,
		Example: "  kai store check\n  kai store check --json | jq -r '.damage[]'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.inspected(cmd.Context(), f, func(ctx context.Context, i upkeep.Keeper) error {
				report, err := i.Check(ctx, c.progress())
				if err != nil {
					return err
				}
				return c.tellCheck(f, report)
			})
		},
	}
}

func (c *commands) storeStats(f *storeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "stats", Short: "Count the records, blobs and bytes", Args: atMost(0),
		Long:    "Counts what is stored. It changes nothing.",
		Example: "  kai store stats\n  kai store stats --json | jq .records.message",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.inspected(cmd.Context(), f, func(ctx context.Context, i upkeep.Keeper) error {
				stats, err := i.Stats(ctx)
				if err != nil {
					return err
				}
				return c.tellStats(f, stats)
			})
		},
	}
}

func (c *commands) storeBackup(f *storeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "backup [FOLDER]", Short: "Copy the records and blobs, and open the copy to verify it", Args: atMost(1),
		Long: `Makes a new folder with a copy of the records as they are at one moment, and of the blobs.

It works while kai runs; with DuckDB, which lets in one process, the running kai makes it.
Success is told after the copy was opened: every page, record and blob of it was read and compared with the store.
Without FOLDER it is kai-backup-DATE-TIME here.`,
		Example: "  kai store backup\n  kai store backup /media/usb/kai-monday\n  kai store backup --json | jq -r .folder",
		RunE: func(cmd *cobra.Command, args []string) error {
			to, err := c.backupFolder(args)
			if err != nil {
				return err
			}
			if made, asked, err := c.backupByKai(cmd.Context(), f, to); asked {
				if err != nil {
					return err
				}
				return c.tellBackup(f, to, made)
			}
			return c.inspected(cmd.Context(), f, func(ctx context.Context, i upkeep.Keeper) error {
				made, err := i.Backup(ctx, to, c.Now(), c.progress())
				if err != nil {
					return err
				}
				return c.tellBackup(f, to, made)
			})
		},
	}
}

// backupByKai has a running kai make it, where nobody else can look: DuckDB lets in one process.
func (c *commands) backupByKai(ctx context.Context, f *storeFlags, to string) (made upkeep.Manifest, asked bool, err error) {
	_, engine, _, err := c.storePlace(f)
	if err != nil || engine != config.DBDuckDB {
		return made, err != nil, err
	}
	_, kai, err := c.found()
	if err != nil {
		return made, false, nil //nolint:nilerr // none runs, so the file can be read
	}
	progress := c.progress()
	err = c.with(ctx, kai, func(peer *protocol.Peer) error {
		return peer.Stream(ctx, app.MethodBackup, app.BackupTo{Folder: to}, func(text json.RawMessage) error {
			var p queue.Progress
			err := json.Unmarshal(text, &p)
			progress.Tell(p.What, p.Done, p.Total)
			return err
		}, &made)
	})
	return made, true, err
}

// backupFolder is the folder that the person named, else one with the time in its name.
func (c *commands) backupFolder(args []string) (string, error) {
	name := "kai-backup-" + c.Now().Format("20060102-150405")
	if len(args) > 0 {
		name = args[0]
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "there is no folder to make a backup in").WithRemedy("name one: kai store backup FOLDER")
	}
	return path, nil
}

func (c *commands) storeCompact(f *storeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "compact", Short: "Give free space back to the disk; kai must be stopped", Args: atMost(0),
		Long: `Writes the file anew without its free pages, and deletes blobs that no record names. kai must be stopped, and the disk
needs as much free space as the file has. Cut short at any moment, it leaves the store as it was. DuckDB gives back only
what is free at the end of its file.`,
		Example: "  kai stop && kai store compact",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.alone(f, func(engine, path string) error {
				gained, err := c.compact(cmd.Context(), engine, path)
				if err != nil {
					return err
				}
				return c.tellCompact(f, gained)
			})
		},
	}
}

// compact compacts a store that is there, so that it makes none.
func (c *commands) compact(ctx context.Context, engine, path string) (upkeep.Compacted, error) {
	before := c.Now().Add(-blobGrace)
	i, err := app.Inspect(ctx, engine, path)
	if err != nil {
		return upkeep.Compacted{}, err
	}
	if err := i.Close(); err != nil {
		return upkeep.Compacted{}, err
	}
	if engine == config.DBDuckDB {
		return duckdb.Compact(ctx, path, app.Schema(), before, c.progress())
	}
	s, err := sqlite.Open(ctx, path, app.Schema())
	if err != nil {
		return upkeep.Compacted{}, err
	}
	gained, err := s.Compact(ctx, before, c.progress())
	return gained, errors.Join(err, s.Close())
}

func (c *commands) storeRestore(f *storeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "restore FOLDER", Short: "Put a backup in the place of the records; kai must be stopped", Args: atMost(1),
		Long: `Puts a backup in the place of the records. kai must be stopped.

The backup is copied beside the store, and every record and blob of the copy checked, before anything is moved. What was
there goes aside and stays there; when the restored store does not open, it comes back.`,
		Example: "  kai stop && kai store restore /media/usb/kai-monday",
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return wrongUsage(cmd, "the folder of the backup is missing")
		}
		return c.alone(f, func(engine, path string) error {
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return fault.Wrap(fault.Unavailable, err, "the folder of the records can't be made").WithRemedy("make %s writable for you", filepath.Dir(path))
			}
			restore := sqlite.Restore
			if engine == config.DBDuckDB {
				restore = duckdb.Restore
			}
			m, aside, err := restore(cmd.Context(), args[0], path, app.Schema(), c.Now(), c.progress())
			if err != nil {
				return err
			}
			return c.tellRestore(f, m, path, aside)
		})
	}
	return cmd
}

// storePlace is the data directory, the database of the records and its file.
func (c *commands) storePlace(f *storeFlags) (dir datadir.Dir, engine, path string, err error) {
	if dir, err = c.dir(); err != nil {
		return datadir.Dir{}, "", "", err
	}
	s, err := c.load(mode.Standalone, dir, runFlags{set: f.set}.values())
	if err != nil {
		return datadir.Dir{}, "", "", err
	}
	engine, path = app.RecordFile(dir, s.standalone)
	return dir, engine, path, nil
}

// inspected does something with a store that kai may be using; not with DuckDB, which lets in one process.
func (c *commands) inspected(ctx context.Context, f *storeFlags, do func(context.Context, upkeep.Keeper) error) error {
	look := func(engine, path string) error {
		i, err := app.Inspect(ctx, engine, path)
		if err != nil {
			return err
		}
		return errors.Join(do(ctx, i), i.Close())
	}
	_, engine, path, err := c.storePlace(f)
	switch {
	case err != nil:
		return err
	case engine == config.DBDuckDB && app.HasDuckDB:
		return c.alone(f, look)
	default:
		return look(engine, path)
	}
}

// alone does something with a store that nobody else may use meanwhile.
func (c *commands) alone(f *storeFlags, do func(engine, path string) error) error {
	dir, engine, path, err := c.storePlace(f)
	if err != nil {
		return err
	}
	lock, err := dir.Lock()
	if fault.CodeOf(err) == fault.Conflict {
		return fault.New(fault.Conflict, "kai is running in %s", dir.Path()).WithRemedy("stop it with kai stop, then try again")
	}
	if err != nil {
		return err
	}
	defer lock.Release()
	return do(engine, path)
}
