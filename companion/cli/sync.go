package cli

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/peers"
	"github.com/kindos/kai/companion/sealed"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

func (c *commands) syncCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "sync", Short: "Exchange conversations with kai on other computers", GroupID: groupSet, Args: atMost(0),
		Long: `Has kai on several computers keep the same conversations. Nothing is exchanged until you say with whom, on both sides:
one kai is allowed to come (kai sync allow), the other one dials it (kai sync add). Being away is normal: each catches up
when the other is there again. The settings of the web app show the others as devices.

Every message is signed, and a kai proves its identity before anything is told. Encryption is that of the way between
them: wss:// to a kai with a certificate (kai run --tls-cert), or to a TLS proxy before it, which must pass it on to
http://127.0.0.1:8080 with that as its Host, or ws://127.0.0.1:PORT into a tunnel (ssh -L) to a kai without a certificate.
ws:// to another computer is refused. kai sync add --encrypt
has the other one keep what it cannot read.`,
		Example: `  kai sync id                                         on both: who am I?
  kai sync allow kind:did:...#ed25519 --name laptop   on the server
  ssh -N -L 9090:127.0.0.1:8080 server                on the laptop, or a TLS proxy on the server
  kai sync add ws://127.0.0.1:9090 kind:did:...#ed25519 --name server   on the laptop`,
		RunE: help,
	}
	cmd.AddCommand(c.syncID(), c.syncAllow(), c.syncKey(), c.syncAdd(), c.syncPeers(), c.syncForget(), c.syncNow())
	return cmd
}

func (c *commands) syncID() *cobra.Command {
	return &cobra.Command{
		Use: "id", Short: "Print the identity of this kai", Args: atMost(0), Example: "  kai sync id",
		Long: "Prints the public identity of the kai of the data directory, and its short form for people. Its private key is in the\nfile identity there, for you alone, and is never shown.",
		RunE: func(*cobra.Command, []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			id, err := app.IdentityIn(dir)
			if err == nil {
				c.print("%s\n%s\n", id.ID, id.Short)
			}
			return err
		},
	}
}

