package cli

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/vault"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/mode"
)

// vaultFlags are the flags that all of kai vault shares.
type vaultFlags struct {
	fromStdin bool
	asJSON    bool
}

func (c *commands) vaultCommand() *cobra.Command {
	f := &vaultFlags{}
	cmd := &cobra.Command{
		Use: "vault", Short: "Keep secrets, encrypted under a password", GroupID: groupSet, Args: atMost(0),
		Long: `Keeps keys, tokens, certificates and small files in one encrypted file: vault.db in the data directory, or what
auth.vaultPath names. Configuration and programs name a secret as vault:ID.

Each command that reads or changes secrets asks for the password, without showing it, and forgets it when it ends; only
kai vault unlock leaves the vault open, in the running kai, until 15 minutes pass without use, kai vault lock, or its end.
Nothing takes a password or a secret as an argument, where other programs could see it. For scripts, --password-stdin
reads what would be asked for, one answer a line, from standard input.

After five wrong passwords the vault waits before each further try, from 30 seconds up to 15 minutes, also for new
processes. There is no way back to a forgotten password: keep an export, or the password, in a safe place.

Ids, types, tags and names can be read by whoever can read the file; secrets can't.

EXIT CODES
  0  done
  1  wrong password, or the file is damaged
  2  wrong usage
  3  no vault, no such id, one of that id already, or too many wrong passwords`,
		Example: `  kai vault init
  kai vault add openai --type api_key
  kai vault list
  kai vault get openai --show
  kai vault export keys.vault`,
		RunE: help,
	}
	cmd.PersistentFlags().BoolVar(&f.fromStdin, "password-stdin", false, "read answers from standard input, one a line, instead of asking")
	cmd.AddCommand(c.vaultInit(f), c.vaultUnlock(f), c.vaultLock(), c.vaultKeyring(f), c.vaultAdd(f), c.vaultList(f), c.vaultGet(f), c.vaultRemove(f), c.vaultChange(f), c.vaultExport(f), c.vaultImport(f))
	return cmd
}

// vault names the vault of the configuration, locked.
func (c *commands) vault() (*vault.Vault, string, error) {
	dir, err := c.dir()
	if err != nil {
		return nil, "", err
	}
	s, err := c.load(mode.Standalone, dir, nil)
	if err != nil {
		return nil, "", err
	}
	path := app.VaultFile(dir, s.standalone)
	return vault.At(path, c.Now), path, nil
}

// unlocked asks for the password and opens the vault; lock it after use.
func (c *commands) unlocked(ctx context.Context, a *asker) (*vault.Vault, error) {
	v, path, err := c.vault()
	if err != nil {
		return nil, err
	}
	if _, err := v.List(ctx); err != nil { // missing or damaged: said before a password is typed
		return nil, err
	}
	password, err := a.secret("Password of the vault " + path)
	if err != nil {
		return nil, err
	}
	return v, v.Unlock(ctx, password)
}

func (c *commands) vaultInit(f *vaultFlags) *cobra.Command {
	return &cobra.Command{
		Use: "init", Short: "Make the vault", Args: atMost(0),
		Long:    "Makes an empty vault and asks twice for its password, of at least 8 characters.",
		Example: "  kai vault init\n  pass show kai | kai vault init --password-stdin",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, path, err := c.vault()
			if err != nil {
				return err
			}
			if err := free(path); err != nil {
				return err
			}
			password, err := c.asker(cmd.Context(), f).twice("New password of the vault " + path)
			if err != nil {
				return err
			}
			defer v.Lock()
			if err := v.Create(cmd.Context(), password, vault.Strong()); err != nil {
				return err
			}
			c.print("The vault is %s. Without its password nobody can open it, you included.\n", path)
			return nil
		},
	}
}

// vaultObject is what kai vault add is told about a secret.
type vaultObject struct {
	kind    string
	name    string
	tags    []string
	file    string
	replace bool
}

