package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/supervise"
)

// aService names what the commands about one service need.
const aService = "a service: ollama, chroma, comfyui or a1111"

func (c *commands) servicesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "services", Short: "List, start and stop the model servers of this computer", GroupID: groupUse, Args: atMost(0),
		Long: `Lists the services of this computer that a running kai watches (services.ollama, chroma, comfyui, a1111): how they are, which
version, since when, and whether kai started them. What others started is known without its time.

kai starts a service only when you say so here, and stops only what it started; it ends with kai. What it prints is kept in
logs/NAME.log in the data directory, one megabyte and one more before it.

This is about the model servers. kai service is about kai itself: it has the system start kai when you sign in.`,
		Example: "  kai services\n  kai services start ollama\n  kai services logs ollama -n 50\n  kai services stop ollama",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.listServices(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.AddCommand(c.servicesStart(), c.servicesStop(), c.servicesLogs())
	for _, sub := range cmd.Commands() {
		sub.Args, sub.ValidArgsFunction = between(1, 1, aService), completeServices
	}
	return cmd
}

// completeServices offers the names of the services.
func completeServices(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, p := range supervise.Programs() {
		out = append(out, p.Name)
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func (c *commands) listServices(ctx context.Context, asJSON bool) error {
	all := []app.Service{}
	if err := c.askKai(ctx, app.MethodServices, nil, &all); err != nil {
		return err
	}
	switch {
	case asJSON:
		return c.printJSON(all)
	case len(all) == 0:
		c.print("All services are switched off (services.ollama and others).\n")
		return nil
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range all {
		since, by := "-", "-"
		if !s.Since.IsZero() {
			since = "since " + clock(s.Since)
		}
		switch s.StartedBy {
		case "kai":
			by = "started by kai"
		case "other":
			by = "not started by kai"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", s.Name, s.State, since, by, s.Detail)
	}
	return w.Flush()
}

func (c *commands) servicesStart() *cobra.Command {
	return &cobra.Command{
		Use: "start NAME", Short: "Start an installed service", Example: "  kai services start ollama\n  kai services start chroma",
		Long: `Has the running kai start an installed service, and waits until it answers, up to a minute. ollama is run as ollama serve;
chroma as chroma run, with its data in the folder chroma of the data directory. Both listen on this computer only, where kai
looks for them. comfyui and a1111 have no one command: the error says how they are started by hand.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.askService(cmd.Context(), app.MethodServiceStart, args[0]); err != nil {
				return err
			}
			c.print("%s is started and answers. It ends with kai; kai services logs %s shows what it says.\n", args[0], args[0])
			return nil
		},
	}
}

func (c *commands) servicesStop() *cobra.Command {
	return &cobra.Command{
		Use: "stop NAME", Short: "Stop a service that kai has started", Example: "  kai services stop ollama",
		Long: "Has the running kai end a service that kai services start has started. One that somebody else started is left alone.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.askService(cmd.Context(), app.MethodServiceStop, args[0]); err != nil {
				return err
			}
			c.print("%s is stopped.\n", args[0])
			return nil
		},
	}
}

// askService asks the running kai for what may take as long as a service takes to start.
func (c *commands) askService(ctx context.Context, method, name string) error {
	return c.askFor(ctx, supervise.Patience+2*askTime, method, app.ServiceName{Name: name}, nil)
}

func (c *commands) servicesLogs() *cobra.Command {
	lines := 100
	cmd := &cobra.Command{
		Use: "logs NAME", Short: "Show what a service printed that kai has started", Example: "  kai services logs ollama\n  kai services logs ollama -n 0",
		Long: "Shows the newest lines that a service printed while kai ran it, also when neither runs now. Secrets are masked.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if lines < 0 {
				return wrongUsage(cmd, "-n takes no negative number")
			}
			dir, err := c.dir()
			if err != nil {
				return err
			}
			return c.printOutput(dir, args[0], lines)
		},
	}
	cmd.Flags().IntVarP(&lines, "lines", "n", lines, "at most `LINES` of the newest; 0 for all")
	return cmd
}

// printOutput prints what is kept of a service, which is one of the table: a name becomes part of a path here.
func (c *commands) printOutput(dir datadir.Dir, name string, lines int) error {
	if err := supervise.Known(name); err != nil {
		return err
	}
	text, err := supervise.Last(dir.File(logfile.Folder), name, lines)
	for _, line := range text {
		c.print("%s\n", line)
	}
	return err
}
