package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/keyring"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/fault"
)

// keyringTime bounds how long the keyring may take, a person's answer to a question of the system included.
const keyringTime = time.Minute

func (c *commands) vaultKeyring(f *vaultFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "keyring", Short: "Have this computer's keyring open the vault when kai starts", Args: atMost(0),
		Long: `Has the keyring of the operating system open the vault when kai starts: the Secret Service on Linux (GNOME Keyring,
KWallet), the Keychain on macOS, the Credential Manager on Windows. It opens for whoever is signed in to this computer as
you, so the vault then does, too. It is off until you turn it on.

The keyring gets a random key, never the password; that key opens a file beside the vault, and only both together open the
vault. Where the keyring is locked or away, kai starts with a locked vault, and the password opens it as ever. A vault that
was locked since the start, by you or after 15 minutes without use, is opened by its password alone.`,
		Example: "  kai vault keyring on\n  kai vault keyring status\n  kai vault keyring off",
		RunE:    help,
	}
	cmd.AddCommand(c.keyringOn(f), c.keyringOff(), c.keyringStatus())
	return cmd
}

func (c *commands) keyringOn(f *vaultFlags) *cobra.Command {
	return &cobra.Command{
		Use: "on", Short: "Have it open the vault from the next start on", Args: atMost(0), Example: "  kai vault keyring on",
		Long: "Asks for the vault's password, and has the keyring open the vault whenever kai starts. Done once more, the keyring gets\nanother key.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, err := c.unlocked(cmd.Context(), c.asker(cmd.Context(), f))
			if err != nil {
				return err
			}
			defer v.Lock()
			ctx, cancel := context.WithTimeout(cmd.Context(), keyringTime)
			defer cancel()
			if err := v.KeyringOn(ctx, keyring.System{}); err != nil {
				return err
			}
			c.print("The keyring of this computer opens the vault whenever kai starts.\n")
			return nil
		},
	}
}

func (c *commands) keyringOff() *cobra.Command {
	return &cobra.Command{
		Use: "off", Short: "Have the password alone open the vault", Args: atMost(0), Example: "  kai vault keyring off",
		Long: "Takes the file beside the vault away, and the key out of the keyring. Needs no password. A running kai goes on as it is.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, _, err := c.vault()
			if err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), keyringTime)
			defer cancel()
			if err := v.KeyringOff(ctx, keyring.System{}); fault.CodeOf(err) == fault.NotFound {
				return err
			} else if err != nil {
				c.warnOf("what the keyring has for the vault opens nothing any more, but is still there: %s", sentence(fault.Public(err)))
			}
			c.print("Only its password opens the vault.\n")
			return nil
		},
	}
}

func (c *commands) keyringStatus() *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say whether it does", Args: atMost(0), Example: "  kai vault keyring status",
		Long: "Says whether the keyring is meant to open the vault, without asking it. Whether it did, kai status tells.",
		RunE: func(*cobra.Command, []string) error {
			v, _, err := c.vault()
			if err != nil {
				return err
			}
			if v.HasKeyring() {
				c.print("on: the keyring of this computer opens the vault whenever kai starts\n")
			} else {
				c.print("off: only its password opens the vault\n")
			}
			return nil
		},
	}
}

// keepKeyring has the keyring open a vault that has a new password.
func (c *commands) keepKeyring(ctx context.Context, v *vault.Vault) {
	ctx, cancel := context.WithTimeout(ctx, keyringTime)
	defer cancel()
	if err := v.KeyringOn(ctx, keyring.System{}); err != nil {
		c.warnOf("only its password opens the vault now, because of the keyring: %s", sentence(fault.Public(err)))
	}
}
