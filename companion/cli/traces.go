package cli

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/tracing"
)

func (c *commands) debugTraces() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "traces [ID]", Short: "Show what followed from what was asked for, and how long it took", Args: atMost(1),
		Long: `Lists the latest traces of the running kai, the newest last: what followed from each thing that a view asked for, and from each
task. With an ID it shows the steps of one, from the view to the request to a model server. They are kept in memory, and hold no
text, key or address beyond host and port. They are sent nowhere, unless OTEL_EXPORTER_OTLP_ENDPOINT (or the others of
OpenTelemetry's OTLP over HTTP) is set for kai run.`,
		Example: "  kai debug traces\n  kai debug traces 4bf92f3577b34da6a3ce929d0e0e4736",
		RunE: func(cmd *cobra.Command, args []string) error {
			in := app.Traces{}
			if len(args) == 1 {
				in.ID = args[0]
			}
			var out app.Traces
			if err := c.askKai(cmd.Context(), app.MethodTraces, in, &out); err != nil {
				return err
			}
			switch {
			case asJSON:
				return c.printJSON(out)
			case in.ID != "":
				c.printSteps(out.Steps)
			default:
				c.printTraces(out)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// printTraces lists traces, the newest where a person looks first.
func (c *commands) printTraces(in app.Traces) {
	if len(in.Traces) == 0 {
		c.print("No trace is kept yet: nothing was asked for through a view since kai began.\n")
	}
	rows := [][]string{}
	for _, t := range slices.Backward(in.Traces) {
		rows = append(rows, []string{t.Start.Local().Format(time.TimeOnly), t.ID, t.Name, fmt.Sprintf("%.1f ms", t.Took), t.Fault})
	}
	c.printRows(rows)
	if in.Exports {
		c.print("They are sent to where OTEL_EXPORTER_OTLP_ENDPOINT says, too.\n")
	}
}

// printSteps shows each step with how long after the first it began.
func (c *commands) printSteps(steps []tracing.Step) {
	rows := [][]string{}
	for _, s := range steps {
		rows = append(rows, []string{
			fmt.Sprintf("+%.1f ms", float64(s.Start.Sub(steps[0].Start).Microseconds())/1000),
			strings.Repeat("  ", depth(s, steps)) + s.Name, fmt.Sprintf("%.1f ms", s.Took), s.Fault,
		})
	}
	c.printRows(rows)
}

// mostDepth bounds the indenting, also of spans that would be each other's parents.
const mostDepth = 16

func depth(s tracing.Step, steps []tracing.Step) (deep int) {
	for deep < mostDepth {
		i := slices.IndexFunc(steps, func(o tracing.Step) bool { return o.ID == s.Parent })
		if i < 0 {
			return deep
		}
		s = steps[i]
		deep++
	}
	return deep
}

// printRows prints a table without headings.
func (c *commands) printRows(rows [][]string) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		_, _ = fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	_ = w.Flush() // a Builder takes everything
	for line := range strings.Lines(table.String()) {
		c.print("%s\n", strings.TrimRight(line, " \n"))
	}
}
