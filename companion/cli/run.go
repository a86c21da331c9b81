package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/redact"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// stopTime bounds how long kai takes to stop in good order; drainTime is what of it answers get to finish.
const (
	stopTime  = 10 * time.Second
	drainTime = 5 * time.Second
)

// runFlags are the flags of kai run.
type runFlags struct {
	mode       string
	port       string
	bind       string
	cert, key  string // files of TLS
	set        []string
	open       bool
	background bool
	service    bool
}

func (c *commands) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use: "run", Short: "Run kAI here until it is stopped", GroupID: groupUse, Args: atMost(0),
		Long: `Runs kAI in this terminal until Ctrl-C. It needs no configuration: records go to the data directory, the web app to
http://127.0.0.1:8080, and the browser extension finds it by itself.

The web app opens for the person of this data directory only: follow the sign-in link that is printed, or use kai open.
The link works once, for five minutes.

With --tls-cert and --tls-key, kai speaks TLS (1.2 and later) with that certificate, and answers to the names that it was
made for. Both files are PEM; a renewed certificate is taken as soon as the files are replaced. KAI_TLS_CERT and KAI_TLS_KEY
name them, too. The commands of kai and the browser extension on this computer reach kai as before.

A second kai on the same data directory is refused. Stopped by Ctrl-C or a TERM signal, kai lets answers finish for
5 seconds, marks the others as interrupted, closes views and the database, within 10 seconds. Ctrl-C once more ends it at
once; nothing that was kept is lost by that.`,
		Example: `  kai run
  kai run --port 9000 --open
  kai run --port 0                          any free port
  kai run --tls-cert kai.pem --tls-key kai.key
  kai run --set services.ollama=false
  KAI_NETWORKING_PORT=9000 kai run
  kai --data /srv/kai run --config /etc/kai.yaml`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.run(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.StringVar(&f.mode, "mode", string(mode.Standalone), "deployment `MODE`; see kai modes")
	flags.StringVar(&f.port, "port", "", "`PORT` of the web app, 0 for any free one (networking.port)")
	flags.StringVar(&f.bind, "bind", "", "`ADDRESS` to listen on (networking.bindAddress)")
	flags.StringVar(&f.cert, "tls-cert", "", "speak TLS with the certificate in `FILE` (KAI_TLS_CERT)")
	flags.StringVar(&f.key, "tls-key", "", "`FILE` of its key (KAI_TLS_KEY)")
	flags.StringArrayVar(&f.set, "set", nil, "set any `KEY=VALUE` of the configuration; may be repeated")
	flags.BoolVar(&f.open, "open", false, "open the web app in the browser, signed in")
	flags.BoolVar(&f.background, "background", false, "log to the data directory only and take any free port if need be; browsers start kai so")
	flags.BoolVar(&f.service, "service", false, "start anew by itself after an update; the system starts kai so (kai service)")
	_ = cmd.RegisterFlagCompletionFunc("mode", completeModes) // the flag exists
	return cmd
}

// completeModes offers the modes that run.
func completeModes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{string(mode.Standalone)}, cobra.ShellCompDirectiveNoFileComp
}

// values are the keys that the flags set.
func (f runFlags) values() []flagValue {
	var out []flagValue
	for _, assignment := range f.set {
		out = append(out, flagValue{"--set", assignment})
	}
	if f.port != "" {
		out = append(out, flagValue{"--port", "networking.port=" + f.port})
	}
	if f.bind != "" {
		out = append(out, flagValue{"--bind", "networking.bindAddress=" + f.bind})
	}
	return out
}

// run runs a mode until ctx ends.
func (c *commands) run(ctx context.Context, f runFlags) error {
	m, err := runnable(f.mode)
	if err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	s, err := c.load(m, dir, f.values())
	if err != nil {
		return err
	}
	files, err := c.tlsFiles(f.cert, f.key)
	if err != nil {
		return err
	}
	log, err := c.openLog(dir, f.background, s.trace)
	if err != nil {
		return err
	}
	defer func() { _ = log.file.Close() }() // every line was written by then
	cert, err := c.certificate(files, log.Logger)
	if err != nil {
		return err
	}
	if cert != nil {
		s.warnings = underTLS(s.warnings)
	}
	c.warn(s.warnings)
	for _, w := range s.warnings {
		log.Debug("the configuration deserves a warning", "component", "config", "warning", w.String())
	}
	export, err := tracing.ExportFrom(c.Place.Getenv)
	if err != nil {
		return err
	}
	a, err := app.New(app.Options{
		Dir: dir, Config: s.standalone, TLS: cert, Trace: s.trace, Load: c.loader(m, dir, f), AnyPort: f.background, Unbuilt: unbuilt(s), Transport: transport.New("kAI/" + c.Version), Files: readerOf(dir),
		Version: c.Version, Log: log.Logger, Updates: c.Updates, Service: f.service, Level: log.level, Know: log.redact.Know, Now: c.Now, Drain: drainTime, Export: export,
	})
	if err != nil {
		return err
	}
	if err := a.Start(ctx); err != nil {
		log.Error("kai can't start", "error", err)
		return errors.Join(err, stop(ctx, a))
	}
	if !f.background {
		c.welcome(ctx, a, dir, f.open)
	}
	return untilEnd(ctx, a, log.Logger)
}

