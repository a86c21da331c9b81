package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/debug"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) debugCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "debug", Short: "Find out what is wrong with kai", GroupID: groupInside, Args: atMost(0),
		Long: `Lists the debug tools of each mode, and packs what helps others to find a fault, without your secrets and without anything
that you or a model wrote.`,
		Example: "  kai debug list\n  kai debug enable\n  kai debug bundle",
		RunE:    help,
	}
	cmd.AddCommand(c.debugList(), c.debugEnable(), c.debugDisable(), c.debugTraces(), c.debugBundle())
	return cmd
}

func (c *commands) debugList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list [MODE]", Short: "List the debug tools of each mode", Args: atMost(1),
		Long: `Lists the debug tools of each mode, where they are, and how to use them. "not yet" are planned and not in this version;
"ours" are not in the specification.`,
		Example: "  kai debug list\n  kai debug list standalone --json",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return modeNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			var tools []debug.Tool
			for _, info := range mode.All() {
				if len(args) == 0 || args[0] == string(info.Mode) {
					tools = append(tools, debug.Tools(info.Mode)...)
				}
			}
			if len(tools) == 0 {
				_, err := mode.Parse(args[0])
				return err
			}
			if asJSON {
				return c.printJSON(tools)
			}
			c.printTools(tools)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printTools tells tools to a person.
func (c *commands) printTools(tools []debug.Tool) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, t := range tools {
		var marks []string
		if !t.Built {
			marks = append(marks, "not yet")
		}
		if t.Adopted {
			marks = append(marks, "ours")
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.Mode, t.Name, t.Type, strings.Join(marks, ", "), t.Endpoint, t.Use)
	}
	_ = w.Flush() // a Builder takes everything
	for line := range strings.Lines(table.String()) {
		c.print("%s\n", strings.TrimRight(line, " \n"))
	}
}

func (c *commands) debugEnable() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "enable", Short: "Make the debug tools of the running kai ready", Args: atMost(0),
		Long: `Begins a debug session in the running kai: every tool of its mode that is in this version is made ready. tail-log has
kai log everything from debug on, and ten times as many traces are kept as usual. The session lasts until kai debug
disable, or until kai stops.`,
		Example: "  kai debug enable\n  kai logs -f\n  kai debug disable",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.debugSession(cmd.Context(), app.MethodEnable)
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(s)
			}
			_, running, err := c.found()
			if err != nil {
				return err
			}
			c.print("The debug session %s goes on since %s.\n", s.ID, s.Start)
			for _, tool := range debug.Tools(s.Mode) {
				switch {
				case !slices.Contains(s.Tools, tool.Name):
					c.print("  %s is not ready: it is not in this version\n", tool.Name)
				case tool.Name == debug.TailLog:
					c.print("  %s is ready: kai logs -f\n", tool.Name)
				case tool.Name == debug.DevtoolsAgent: // where this kai is, which need not be the usual port
					c.print("  %s is ready: kai open, then %s/debug in that browser\n", tool.Name, running.URL)
				default:
					c.print("  %s is ready: %s\n", tool.Name, tool.Use)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *commands) debugDisable() *cobra.Command {
	return &cobra.Command{
		Use: "disable", Short: "End the debug session of the running kai", Args: atMost(0), Example: "  kai debug disable",
		Long: "Ends the debug session that kai debug enable began: what it changed is as it was before.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.debugSession(cmd.Context(), app.MethodDisable)
			if err == nil {
				c.print("The debug session %s has ended.\n", s.ID)
			}
			return err
		},
	}
}

// debugSession asks the running kai about its session.
func (c *commands) debugSession(ctx context.Context, method string) (s debug.Session, err error) {
	err = c.askKai(ctx, method, nil, &s)
	return s, err
}
