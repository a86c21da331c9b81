package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/confighistory"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) configApply(f *configFlags) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "apply FILE", Short: "Check a file and put it in force", Args: between(1, 1, "a configuration file"),
		Long: `Checks FILE, shows what it changes, and puts a copy of it in force. The one before is kept; kai config rollback puts it
back. Its format may be another one. A running kai takes over at once what it can.`,
		Example: "  kai config apply new.yaml --dry-run\n  kai config apply new.yaml",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := f.target(c)
			if err != nil {
				return err
			}
			text, err := readConfig(args[0])
			if err != nil {
				return err
			}
			return c.take(cmd.Context(), t, taking{file: args[0], text: text, reason: "apply " + filepath.Base(args[0]), dryRun: dryRun})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would change")
	return cmd
}

// readConfig reads a file that a person named.
func readConfig(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "there is no file %s", file).WithRemedy("check its name")
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file %s can't be read: %w", file, err).WithRemedy("check its name")
	}
	if info.Size() > config.MaxBytes {
		return nil, fault.New(fault.Invalid, "%s is larger than 1 MiB", file).WithRemedy("a configuration is a few lines; is this the right file?")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fault.New(fault.Invalid, "the file %s can't be read: %w", file, err).WithRemedy("check that it is a file that you may read")
	}
	return text, nil
}

func (c *commands) configRollback(f *configFlags) *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use: "rollback [N]", Short: "Put a former configuration back", Args: atMost(1),
		Long: `Puts configuration N of kai config history back in force, without N the last one that was in force before.
It is checked first, and what holds now is kept, so a rollback can be rolled back.`,
		Example: "  kai config rollback\n  kai config rollback 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := f.target(c)
			if err != nil {
				return err
			}
			h := confighistory.In(t.dir, c.Now)
			e, err := former(h, t, args)
			if err != nil {
				return err
			}
			text, err := h.Text(e)
			if err != nil {
				return err
			}
			return c.take(cmd.Context(), t, taking{file: e.File, text: text, absent: e.Absent, reason: "rollback to " + strconv.Itoa(e.Number), dryRun: dryRun})
		},
	}
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "only show what would change")
	return cmd
}

// former finds the entry that is meant: of that number, or the last one that does not hold now.
func former(h confighistory.History, t target, args []string) (confighistory.Entry, error) {
	if len(args) == 1 {
		number, err := strconv.Atoi(args[0])
		if err != nil {
			return confighistory.Entry{}, usage(fmt.Sprintf("%q is not a number of the history", args[0]), "kai config rollback")
		}
		return h.Find(t.scope, number)
	}
	all, err := h.List(t.scope)
	if err != nil {
		return confighistory.Entry{}, err
	}
	if n := len(all); n > 0 && !all[n-1].Holds(t.file) { // changed by hand since
		return all[n-1], nil
	}
	if len(all) < 2 {
		return confighistory.Entry{}, fault.New(fault.Invalid, "there is no former configuration to put back").WithRemedy("kai config apply, edit and init keep the one before")
	}
	return all[len(all)-2], nil
}

func (c *commands) configHistory(f *configFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "history", Short: "List the configurations that were in force", Args: atMost(0),
		Long: `Lists the configurations that were in force, oldest first: number, since when, and why. The last 50 are kept, in
config-history in the data directory, readable for you alone. kai config diff @N tells what another one changes.`,
		Example: "  kai config history\n  kai config diff @2 @3\n  kai config rollback 2",
		RunE: func(*cobra.Command, []string) error {
			t, err := f.target(c)
			if err != nil {
				return err
			}
			all, err := confighistory.In(t.dir, c.Now).List(t.scope)
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(append([]confighistory.Entry{}, all...))
			}
			c.printHistory(all)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printHistory tells a history to a person.
func (c *commands) printHistory(all []confighistory.Entry) {
	if len(all) == 0 {
		c.print("Nothing was changed with kai config yet.\n")
		return
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, e := range all {
		what := filepath.Base(e.File)
		if e.Absent {
			what = "no file"
		}
		_, _ = fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", e.Number, e.Time.Format(time.RFC3339), what, e.Reason)
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}
