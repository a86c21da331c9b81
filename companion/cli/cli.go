// Package cli is the command line of kai: what a person types, and what a browser runs.
//
// It reads configuration, calls companion/app and companion/host, and turns faults into sentences and exit codes.
// Imports companion/*, shared/* and cobra.
package cli

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/pdf"
)

// Program is the world that the commands act on. Here gives the real one; tests give their own.
type Program struct {
	Version string
	Updates string // the source of releases, as the build stamped it; "" for none
	Place   datadir.Place
	Environ []string
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	Now     func() time.Time
}

// Here is this process on this computer.
func Here(version string) Program {
	return Program{
		Version: version, Place: datadir.Here(), Environ: os.Environ(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Now: time.Now,
	}
}

// Main runs one command line and returns the exit code. A browser that starts kai for native messaging passes arguments of
// its own, which a host manifest can't change: those are told apart first, as is a kai that this one starts to read a PDF.
func Main(p Program, args []string) int {
	if len(args) > 0 && args[0] == pdf.Command {
		return pdf.Child(args[1:], p.Stdin, p.Stdout)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // asked twice, the process ends at once
	c := &commands{Program: p}
	if calledByBrowser(args) {
		return c.exit(c.host(ctx, args))
	}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(p.Stdin)
	root.SetOut(p.Stdout)
	root.SetErr(p.Stderr)
	return c.exit(root.ExecuteContext(ctx))
}

// commands are the commands with the flags that all share.
type commands struct {
	Program
	dataFlag   string
	configFlag string
	verbose    bool
}

// dir opens the data directory: --data, else KAI_DATA, else the platform's place.
func (c *commands) dir() (datadir.Dir, error) {
	path := c.dataFlag
	if path == "" {
		def, err := c.Place.Default()
		if err != nil {
			return datadir.Dir{}, err
		}
		path = def
	}
	return datadir.Open(path)
}

// root is the command tree.
func (c *commands) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kai",
		Short: "Your own assistant on your own computer",
		Long: `kai is the companion of the kAI browser extension, and the whole of kAI in standalone mode.

With the extension, kai makes the answers, so that they survive closing the browser, and asks model servers such as
Ollama without any setting there. On its own it serves the same assistant as a web app.

Settings come from four places; later ones win: defaults, a file, the environment, flags. Every key of the file is also
a variable: networking.port is KAI_NETWORKING_PORT. kai config explain KEY says where a value came from.

EXIT CODES
  0  done
  1  it failed
  2  wrong usage, or a mistake in the configuration
  3  not there: kai is not running, a port is taken, a part is not in this version`,
		Example: `  kai native install      tell the browsers of this computer about kai
  kai run                 serve the web app on http://127.0.0.1:8080
  kai open                open the web app, signed in
  kai status              is it running, and how is it?
  kai config show         every setting in force`,
		SilenceErrors: true, SilenceUsage: true,
		Args:    atMost(0),
		RunE:    help,
		Version: c.Version,
	}
	root.SetVersionTemplate("kai {{.Version}}\n")
	root.SetFlagErrorFunc(flagError)
	flags := root.PersistentFlags()
	flags.StringVar(&c.dataFlag, "data", "", "data directory `DIR` (KAI_DATA; default: "+c.defaultData()+")")
	flags.StringVar(&c.configFlag, "config", "", "configuration file `FILE` (KAI_CONFIG; default: MODE.yaml, .json, .toml or .ini in the data directory)")
	flags.BoolVarP(&c.verbose, "verbose", "v", false, "log more")
	root.AddGroup(&cobra.Group{ID: groupUse, Title: "Use kAI:"}, &cobra.Group{ID: groupSet, Title: "Set it up:"}, &cobra.Group{ID: groupInside, Title: "Look inside:"})
	root.SetHelpCommandGroupID(groupInside)
	root.SetCompletionCommandGroupID(groupSet)
	root.CompletionOptions.DisableDescriptions = false
	for _, add := range []func() *cobra.Command{c.runCommand, c.openCommand, c.statusCommand, c.stopCommand, c.scheduleCommand, c.tokenCommand, c.importCommand, c.filesCommand, c.knowledgeCommand, c.clientsCommand, c.vaultCommand, c.syncCommand, c.klpCommand, c.mcpCommand, c.toolCommand, c.serviceCommand, c.servicesCommand, c.hostCommand, c.nativeCommand, c.configCommand, c.logsCommand, c.debugCommand, c.storeCommand, c.tasksCommand, c.updateCommand, c.telemetryCommand, c.modesCommand, c.versionCommand} {
		root.AddCommand(add())
	}
	strict(root)
	return root
}

// The groups of commands in the help.
const (
	groupUse    = "use"
	groupSet    = "set"
	groupInside = "inside"
)

// defaultData is the default data directory as the help shows it, with ~ for the home folder.
func (c *commands) defaultData() string {
	switch c.Place.GOOS {
	case "windows":
		return `%LOCALAPPDATA%\kAI`
	case "darwin":
		return "~/Library/Application Support/kAI"
	default:
		return "~/.local/share/kai"
	}
}
