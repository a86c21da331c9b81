package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) updateCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "update", Short: "Replace this program by a newer release", GroupID: groupSet, Args: atMost(0),
		Long: `Replaces this program by a newer release of it. A release is taken over HTTPS only, and only with the signature of those
who make kai. The records are backed up first, the new program tests itself before it takes the place of the old one
and again afterwards, and the old one is kept beside it. One that fails is never tried again.

With features.auto_update, a running kai does this by itself: it looks once a day.`,
		Example: "  kai update check\n  kai update apply\n  kai update rollback\n  kai update channel beta",
		RunE:    help,
	}
	var asJSON bool
	var wish update.Wish
	cmd.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON")
	apply := &cobra.Command{
		Use: "apply", Short: "Install the newer release, if there is one", Args: atMost(0),
		Long: `Installs what the channel offers, if it is newer. A release that is given out step by step is left until the turn of this
computer comes; --now takes it at once. A kai that runs goes on as it is until it is started anew.`,
		Example: "  kai update apply\n  kai update apply --now",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.updateApply(cmd.Context(), wish, asJSON) },
	}
	apply.Flags().BoolVar(&wish.Early, "now", false, "take a release before the turn of this computer")
	apply.Flags().BoolVar(&wish.Downgrade, "downgrade", false, "take an older release, if its makers allow that")
	cmd.AddCommand(apply,
		&cobra.Command{
			Use: "check", Short: "Ask whether there is a newer release", Args: atMost(0), Long: "Asks the channel of this kai what its newest release is. Nothing is changed.",
			Example: "  kai update check\n  kai update check --json | jq -r .verdict",
			RunE:    func(cmd *cobra.Command, _ []string) error { return c.updateCheck(cmd.Context(), asJSON) },
		},
		&cobra.Command{
			Use: "rollback", Short: "Go back to the kai from before the last update", Args: atMost(0),
			Long:    "Brings back the program that the last update replaced, and never installs the one that goes again. The backup of the\nrecords from before that update is named; kai store restore brings those back, if need be.",
			Example: "  kai update rollback",
			RunE:    func(cmd *cobra.Command, _ []string) error { return c.updateRollback(cmd.Context(), asJSON) },
		},
		&cobra.Command{
			Use: "status", Short: "Tell what is known of updates", Args: atMost(0), Long: "Tells whether this kai can update itself, its channel, and what the last look found. Nobody is asked.",
			Example: "  kai update status\n  kai update status --json",
			RunE:    func(*cobra.Command, []string) error { return c.updateStatus(asJSON) },
		},
		&cobra.Command{
			Use: "channel NAME", Short: "Choose stable, beta or nightly releases", Args: between(1, 1, "stable, beta or nightly"), ValidArgs: update.Channels(),
			Long:    "Chooses which releases this kai takes. It holds for the data directory.",
			Example: "  kai update channel beta",
			RunE:    func(_ *cobra.Command, args []string) error { return c.updateChannel(args[0]) },
		})
	return cmd
}

// updater prepares updating; without a source of releases it answers fault.Unsupported.
func (c *commands) updater() (update.Updater, config.Standalone, error) {
	dir, err := c.dir()
	if err != nil {
		return update.Updater{}, config.Standalone{}, err
	}
	s, err := c.load(mode.Standalone, dir, nil)
	if err != nil {
		return update.Updater{}, config.Standalone{}, err
	}
	u, err := app.Updater(dir, s.standalone, c.Version, c.Updates, c.Now)
	return u, s.standalone, err
}

func (c *commands) updateCheck(ctx context.Context, asJSON bool) error {
	u, _, err := c.updater()
	if err != nil {
		return err
	}
	o, err := u.Check(ctx)
	switch {
	case err != nil:
		return err
	case asJSON:
		return c.printJSON(o)
	}
	c.print("%s\n", offered(o.Verdict, o.Manifest.Version, o.Version))
	if o.Verdict == update.Available {
		c.print("kai update apply installs it.\n")
	}
	if o.Manifest.ReleaseNotes != "" && o.Verdict != update.Current {
		c.print("\n%s\n", o.Manifest.ReleaseNotes)
	}
	return nil
}

// offered is what a verdict means, for a person.
func offered(verdict, version, this string) string {
	switch verdict {
	case update.Available:
		return "kai " + version + " is there; this one is " + this + "."
	case update.Later:
		return "kai " + version + " is there, and the turn of this computer comes later; kai update apply --now takes it at once."
	case update.Blocked:
		return "kai " + version + " did not work on this computer, or was taken back, and is not tried again."
	case update.Older:
		return "The channel has the older kai " + version + "; this one is " + this + "."
	default:
		return "kai " + this + " is the newest."
	}
}

