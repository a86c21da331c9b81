package cli

import (
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/clients"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) clientsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "clients", Short: "Let programs and remote browsers use kai, each with a token of its own", GroupID: groupSet, Args: atMost(0),
		Long: `Lets programs and browsers on other computers use the API of this kai. Each is let in once, by name, and gets a token that
can be taken back without disturbing the others; the token of kai token is yours alone. Where a vault's password opens kai,
a client gets in only while the vault is unlocked.

A browser can ask by itself, on the sign-in page; a person lets it in under Settings, Clients, where it is revoked, too.`,
		Example: "  kai clients add \"my script\"\n  kai clients list\n  kai clients revoke \"my script\"",
		RunE:    help,
	}
	cmd.AddCommand(c.clientsAdd(), c.clientsList(), c.clientsRevoke())
	return cmd
}

func (c *commands) clientsAdd() *cobra.Command {
	return &cobra.Command{
		Use: "add NAME", Short: "Let a client in and print its token", Args: between(1, 1, "a name"),
		Long:    "Lets a client in and prints its token. It is printed this once and kept nowhere: copy it to where it is needed.",
		Example: "  kai clients add \"my script\"",
		RunE: func(_ *cobra.Command, args []string) error {
			b, err := c.clientBook()
			if err != nil {
				return err
			}
			token, err := b.Add(args[0], c.Now())
			if err == nil {
				c.print("%s\n", token)
			}
			return err
		},
	}
}

func (c *commands) clientsList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "list", Short: "List who was let in", Args: atMost(0), Example: "  kai clients list\n  kai clients list --json",
		Long: "Lists the clients that were let in, and since when. No token is kept, so none is shown.",
		RunE: func(*cobra.Command, []string) error {
			b, err := c.clientBook()
			if err != nil {
				return err
			}
			all, err := b.List()
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(namesOf(all))
			}
			if len(all) == 0 {
				c.print("Nobody was let in. kai clients add NAME lets somebody in.\n")
				return nil
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
			for _, one := range all {
				_, _ = fmt.Fprintf(w, "%s\tsince %s\n", one.Name, one.Added.Format(time.RFC3339))
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// letIn is a client as it is printed.
type letIn struct {
	Name  string    `json:"name"`
	Added time.Time `json:"added"`
}

func namesOf(all []clients.Client) []letIn {
	out := make([]letIn, len(all))
	for i, one := range all {
		out[i] = letIn{one.Name, one.Added}
	}
	return out
}

func (c *commands) clientsRevoke() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "Take a client's token back", Args: between(1, 1, "the name of a client"),
		Long: "Takes a client's token back: its next call is refused, and what it has open is cut.", Example: "  kai clients revoke \"my script\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			b, err := c.clientBook()
			if err != nil {
				return err
			}
			if err := b.Revoke(args[0]); err != nil {
				return err
			}
			c.print("%s is not let in any more.\n", args[0])
			if err := c.askKai(cmd.Context(), app.MethodClients, nil, nil); fault.CodeOf(err) != fault.Unavailable {
				return err
			}
			return nil // none runs
		},
	}
}

func (c *commands) clientBook() (clients.Book, error) {
	dir, err := c.dir()
	return clients.In(dir), err
}
