package cli

import (
	"context"
	"os"
	"os/exec"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/host"
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
	session := host.Session{In: c.Stdin, Out: c.Stdout, Path: host.SocketPath(dir.Path()), Start: func() error { return startBackground(dir.Path()) }}
	return session.Run(ctx)
}

// startBackground starts kai so that it outlives the browser and holds none of its pipes.
func startBackground(data string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self, "--data", data, "run", "--background") //nolint:gosec // ourselves
	detach(cmd)
	if err := cmd.Start(); err != nil {
		return err
	}
	return cmd.Process.Release()
}
