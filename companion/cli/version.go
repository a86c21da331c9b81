package cli

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/update"
	"github.com/kindos/kai/shared/protocol"
)

func (c *commands) versionCommand() *cobra.Command {
	var asJSON, test bool
	cmd := &cobra.Command{
		Use: "version", Short: "Print the version of kai and of what it speaks", GroupID: groupInside, Args: atMost(0),
		Long: `Prints the version of this program, the versions of the protocol that it speaks with extensions, and what it was built
for. With --self-test it also begins an empty record store, in a folder that goes again, and uses it.`,
		Example: "  kai version\n  kai version --json\n  kai version --self-test",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.version(cmd.Context(), asJSON, test) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().BoolVar(&test, "self-test", false, "test whether this program works here, too")
	return cmd
}

func (c *commands) version(ctx context.Context, asJSON, test bool) error {
	if test {
		if err := app.SelfTest(ctx); err != nil {
			return err
		}
	}
	if asJSON {
		out := map[string]any{
			"version": c.Version, "protocol": map[string]int{"min": protocol.MinVersion, "max": protocol.MaxVersion},
			"go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		}
		if test {
			out["selfTest"] = update.Passed
		}
		return c.printJSON(out)
	}
	c.print("kai %s (protocol %d to %d, %s, %s/%s)\n", c.Version, protocol.MinVersion, protocol.MaxVersion, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	if test {
		c.print("It works here: a record store was begun, written and read.\n")
	}
	return nil
}
