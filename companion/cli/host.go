package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/shared/fault"
)

// extensionID is fixed by the key in the extension's manifest.
const extensionID = "miahfkdaepmkbbeihlbjagdbbnkafpel"

func (c *commands) hostCommand() *cobra.Command {
	return &cobra.Command{Use: "host", Short: "Speak with a browser by native messaging", GroupID: groupInside, RunE: func(cmd *cobra.Command, args []string) error { return c.host(cmd.Context(), args) }}
}

func (c *commands) host(context.Context, []string) error {
	return fault.New(fault.Unsupported, "not built")
}

func (c *commands) nativeCommand() *cobra.Command {
	return &cobra.Command{Use: "native", Short: "Tell browsers about kai", GroupID: groupSet}
}