func (c *commands) vaultAdd(f *vaultFlags) *cobra.Command {
	o := vaultObject{}
	cmd := &cobra.Command{
		Use: "add ID", Short: "Put a secret into the vault", Args: between(1, 1, "an ID"),
		Long: `Asks for the password and then for the secret, or takes the secret from a file.

With --password-stdin the first line is the password, and all that follows is the secret; one line end after it is left out.`,
		Example: `  kai vault add openai --type api_key --tag work
  kai vault add backup-key --type file --file key.pem
  printf '%s\n%s' "$PASSWORD" "$KEY" | kai vault add openai --password-stdin`,
		RunE: func(cmd *cobra.Command, args []string) error { return c.addSecret(cmd.Context(), f, args[0], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.kind, "type", "token", "`TYPE`: "+strings.Join(vault.Types(), ", "))
	flags.StringVar(&o.name, "name", "", "`NAME` for people")
	flags.StringArrayVar(&o.tags, "tag", nil, "`TAG`; may be repeated")
	flags.StringVar(&o.file, "file", "", "take the secret from `FILE`")
	flags.BoolVar(&o.replace, "replace", false, "replace a secret of the same id")
	_ = cmd.RegisterFlagCompletionFunc("type", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return vault.Types(), cobra.ShellCompDirectiveNoFileComp
	})
	return cmd
}

func (c *commands) addSecret(ctx context.Context, f *vaultFlags, id string, o vaultObject) error {
	a := c.asker(ctx, f)
	v, err := c.unlocked(ctx, a)
	if err != nil {
		return err
	}
	defer v.Lock()
	value, err := c.newSecret(a, id, o.file)
	if err != nil {
		return err
	}
	entry := vault.Entry{ID: id, Type: o.kind, Tags: o.tags, Metadata: vault.Metadata{Name: o.name, Created: c.Now()}}
	out, err := v.Put(ctx, []vault.Object{{Entry: entry, Value: value}}, o.replace)
	if err != nil {
		return err
	}
	if len(out.Kept) > 0 {
		return taken(id)
	}
	c.print("vault:%s is in the vault.\n", id)
	return nil
}

// newSecret takes a secret from a file, or asks for it.
func (c *commands) newSecret(a *asker, id, file string) (config.Secret, error) {
	if file == "" {
		return a.rest("Secret of " + id)
	}
	info, err := os.Stat(file)
	if err == nil && info.Size() > vault.MaxValue {
		return "", usage(file+" is larger than 1 MiB", "kai vault add")
	}
	text, err := os.ReadFile(file) //nolint:gosec // the person's own file
	if err != nil {
		return "", usage(fmt.Sprintf("%s can't be read: %v", file, err), "kai vault add")
	}
	return config.Secret(text), nil
}

func (c *commands) vaultList(f *vaultFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "list", Short: "List what the vault has, without the secrets", Args: atMost(0),
		Long:    "Lists ids, types, tags and names. Needs no password: whoever can read the file can read that much.",
		Example: "  kai vault list\n  kai vault list --json | jq -r '.[].id'",
		RunE: func(cmd *cobra.Command, _ []string) error {
			v, _, err := c.vault()
			if err != nil {
				return err
			}
			entries, err := v.List(cmd.Context())
			if err != nil {
				return err
			}
			if f.asJSON {
				return c.printJSON(entries)
			}
			c.printEntries(entries)
			return nil
		},
	}
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON")
	return cmd
}

// printEntries tells a person what a vault has.
func (c *commands) printEntries(entries []vault.Entry) {
	if len(entries) == 0 {
		c.print("The vault is empty.\n")
		return
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, e := range entries {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", e.ID, e.Type, e.Metadata.Created.Format("2006-01-02"), strings.Join(e.Tags, ","), e.Metadata.Name)
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}

func (c *commands) vaultGet(f *vaultFlags) *cobra.Command {
	var show bool
	cmd := &cobra.Command{
		Use: "get ID", Short: "Tell about a secret; with --show print it", Args: between(1, 1, "an ID"),
		Long: `Tells about one object. With --show prints the secret to standard output, exactly as it was put in; a line end is added
on a terminal only.`,
		Example: "  kai vault get openai\n  kai vault get openai --show\n  kai vault get cert --show > cert.pem",
		RunE:    func(cmd *cobra.Command, args []string) error { return c.getSecret(cmd.Context(), f, args[0], show) },
	}
	cmd.Flags().BoolVar(&show, "show", false, "print the secret")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print JSON; the secret as value, or value_base64 when it is no text")
	return cmd
}

func (c *commands) getSecret(ctx context.Context, f *vaultFlags, id string, show bool) error {
	v, err := c.unlocked(ctx, c.asker(ctx, f))
	if err != nil {
		return err
	}
	defer v.Lock()
	o, err := v.Get(ctx, id)
	switch {
	case err != nil:
		return err
	case f.asJSON && show:
		text, err := vault.PlainObject(o)
		c.print("%s", text)
		return err
	case f.asJSON:
		return c.printJSON(o.Entry)
	case show:
		c.print("%s", o.Value.Reveal())
		if isTerminal(c.Stdout) {
			c.print("\n")
		}
	default:
		c.printEntries([]vault.Entry{o.Entry})
	}
	return nil
}

func (c *commands) vaultRemove(f *vaultFlags) *cobra.Command {
	return &cobra.Command{
		Use: "remove ID...", Short: "Take secrets out of the vault", Args: between(1, vault.MaxObjects, "an ID"),
		Long:    "Takes secrets out, all of the named ones or none. They can't be brought back but from an export.",
		Example: "  kai vault remove openai",
		RunE: func(cmd *cobra.Command, args []string) error {
			v, err := c.unlocked(cmd.Context(), c.asker(cmd.Context(), f))
			if err != nil {
				return err
			}
			defer v.Lock()
			if err := v.Remove(cmd.Context(), args...); err != nil {
				return err
			}
			c.print("Removed %s.\n", strings.Join(args, ", "))
			return nil
		},
	}
}
