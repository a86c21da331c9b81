package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/mode"
)

// modeReport is one mode in kai modes --json.
type modeReport struct {
	mode.Info
	Runs  bool          `json:"runs"`
	Steps []driver.Step `json:"steps"`
}

func (c *commands) modesCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "modes [MODE]", Short: "List the deployment modes, their steps and what each step needs", GroupID: groupInside, Args: atMost(1),
		Long: `Lists what each deployment mode consists of. A mode is a set of steps that start after the steps they need and stop in
reverse. Steps marked "optional" never stop a mode; steps marked "not yet" are planned and not in this version.`,
		Example: "  kai modes\n  kai modes standalone\n  kai modes --json",
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return modeNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.modes(args, asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// modeNames lists the modes for completion.
func modeNames() []string {
	var out []string
	for _, info := range mode.All() {
		out = append(out, string(info.Mode))
	}
	return out
}

func (c *commands) modes(args []string, asJSON bool) error {
	var reports []modeReport
	for _, info := range mode.All() {
		if len(args) == 0 || args[0] == string(info.Mode) {
			reports = append(reports, modeReport{Info: info, Runs: driver.Runs(info.Mode), Steps: driver.Steps(info.Mode)})
		}
	}
	if len(reports) == 0 {
		_, err := mode.Parse(args[0])
		return err
	}
	if asJSON {
		return c.printJSON(reports)
	}
	for i, r := range reports {
		if i > 0 {
			c.print("\n")
		}
		c.printMode(r)
	}
	return nil
}

// printMode tells one mode to a person.
func (c *commands) printMode(r modeReport) {
	state := "not in this version yet"
	if r.Runs {
		state = "in this version"
	}
	c.print("%s  (%s)\n  %s. %s.\n", r.Mode, state, r.About, r.Use)
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, s := range r.Steps {
		var marks []string
		if s.Optional {
			marks = append(marks, "optional")
		}
		if !s.Built {
			marks = append(marks, "not yet")
		}
		needs := ""
		if len(s.Needs) > 0 {
			needs = "after " + strings.Join(s.Needs, ", ")
		}
		_, _ = fmt.Fprintf(w, "    %s\t%s\t%s\t%s\n", s.Name, strings.Join(marks, ", "), s.About, needs)
	}
	_ = w.Flush() // a Builder takes everything
	for line := range strings.Lines(table.String()) {
		c.print("%s\n", strings.TrimRight(line, " \n"))
	}
}