// settling is how long after its start an app still does what belongs to it.
const settling = 3 * time.Second

// untilEnd waits for the end of an app and stops it.
func untilEnd(ctx context.Context, a *app.App, log *slog.Logger) error {
	settled := time.AfterFunc(settling, debug.FreeOSMemory) // what only the start needed: an idle kai would hold on to it for minutes
	defer settled.Stop()
	select {
	case <-ctx.Done():
	case <-a.Quit():
	}
	log.Info("stopping")
	if err := stop(ctx, a); err != nil || !a.Again() || ctx.Err() != nil {
		return err
	}
	return startAnew()
}

// loader resolves the configuration of a running kai anew: its file as it is then, under its own environment and flags.
func (c *commands) loader(m mode.Mode, dir datadir.Dir, f runFlags) func() (app.Loaded, error) {
	return func() (app.Loaded, error) {
		s, err := c.load(m, dir, f.values())
		return app.Loaded{Config: s.standalone, Trace: s.trace}, err
	}
}

// stop stops an app within the bound, also when ctx has ended: that is why it stops.
func stop(ctx context.Context, a *app.App) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopTime)
	defer cancel()
	return a.Stop(ctx)
}

// runnable reads a mode's name and refuses those that this program can't run.
func runnable(name string) (mode.Mode, error) {
	m, err := mode.Parse(name)
	if err != nil {
		var f *fault.Fault
		if errors.As(err, &f) {
			err = f.WithField("--mode")
		}
		return "", err
	}
	switch {
	case m == mode.Browser:
		return "", fault.New(fault.Unsupported, "browser mode runs in the browser").WithRemedy("install the extension; kai native install tells it about kai")
	case !driver.Runs(m):
		return "", fault.New(fault.Unsupported, "%s mode is not in this version", m).WithRemedy("kai modes tells what there is")
	}
	return m, nil
}

// runLog is the log of a running kai: a file in the data directory, and the terminal when there is one. Close it at the end.
type runLog struct {
	*slog.Logger
	level  *slog.LevelVar
	file   *logfile.Writer
	redact *redact.Redactor
}

// openLog opens it. Secrets that this kai knows are never written, wherever they turn up.
func (c *commands) openLog(dir datadir.Dir, background bool, trace config.Trace) (runLog, error) {
	file, err := logfile.Open(dir.File(logfile.Folder), logfile.DefaultLimits(), c.Now)
	if err != nil {
		return runLog{}, fault.New(fault.Unavailable, "the log can't be written: %w", err).WithRemedy("make %s writable for you", dir.Path())
	}
	level := new(slog.LevelVar)
	if c.verbose {
		level.Set(slog.LevelDebug)
	}
	console := c.Stderr
	if background {
		console = nil
	}
	known := trace.Secrets()
	if token, err := dir.Token(); err == nil { // a damaged one is told at the start
		known = append(known, token)
	}
	r := redact.New(known...)
	return runLog{logfile.Logger(file, console, level, r), level, file, r}, nil
}

// welcome tells the person where kAI is, and opens it when asked to.
func (c *commands) welcome(ctx context.Context, a *app.App, dir datadir.Dir, open bool) {
	link := a.LoginURL()
	how := "Sign in once with: " + link
	if a.Locked() {
		link, how = a.URL(), "Sign in there with the password of the vault; kai vault init makes one."
	}
	c.print("kAI %s is ready: %s\n%s\nData: %s\nStop with Ctrl-C.\n", c.Version, a.URL(), how, dir.Path())
	if !open {
		return
	}
	if err := openBrowser(ctx, link); err != nil {
		c.print("The browser can't be opened (%v); open the link yourself.\n", err)
	}
}

// print writes to standard output.
func (c *commands) print(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Stdout, format, args...) // nobody reads it: nothing to be done
}
