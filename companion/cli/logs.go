package cli

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// logFlags are the flags of kai logs.
type logFlags struct {
	follow    bool
	level     string
	component string
	since     string
	lines     int
	json      bool
}

func (c *commands) logsCommand() *cobra.Command {
	var f logFlags
	cmd := &cobra.Command{
		Use: "logs", Short: "Show what kai has logged", GroupID: groupInside, Args: atMost(0),
		Long: `Shows the newest lines that kai run has logged, and with -f what comes. The log is logs/kai.log in the data directory: a
line of JSON each, without secrets. A full file of 100 MB is put aside; 10 files and 30 days are kept.

kai logs level changes what a running kai logs, at once.`,
		Example: `  kai logs -f
  kai logs --level warn --since 2h
  kai logs --component api --json | jq .msg
  kai logs level debug`,
		RunE: func(cmd *cobra.Command, _ []string) error { return c.logs(cmd.Context(), f) },
	}
	flags := cmd.Flags()
	flags.BoolVarP(&f.follow, "follow", "f", false, "go on with what comes, until Ctrl-C")
	flags.StringVar(&f.level, "level", "debug", "from `LEVEL` on: debug, info, warn, error")
	flags.StringVar(&f.component, "component", "", "only of `NAME`: api, assistant, config, driver, engine, exchange, peers, socket, storage, tasks")
	flags.StringVar(&f.since, "since", "", "from `TIME` on: 10m, 2h, 7d, or 2006-01-02T15:04:05Z; all lines, whatever -n says")
	flags.IntVarP(&f.lines, "lines", "n", 100, "at most `N` lines to begin with; 0 for all")
	flags.BoolVar(&f.json, "json", false, "print the lines as they are, in JSON")
	cmd.AddCommand(c.logsLevel())
	return cmd
}

// filter reads the flags.
func (f logFlags) filter(now time.Time) (logfile.Filter, error) {
	out := logfile.Filter{Component: f.component}
	if err := out.Level.UnmarshalText([]byte(f.level)); err != nil {
		return out, usage("--level: "+quoted(f.level)+" is not a level; write debug, info, warn or error", "kai logs")
	}
	if f.lines < 0 {
		return out, usage("-n takes no negative number", "kai logs")
	}
	if f.since == "" {
		return out, nil
	}
	if span, ok := config.ParseSpan(f.since); ok {
		out.Since = now.Add(-span)
		return out, nil
	}
	at, err := time.Parse(time.RFC3339, f.since)
	if err != nil {
		return out, usage("--since: "+quoted(f.since)+" is not a time; write 10m, 2h, 7d, or 2006-01-02T15:04:05Z", "kai logs")
	}
	out.Since = at
	return out, nil
}

// quoted puts text in quotes for a message.
func quoted(text string) string { return `"` + text + `"` }

func (c *commands) logs(ctx context.Context, f logFlags) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	filter, err := f.filter(c.Now())
	if err != nil {
		return err
	}
	folder, newest := dir.File(logfile.Folder), f.lines
	if f.since != "" {
		newest = 0
	}
	end := logfile.End(folder)
	lines, err := logfile.Last(folder, filter, newest, end)
	if err != nil {
		return fault.New(fault.Unavailable, "the log can't be read: %w", err)
	}
	for _, l := range lines {
		c.printLine(l, f.json)
	}
	if len(lines) == 0 && !f.follow && len(logfile.Files(folder)) == 0 {
		return fault.New(fault.NotFound, "kai has logged nothing in %s yet", dir.Path()).WithRemedy("start it with kai run")
	}
	if !f.follow {
		return nil
	}
	return logfile.Follow(ctx, folder, filter, end, func(l logfile.Line) { c.printLine(l, f.json) })
}

func (c *commands) printLine(l logfile.Line, asJSON bool) {
	if asJSON {
		c.print("%s\n", l.Raw)
		return
	}
	c.print("%s\n", l)
}

func (c *commands) logsLevel() *cobra.Command {
	return &cobra.Command{
		Use: "level [LEVEL]", Short: "Change what a running kai logs, at once", Args: atMost(1),
		Long:    "Has the running kai log from LEVEL on: debug, info, warn or error, until it is stopped. Without LEVEL, says which one holds.",
		Example: "  kai logs level\n  kai logs level debug",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return []string{"debug", "info", "warn", "error"}, cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var in app.Level
			if len(args) == 1 {
				in.Level = strings.ToLower(args[0])
				if err := new(slog.Level).UnmarshalText([]byte(in.Level)); err != nil {
					return usage(quoted(args[0])+" is not a level; write debug, info, warn or error", "kai logs level")
				}
			}
			var out app.Level
			if err := c.askKai(cmd.Context(), app.MethodLevel, in, &out); err != nil {
				return err
			}
			c.print("kai logs from %s on.\n", out.Level)
			return nil
		},
	}
}
