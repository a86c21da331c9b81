package cli

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/companion/confighistory"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// target is the configuration file that a command changes.
type target struct {
	mode  mode.Mode
	dir   datadir.Dir
	scope string // in the history: the mode, or the file that was named
	file  string // in force; "" for none
	named string // by --config or KAI_CONFIG; "" for the one in the data directory
}

// target finds the file in force: --config, KAI_CONFIG, or MODE.yaml in the data directory.
func (f *configFlags) target(c *commands) (target, error) {
	m, err := mode.Parse(f.mode)
	if err != nil {
		return target{}, err
	}
	if len(f.set) > 0 {
		return target{}, usage("--set is not for changing files; write the key into the file", "kai config")
	}
	dir, err := c.dir()
	if err != nil {
		return target{}, err
	}
	t := target{mode: m, dir: dir, scope: string(m), named: c.namedConfig()}
	if t.named == "" {
		t.file, err = configfile.Find(dir.File(string(m)))
		return t, err
	}
	if t.named, err = filepath.Abs(t.named); err != nil {
		return t, err
	}
	t.scope = t.named
	if _, err := os.Stat(t.named); err == nil {
		t.file = t.named
	} else if !errors.Is(err, fs.ErrNotExist) {
		return t, fault.New(fault.Invalid, "the configuration file %s can't be used: %w", t.named, err)
	}
	return t, nil
}

// place is where a text of a format goes. A named file stays of its format.
func (t target) place(ext string) (string, error) {
	switch {
	case t.named == "":
		return t.dir.File(string(t.mode) + ext), nil
	case !strings.EqualFold(filepath.Ext(t.named), ext):
		return "", fault.New(fault.Invalid, "%s is no %s file", t.named, ext).WithRemedy("name one with --config that ends in %s", ext)
	}
	return t.named, nil
}

// settingsOf resolves a text as if it were in force: over the defaults, under the environment. A nil root is no file.
func (c *commands) settingsOf(m mode.Mode, root *config.Node) (settings, error) {
	env, unknown := config.FromEnv(config.Fields(defaultsOf(m)), c.Environ, ownVariables()...)
	var sources []config.Source
	if root != nil {
		sources = append(sources, config.Source{Layer: config.LayerFile, Root: root})
	}
	s, err := resolve(m, append(sources, env))
	s.warnings = append(s.warnings, c.strangers(unknown)...)
	return s, err
}

// parsed resolves the text of a file.
func (c *commands) parsed(m mode.Mode, name string, text []byte) (settings, error) {
	root, err := configfile.Parse(name, text)
	if err != nil {
		return settings{}, err
	}
	return c.settingsOf(m, root)
}

// inForce resolves what is in force now; a file that is wrong counts as none, because it is about to be replaced.
func (c *commands) inForce(t target) settings {
	if t.file != "" {
		if text, err := os.ReadFile(t.file); err == nil {
			if s, err := c.parsed(t.mode, t.file, text); err == nil {
				return s
			}
			c.warnOf("%s in force is wrong; the defaults are compared with", t.file)
		}
	}
	s, _ := c.settingsOf(t.mode, nil) // what the environment breaks, the new text breaks as well
	return s
}

// taking is a text that is to be put in force.
type taking struct {
	file   string // what it was read from, for messages
	text   []byte
	absent bool // no file: the defaults
	reason string
	dryRun bool
}

// take checks a text, shows what it changes, and puts it in force.
func (c *commands) take(ctx context.Context, t target, in taking) error {
	next, err := c.settingsOf(t.mode, nil)
	if !in.absent {
		next, err = c.parsed(t.mode, in.file, in.text)
	}
	if err != nil {
		return err
	}
	place, err := t.place(filepath.Ext(in.file))
	if err != nil {
		return err
	}
	c.warn(next.warnings)
	before := c.inForce(t)
	changes := config.Diff(before.trace, next.trace)
	c.printChanges(changes)
	if in.dryRun {
		c.print("This is only what would change; leave --dry-run out to do it.\n")
		return nil
	}
	e, err := confighistory.In(t.dir, c.Now).Take(confighistory.Change{Scope: t.scope, Old: t.file, New: place, Text: in.text, Absent: in.absent, Reason: in.reason})
	if err != nil {
		return err
	}
	if in.absent {
		c.print("There is no configuration file any more, so the defaults hold (number %d).\n", e.Number)
	} else {
		c.print("%s holds now (number %d).\n", place, e.Number)
	}
	return c.tellReload(ctx, t)
}

// printChanges lists what differs.
func (c *commands) printChanges(changes []config.Change) {
	for _, change := range changes {
		c.print("  %s\n", change)
	}
	if len(changes) == 0 {
		c.print("No value changes.\n")
	}
}

// tellReload has a running kai read its configuration anew, and says what that did. Quiet when none runs in that mode.
func (c *commands) tellReload(ctx context.Context, t target) error {
	r, err := running(t.dir)
	if err != nil || r.Mode != string(t.mode) {
		return nil //nolint:nilerr // none runs: the next one reads the file
	}
	return c.reload(ctx, r)
}

// reload asks a running kai to read its configuration anew.
func (c *commands) reload(ctx context.Context, r datadir.Running) error {
	var done app.Reloaded
	if err := c.ask(ctx, r, askTime, app.MethodReload, nil, &done); err != nil {
		return err
	}
	switch {
	case len(done.Applied) == 0 && len(done.Restart) == 0:
		c.print("The running kai has it already.\n")
	case len(done.Applied) > 0:
		c.print("The running kai has taken over: %s.\n", strings.Join(done.Applied, ", "))
	}
	if len(done.Restart) > 0 {
		c.print("These hold after a restart of kai: %s.\n", strings.Join(done.Restart, ", "))
	}
	return nil
}

func (c *commands) configReload(f *configFlags) *cobra.Command {
	return &cobra.Command{
		Use: "reload", Short: "Have the running kai read its configuration anew", Args: atMost(0),
		Long: `Has the running kai read its configuration anew, after you changed the file by hand; kai config apply, edit and rollback do
it themselves. Which websites may call (networking.cors) and which services are used (services) change at once; kai
names the keys that hold after a restart. A configuration with a mistake is refused, and what was in force stays.`,
		Example: "  kai config reload",
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := f.target(c)
			if err != nil {
				return err
			}
			r, err := running(t.dir)
			if err != nil {
				return err
			}
			return c.reload(cmd.Context(), r)
		},
	}
}
