package cli

import (
	"context"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/daemon"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) serviceCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "service", Short: "Have kai started when you sign in", GroupID: groupSet, Args: atMost(0),
		Long: `Has the system start kai when you sign in to this computer: a systemd user unit on Linux, a launchd agent on macOS, a
task of the scheduler on Windows. It runs as you, with your data directory, and is no service of the whole computer.

On Linux, loginctl enable-linger has it start at boot, before you sign in.

This is about kai itself. kai services is about the model servers that kai asks: Ollama, Chroma and others.`,
		Example: "  kai service install\n  kai service start\n  kai --data /srv/kai --config /etc/kai.yaml service install",
		RunE:    help,
	}
	for _, step := range []struct {
		name, short, long string
		run               func(context.Context, daemon.Manager, datadir.Dir) error
	}{
		{"install", "Set it up", "Writes the system's file for kai, with the data directory and the configuration file of this command, and\nthe certificate that KAI_TLS_CERT and KAI_TLS_KEY name. It starts at your\nnext sign-in, or now by kai service start. Do it again after kai was moved.", c.serviceInstall},
		{"uninstall", "Stop it and take it back", "Stops kai as the system's service and removes what kai service install wrote. Records and settings stay.", c.serviceUninstall},
		{"start", "Start it now", "Has the system start kai now.", c.serviceStart},
		{"stop", "Stop it", "Has the system stop kai in good order. It starts again at your next sign-in.", c.serviceStop},
		{"status", "Tell whether it is set up and runs", "Tells whether kai is set up as a service, and whether it runs.\n\nExits with 0 when it is set up and runs, 3 when not.", c.serviceStatus},
	} {
		cmd.AddCommand(&cobra.Command{
			Use: step.name, Short: step.short, Long: step.long, Args: atMost(0), Example: "  kai service " + step.name,
			RunE: func(cmd *cobra.Command, _ []string) error {
				dir, err := c.dir()
				if err != nil {
					return err
				}
				m, err := c.manager(dir)
				if err != nil {
					return err
				}
				return step.run(cmd.Context(), m, dir)
			},
		})
	}
	return cmd
}

// manager prepares what the system is told: this program, with the data directory and the configuration of this command.
func (c *commands) manager(dir datadir.Dir) (daemon.Manager, error) {
	self, err := os.Executable()
	if err != nil {
		return daemon.Manager{}, fault.Wrap(fault.Unavailable, err, "kai's own path cannot be found")
	}
	home, err := c.Place.Home()
	if err != nil {
		return daemon.Manager{}, fault.Wrap(fault.Unavailable, err, "the home folder cannot be found")
	}
	args := []string{"--data", dir.Path()}
	if file := c.configFlag; file != "" {
		if file, err = filepath.Abs(file); err != nil {
			return daemon.Manager{}, fault.Wrap(fault.Unavailable, err, "the folder of this command cannot be found")
		}
		args = append(args, "--config", file)
	}
	files, err := c.tlsFiles("", "")
	if err != nil {
		return daemon.Manager{}, err
	}
	run := []string{"run", "--service"}
	if files.Cert != "" {
		run = append(run, "--tls-cert", files.Cert, "--tls-key", files.Key)
	}
	user := strconv.Itoa(os.Getuid())
	if c.Place.GOOS == "windows" {
		user = c.Place.Getenv("USERDOMAIN") + `\` + c.Place.Getenv("USERNAME")
	}
	setup := daemon.Setup{
		GOOS: c.Place.GOOS, Home: home, Config: c.Place.Getenv("XDG_CONFIG_HOME"), User: user,
		Program: self, Args: append(args, run...),
	}
	plan, err := setup.Plan()
	return daemon.Manager{Plan: plan, Run: daemon.System}, err
}

func (c *commands) serviceInstall(ctx context.Context, m daemon.Manager, _ datadir.Dir) error {
	err := m.Install(ctx)
	if fault.CodeOf(err) == fault.Unavailable && m.Installed() {
		c.warnOf("%s is written, but the system could not be told: %s, and install again", m.Plan.File, sentence(fault.Public(err)))
		return errSaid{exitMissing}
	}
	if err == nil {
		c.print("kai starts when you sign in (%s). kai service start starts it now.\n", m.Plan.File)
	}
	return err
}

func (c *commands) serviceUninstall(ctx context.Context, m daemon.Manager, _ datadir.Dir) error {
	if !m.Installed() {
		c.print("kai is not set up as a service.\n")
		return nil
	}
	err := m.Uninstall(ctx)
	if !m.Installed() {
		c.print("%s is removed.\n", m.Plan.File)
	}
	return err
}

// serviceStart refuses where another kai has the data directory: the system's one would fail at once, seen by nobody.
func (c *commands) serviceStart(ctx context.Context, m daemon.Manager, dir datadir.Dir) error {
	if !m.Installed() {
		return notInstalled()
	}
	if r, err := running(dir); err == nil {
		return fault.New(fault.Conflict, "kai (process %d) runs already", r.PID).WithRemedy("stop it with kai stop first, if the system is to run it")
	}
	err := m.Do(ctx, daemon.Start)
	if err == nil {
		c.print("kai is being started; kai status tells how it is.\n")
	}
	return err
}

func (c *commands) serviceStop(ctx context.Context, m daemon.Manager, _ datadir.Dir) error {
	if !m.Installed() {
		return notInstalled()
	}
	if m.Plan.Commands[daemon.Stop] == nil {
		return c.stop(ctx)
	}
	err := m.Do(ctx, daemon.Stop)
	if err == nil {
		c.print("kai has stopped.\n")
	}
	return err
}

func (c *commands) serviceStatus(_ context.Context, m daemon.Manager, dir datadir.Dir) error {
	if !m.Installed() {
		return notInstalled()
	}
	c.print("kai is set up as a service: %s\n", m.Plan.File)
	r, err := running(dir)
	if err == nil {
		c.print("It runs (process %d).\n", r.PID)
	}
	return err
}

// notInstalled says that the system knows nothing of kai.
func notInstalled() error {
	return fault.New(fault.NotFound, "kai is not set up as a service").WithRemedy("set it up with kai service install")
}