// appliedReport is what kai update apply --json prints.
type appliedReport struct {
	update.Offer
	Installed bool `json:"installed"`
	Running   bool `json:"running"` // a kai runs, and goes on as it is
}

func (c *commands) updateApply(ctx context.Context, w update.Wish, asJSON bool) error {
	u, _, err := c.updater()
	if err != nil {
		return err
	}
	o, err := u.Apply(ctx, w)
	if err != nil {
		return err
	}
	s, err := update.ReadState(u.Folder)
	if err != nil {
		return err
	}
	r := appliedReport{Offer: o, Installed: s.Installed != nil && s.Installed.SHA256 == o.Manifest.SHA256 && o.Verdict != update.Current}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	_, notRunning := running(dir)
	r.Running = notRunning == nil
	if asJSON {
		return c.printJSON(r)
	}
	if !r.Installed {
		c.print("%s\nNothing was changed.\n", offered(o.Verdict, o.Manifest.Version, o.Version))
		return nil
	}
	c.print("kai %s is installed; kai update rollback brings %s back.\n", o.Manifest.Version, o.Version)
	if s.Installed.Backup != "" {
		c.print("The records from before are in %s.\n", s.Installed.Backup)
	}
	if r.Running {
		c.print("The kai that runs is still the old one: stop it and start it again.\n")
	}
	return nil
}

func (c *commands) updateRollback(ctx context.Context, asJSON bool) error {
	u, _, err := c.updater()
	if err != nil && fault.CodeOf(err) != fault.Unsupported {
		return err
	}
	version, was, err := u.Rollback(ctx)
	if err != nil {
		return err
	}
	backup := ""
	if was.Installed != nil {
		backup = was.Installed.Backup
	}
	if asJSON {
		return c.printJSON(map[string]string{"version": version, "backup": backup})
	}
	c.print("kai %s is back; %s is not installed again.\n", version, c.Version)
	if backup != "" {
		c.print("The records are as they are; those from before the update are in %s (kai store restore).\n", backup)
	}
	return nil
}

// updateReport is what kai update status --json prints.
type updateReport struct {
	Version string       `json:"version"`
	Program string       `json:"program"`
	Cannot  string       `json:"cannot,omitempty"` // why this kai can't update itself
	Auto    bool         `json:"auto"`
	State   update.State `json:"state"`
}

func (c *commands) updateStatus(asJSON bool) error {
	u, set, err := c.updater()
	if err != nil && fault.CodeOf(err) != fault.Unsupported {
		return err
	}
	s, bad := update.ReadState(u.Folder)
	if bad != nil {
		return bad
	}
	if err == nil {
		err = u.Replaceable()
	}
	r := updateReport{Version: c.Version, Program: u.Program, Auto: set.Features.AutoUpdate, State: s}
	if err != nil {
		r.Cannot = sentence(fault.Public(err))
	}
	if asJSON {
		return c.printJSON(r)
	}
	c.printUpdates(r)
	return nil
}

func (c *commands) printUpdates(r updateReport) {
	c.print("kai %s, channel %s.\n", r.Version, r.State.Channel)
	if r.Cannot != "" {
		c.print("It can't be replaced: %s.\n", r.Cannot)
	}
	switch {
	case r.State.Checked.IsZero():
		c.print("Nobody has looked for a newer one yet.\n")
	case r.State.Problem != "":
		c.print("The look of %s failed: %s.\n", r.State.Checked.Format(time.RFC3339), r.State.Problem)
	default:
		c.print("Looked at %s: %s\n", r.State.Checked.Format(time.RFC3339), offered(r.State.Verdict, r.State.Offered, r.Version))
	}
	if i := r.State.Installed; i != nil {
		c.print("Updated from %s to %s at %s.\n", i.Previous, i.Version, i.At.Format(time.RFC3339))
	}
	if r.Auto {
		c.print("A running kai looks once a day (features.auto_update).\n")
	} else {
		c.print("It looks only when you ask; features.auto_update has a running kai look once a day.\n")
	}
}

func (c *commands) updateChannel(name string) error {
	u, _, err := c.updater()
	if err != nil && fault.CodeOf(err) != fault.Unsupported {
		return err
	}
	if err := u.SetChannel(name); err != nil {
		return err
	}
	c.print("This kai takes %s releases.\n", name)
	return nil
}
