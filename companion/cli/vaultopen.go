package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
)

func (c *commands) vaultUnlock(f *vaultFlags) *cobra.Command {
	return &cobra.Command{
		Use: "unlock", Short: "Unlock the vault in the running kai", Args: atMost(0),
		Long: `Asks for the password and hands it to the running kai, over a socket that only you can reach. From then on kai finds
vault:ID where a service's key is written so, and with auth.mode local_vault programs may use kai token.

The vault locks after 15 minutes without use, by kai vault lock, and when kai stops.`,
		Example: "  kai vault unlock\n  pass show kai | kai vault unlock --password-stdin",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.unlockRunning(cmd.Context(), f) },
	}
}

func (c *commands) unlockRunning(ctx context.Context, f *vaultFlags) error {
	_, r, err := c.found()
	if err != nil {
		return err
	}
	password, err := c.asker(ctx, f).secret("Password of the vault")
	if err != nil {
		return err
	}
	if err := c.ask(ctx, r, unlockTime, app.MethodUnlock, app.Password{Password: password.Reveal()}, nil); err != nil {
		return err
	}
	c.print("The vault is unlocked.\n")
	return nil
}

func (c *commands) vaultLock() *cobra.Command {
	return &cobra.Command{
		Use: "lock", Short: "Lock the vault in the running kai", Args: atMost(0),
		Long: `Makes the running kai forget the vault's key. With auth.mode local_vault every signed-in web app and program is shut out;
answers in the making go on.`,
		Example: "  kai vault lock",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := c.askKai(cmd.Context(), app.MethodLock, nil, nil); err != nil {
				return err
			}
			c.print("The vault is locked.\n")
			return nil
		},
	}
}
