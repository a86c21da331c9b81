package cli

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) vaultChange(f *vaultFlags) *cobra.Command {
	return &cobra.Command{
		Use: "change-password", Short: "Give the vault another password", Args: atMost(0),
		Long: `Asks for the old password, and twice for the new one, and writes the whole vault anew. Copies and exports made before
still open with their own passwords: when somebody knows the old one, change the secrets too. Where this computer's keyring
opens the vault it does so from now on, too.

With --password-stdin the first line is the old password, the second the new one.`,
		Example: "  kai vault change-password",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a := c.asker(cmd.Context(), f)
			v, path, err := c.vault()
			if err != nil {
				return err
			}
			if _, err := v.List(cmd.Context()); err != nil {
				return err
			}
			old, err := a.secret("Password of the vault " + path)
			if err != nil {
				return err
			}
			password, err := a.twice("New password")
			if err != nil {
				return err
			}
			defer v.Lock()
			byKeyring := v.HasKeyring()
			if err := v.ChangePassword(cmd.Context(), old, password, vault.Strong()); err != nil {
				return err
			}
			c.print("The vault has its new password.\n")
			if byKeyring {
				c.keepKeyring(cmd.Context(), v)
			}
			return nil
		},
	}
}

func (c *commands) vaultExport(f *vaultFlags) *cobra.Command {
	var plain, yes bool
	cmd := &cobra.Command{
		Use: "export FILE", Short: "Write all secrets to another file", Args: between(1, 1, "a FILE"),
		Long: `Writes an encrypted copy of the vault, under a password of its own; kai vault import reads it. A file that is there
already is left alone.

--plain writes the secrets unencrypted, as JSON; FILE may be - for standard output. It asks first; --yes answers.

With --password-stdin the first line is the vault's password, the second the new file's.`,
		Example: "  kai vault export keys.vault\n  kai vault export keys.json --plain",
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case yes && !plain:
				return usage("--yes goes with --plain only", "kai vault export")
			case plain:
				return c.exportPlain(cmd.Context(), f, args[0], yes)
			case args[0] == "-":
				return usage("an encrypted export goes to a file; only --plain goes to standard output", "kai vault export")
			default:
				return c.exportVault(cmd.Context(), f, args[0])
			}
		},
	}
	cmd.Flags().BoolVar(&plain, "plain", false, "write the secrets unencrypted")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask whether --plain is meant")
	return cmd
}

// exportVault writes an encrypted copy.
func (c *commands) exportVault(ctx context.Context, f *vaultFlags, path string) error {
	if err := free(path); err != nil {
		return err
	}
	a := c.asker(ctx, f)
	v, err := c.unlocked(ctx, a)
	if err != nil {
		return err
	}
	defer v.Lock()
	password, err := a.twice("Password of " + path)
	if err != nil {
		return err
	}
	if err := v.Export(ctx, path, password, vault.Strong()); err != nil {
		return err
	}
	c.print("All secrets are in %s too, encrypted.\n", path)
	return nil
}

// exportPlain writes the secrets in the clear, after a word about it.
func (c *commands) exportPlain(ctx context.Context, f *vaultFlags, path string, yes bool) error {
	a := c.asker(ctx, f)
	what := path
	if path == "-" {
		what = "the output"
	}
	c.warnOf("everybody who gets hold of %s has all your secrets: it will not be encrypted", what)
	if !yes && !a.confirm("Write it all the same?") {
		return fault.New(fault.Canceled, "nothing was written").WithRemedy("answer yes, or give --yes in a script")
	}
	v, err := c.unlocked(ctx, a)
	if err != nil {
		return err
	}
	defer v.Lock()
	objects, err := v.All(ctx)
	if err != nil {
		return err
	}
	text, err := vault.Plain(objects)
	if err != nil {
		return err
	}
	if path == "-" {
		c.print("%s", text)
		return nil
	}
	return writePrivate(path, text)
}

// writePrivate writes a new file that only its owner can read.
func writePrivate(path string, text []byte) error {
	if err := free(path); err != nil {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // named by the person
	if err == nil {
		_, err = file.Write(text)
		if closed := file.Close(); err == nil {
			err = closed
		}
	}
	if err != nil {
		return fault.New(fault.Unavailable, "%s can't be written: %w", path, err).WithRemedy("name a file in a folder of yours")
	}
	return nil
}

func (c *commands) vaultImport(f *vaultFlags) *cobra.Command {
	var replace bool
	cmd := &cobra.Command{
		Use: "import FILE", Short: "Put the secrets of another file into the vault", Args: between(1, 1, "a FILE"),
		Long: `Reads an export of kai vault, encrypted or plain, or the vault of kai-cd: its backup file (version 1.0), its stored
kai-vault-storage, or the encrypted text alone. Everything is encrypted anew at once. Ids stay as they are where they can.

An id that the vault has already is left as it is, unless --replace is given.

With --password-stdin the first line is the vault's password, the second that of the file.`,
		Example: "  kai vault import keys.vault\n  kai vault import kai-cd-backup-2025-06-01.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.importSecrets(cmd.Context(), f, args[0], replace)
		},
	}
	cmd.Flags().BoolVar(&replace, "replace", false, "replace secrets of the same id")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

func (c *commands) importSecrets(ctx context.Context, f *vaultFlags, path string, replace bool) error {
	source, err := vault.ReadSource(path)
	if err != nil {
		return err
	}
	a := c.asker(ctx, f)
	v, err := c.unlocked(ctx, a)
	if err != nil {
		return err
	}
	defer v.Lock()
	var password config.Secret
	if source.Locked {
		if password, err = a.secret("Password of " + path + ", " + source.Kind); err != nil {
			return err
		}
	}
	objects, err := source.Objects(password, c.Now())
	if err != nil {
		return err
	}
	out, err := v.Put(ctx, objects, replace)
	if err != nil {
		return err
	}
	if f.asJSON {
		return c.printJSON(out)
	}
	c.print("%d added, %d replaced, %d left as they were", len(out.Added), len(out.Replaced), len(out.Kept))
	if len(out.Kept) > 0 {
		c.print(" (%s)", strings.Join(out.Kept, ", "))
	}
	c.print(".\n")
	return nil
}

// free wants a path where nothing is yet, before a person types passwords for it.
func free(path string) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "there is a file %s already", path).WithRemedy("name another one")
	}
	return nil
}

// taken says that the vault has that id.
func taken(id string) error {
	return fault.New(fault.Conflict, "the vault has %s already", id).WithRemedy("choose another id, or give --replace")
}
