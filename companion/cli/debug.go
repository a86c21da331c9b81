package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/shared/debug"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) debugCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "debug", Short: "Find out what is wrong with kai", GroupID: groupInside, Args: atMost(0),
		Long: `Lists the debug tools of each mode, and packs what helps others to find a fault, without your secrets and without anything
that you or a model wrote.`,
		Example: "  kai debug list\n  kai debug bundle",
		RunE:    help,
	}
	cmd.AddCommand(c.debugList(), c.debugBundle())
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