func (c *commands) syncAllow() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "allow ID", Short: "Let another kai exchange with this one", Args: between(1, 1, "the identity that kai sync id prints there"),
		Long:    "Lets the kai of that identity dial this one, and read and write its conversations.",
		Example: "  kai sync allow kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519 --name laptop",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.editPeers(cmd.Context(), args[0], func(b peers.Book, id klp.ID) error {
				e, err := b.Allow(id, name)
				if err == nil {
					c.print("%s may exchange with this kai.\n", e.Name)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it: `NAME`")
	return cmd
}

func (c *commands) syncAdd() *cobra.Command {
	var name, key string
	cmd := &cobra.Command{
		Use: "add URL ID", Short: "Dial another kai from now on", Args: between(2, 2, "an address and the identity that kai sync id prints there"),
		Long: `Has this kai dial the one at URL, which must prove that identity, and exchange conversations with it whenever both run.
The other one must allow this kai.

With --encrypt the other one keeps what it cannot read: all that is sent is encrypted with a key of your vault, which your
other devices need as well. It sees how much there is and when it changed, and it can search nothing: search stays on your
devices. Begin with a kai that has no conversations of its own.`,
		Example: "  kai sync add wss://kai.example.org kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519 --name server\n" +
			"  kai sync add wss://kai.example.org kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519 --encrypt vault:sync",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.editPeers(cmd.Context(), args[1], func(b peers.Book, id klp.ID) error {
				e, err := b.Add(args[0], id, name, key)
				if err == nil {
					c.print("%s is dialed at %s.\n", e.Name, e.URL)
				}
				if err == nil && e.Key != "" {
					c.print("It keeps what it cannot read (%s); search stays on your own devices.\n", e.Key)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it: `NAME`")
	cmd.Flags().StringVar(&key, "encrypt", "", "send it nothing that it could read; `vault:ID` is the key, see kai sync key")
	return cmd
}

func (c *commands) syncKey() *cobra.Command {
	return &cobra.Command{
		Use: "key", Short: "Print a new key for encryption", Args: atMost(0), Example: "  kai sync key\n  kai vault add sync",
		Long: "Prints a new key for kai sync add --encrypt. Keep it in the vault of each of your devices (kai vault add sync), and nowhere\nelse: who loses it on all of them cannot read what the other kai keeps.",
		RunE: func(*cobra.Command, []string) error {
			c.print("%s\n", sealed.NewKey())
			return nil
		},
	}
}

// editPeers changes the book for another kai than this one, and tells a running one.
func (c *commands) editPeers(ctx context.Context, text string, change func(peers.Book, klp.ID) error) error {
	id, err := klp.ParseID(text)
	if err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	me, err := app.IdentityIn(dir)
	if err != nil {
		return err
	}
	if me.ID == id {
		return fault.New(fault.Invalid, "that is the identity of this kai").WithRemedy("write the one that kai sync id prints on the other computer")
	}
	if err := change(peers.BookIn(dir), id); err != nil {
		return err
	}
	return c.tellPeers(ctx, true)
}

// tellPeers has a running kai read the book anew; quiet when none runs.
func (c *commands) tellPeers(ctx context.Context, quiet bool) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	r, err := running(dir)
	if err == nil {
		return c.ask(ctx, r, askTime, app.MethodSync, nil, nil)
	}
	if quiet && fault.CodeOf(err) == fault.Unavailable {
		return nil
	}
	return err
}

func (c *commands) syncForget() *cobra.Command {
	return &cobra.Command{
		Use: "forget NAME", Short: "Exchange no more with another kai", Args: between(1, 1, "a name that kai sync peers prints"), Example: "  kai sync forget laptop",
		Long: "Takes a kai out, by its name or its identity: it is not dialed and not let in any more. What was exchanged stays.",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			gone, err := peers.BookIn(dir).Forget(args[0])
			if err != nil {
				return err
			}
			c.print("%s is forgotten.\n", gone.Name)
			return c.tellPeers(cmd.Context(), true)
		},
	}
}

func (c *commands) syncNow() *cobra.Command {
	return &cobra.Command{
		Use: "now", Short: "Exchange at once", Args: atMost(0), Example: "  kai sync now",
		Long: "Has the running kai dial those that are away at once, and exchange with everybody.",
		RunE: func(cmd *cobra.Command, _ []string) error { return c.tellPeers(cmd.Context(), false) },
	}
}

func (c *commands) syncPeers() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "peers", Short: "List the other kai, and how the exchange goes", Args: atMost(0), Example: "  kai sync peers\n  kai sync peers --json",
		Long: "Lists the kai that this one dials or lets in. Whether they are there now is known while kai runs.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			states, err := c.peerStates(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(states)
			}
			c.printPeers(states)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// peerStates asks the running kai, or reads the book where none runs.
func (c *commands) peerStates(ctx context.Context) ([]peers.State, error) {
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	states := []peers.State{}
	if r, err := running(dir); err == nil {
		return states, c.ask(ctx, r, askTime, app.MethodPeers, nil, &states)
	}
	all, err := peers.BookIn(dir).List()
	for _, e := range all {
		states = append(states, peers.State{Entry: e})
	}
	return states, err
}

func (c *commands) printPeers(states []peers.State) {
	if len(states) == 0 {
		c.print("There is no other kai. kai sync --help tells how to add one.\n")
		return
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range states {
		way := s.URL
		if way == "" {
			way = "comes by itself"
		}
		now := "away"
		if s.Connected {
			now = "connected"
		}
		if s.Last != "" {
			now += ", in agreement " + s.Last
		}
		if s.Key != "" {
			now += ", cannot read or search what it keeps"
		}
		if s.Fault != nil {
			now += ": " + sentence(s.Fault)
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.ID.Short(), way, now)
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}
