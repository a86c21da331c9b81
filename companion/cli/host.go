package cli

import (
	"context"
	"os"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
)

// extensionID is fixed by the key in the extension's manifest.
const extensionID = "miahfkdaepmkbbeihlbjagdbbnkafpel"

func (c *commands) hostCommand() *cobra.Command {
	return &cobra.Command{
		Use: "host", Short: "Speak with a browser by native messaging", GroupID: groupInside, Args: cobra.ArbitraryArgs,
		Long: `Speak with a browser by native messaging, over standard input and output.

Browsers run this; kai native install tells them how. Frames are passed to the running kai, which is started when there
is none.`,
		FParseErrWhitelist: cobra.FParseErrWhitelist{UnknownFlags: true},
		RunE:               func(cmd *cobra.Command, args []string) error { return c.host(cmd.Context(), args) },
	}
}

func (c *commands) host(ctx context.Context, args []string) error {
	if err := host.CheckCaller(args, extensionID); err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return fault.Wrap(fault.Unavailable, err, "kai's own path cannot be found")
	}
	log, file, err := host.OpenLog(dir.Path())
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	starter := host.Starter{Dir: dir.Path(), Command: []string{self, "--data", dir.Path(), "run", "--background"}, Log: log}
	return host.Session{In: c.Stdin, Out: c.Stdout, Starter: starter}.Run(ctx)
}
