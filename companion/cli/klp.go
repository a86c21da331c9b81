package cli

import (
	"context"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
)

func (c *commands) klpCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "klp", Short: "Work with kai of other people (federation)", GroupID: groupSet, Args: atMost(0),
		Long: `The Kind Link Protocol: kai of different people that allow each other. It is off until you set features.federation to
true. Nobody is let in until you allow them, on both sides, and being allowed gives nothing yet: --tasks lets the other
kai ask questions here, which your model answers, and --state lets it know which models this kai has and how it is.

Each kai proves who it is, and what the two say is encrypted for them, so ws:// in a network of your own will do. Who
listens there still sees which two kai talk. kai sync is something else: it keeps your own conversations in step.`,
		Example: `  kai klp identity                                       on both: who am I?
  kai klp allow kind:did:...#ed25519 --name ada --tasks  on the one that answers
  kai klp discover                                       who is in this network?
  kai klp allow kind:did:...#ed25519 --name server --url ws://192.168.1.20:8080
  kai klp ask server "What is the name of the river in Prague?"`,
		RunE: help,
	}
	cmd.AddCommand(c.klpIdentity(), c.klpPeers(), c.klpAllow(), c.klpRemove(), c.klpStatus(), c.klpAsk(), c.klpDiscover())
	return cmd
}

func (c *commands) klpIdentity() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "identity", Short: "Print the identity of this kai", Args: atMost(0), Example: "  kai klp identity\n  kai klp identity --json",
		Long: "Prints the public identity of the kai of the data directory, and its short form for people. Its private key is in the\nfile identity there, for you alone, and is never shown. kai sync uses the same.",
		RunE: func(*cobra.Command, []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			id, err := app.IdentityIn(dir)
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(id)
			}
			c.print("%s\n%s\n", id.ID, id.Short)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *commands) klpAllow() *cobra.Command {
	var name, url string
	var tasks, state, asJSON bool
	cmd := &cobra.Command{
		Use: "allow ID", Short: "Let another kai in, or change what it may", Args: between(1, 1, "the identity that kai klp identity prints there"),
		Long: `Lets the kai of that identity connect to this one. With --url this kai dials it, too; one of the two has to. What you
do not name stays as it is; --tasks=false takes it back, at once.`,
		Example: "  kai klp allow kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519 --name ada --tasks\n" +
			"  kai klp allow kind:did:O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik#ed25519 --url ws://192.168.1.20:8080 --state",
		RunE: func(cmd *cobra.Command, args []string) error {
			given := cmd.Flags().Changed
			peer, err := c.allowPeer(cmd.Context(), args[0], federation.Change{
				Name: ifGiven(given("name"), &name), URL: ifGiven(given("url"), &url), Tasks: ifGiven(given("tasks"), &tasks), State: ifGiven(given("state"), &state),
			})
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(peer)
			}
			c.print("%s is allowed: %s.\n", peer.Name, consent(peer))
			return nil
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "what to call it: `NAME`")
	cmd.Flags().StringVar(&url, "url", "", "dial it at `URL`, ws:// or wss://; \"\" to dial it no more")
	cmd.Flags().BoolVar(&tasks, "tasks", false, "it may ask questions here")
	cmd.Flags().BoolVar(&state, "state", false, "it is told which models this kai has and how it is")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func ifGiven[T any](given bool, value *T) *T {
	if given {
		return value
	}
	return nil
}

// allowPeer writes another kai than this one into the book, and tells a running one.
func (c *commands) allowPeer(ctx context.Context, text string, change federation.Change) (federation.Peer, error) {
	id, err := klp.ParseID(text)
	if err != nil {
		return federation.Peer{}, err
	}
	dir, err := c.dir()
	if err != nil {
		return federation.Peer{}, err
	}
	me, err := app.IdentityIn(dir)
	if err != nil {
		return federation.Peer{}, err
	}
	if me.ID == id {
		return federation.Peer{}, fault.New(fault.Invalid, "that is the identity of this kai").WithRemedy("write the one that kai klp identity prints on the other computer")
	}
	peer, err := federation.BookIn(dir).Allow(id, change)
	if err != nil {
		return peer, err
	}
	return peer, c.tellKLP(ctx)
}

// tellKLP has a running kai read the book anew; quiet when none runs, or its federation is off.
func (c *commands) tellKLP(ctx context.Context) error {
	err := c.askKai(ctx, app.MethodKLPReload, nil, nil)
	if fault.CodeOf(err) == fault.Unavailable {
		return nil
	}
	return err
}

func (c *commands) klpRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove NAME", Short: "Let another kai in no more", Args: between(1, 1, "a name that kai klp peers prints"), Example: "  kai klp remove ada",
		Long: "Takes a kai out, by its name or its identity: it is cut at once, not dialed and not let in any more. Conversations that\nits questions began stay here.",
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			gone, err := federation.BookIn(dir).Remove(args[0])
			if err != nil {
				return err
			}
			c.print("%s is removed.\n", gone.Name)
			return c.tellKLP(cmd.Context())
		},
	}
}

// longestAsk is how long an answer may take there.
const longestAsk = 10 * time.Minute

func (c *commands) klpAsk() *cobra.Command {
	var asJSON bool
	patience := longestAsk
	cmd := &cobra.Command{
		Use: "ask PEER QUESTION", Short: "Have another kai answer a question", Args: between(2, 2, `a name and a question: kai klp ask ada "What ...?"`),
		Long:    "Asks another kai, which must let this one (kai klp allow ID --tasks there). Its model answers, its owner sees the\nquestion and the answer, and here neither is kept.",
		Example: `  kai klp ask server "What is the name of the river in Prague?"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var out app.KLPAnswer
			if err := c.askFor(cmd.Context(), patience, app.MethodKLPAsk, app.KLPQuestion{Peer: args[0], Prompt: args[1]}, &out); err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(out)
			}
			c.print("%s\n", strings.TrimRight(harmless(out.Text), "\n"))
			return nil
		},
	}
	cmd.Flags().DurationVar(&patience, "timeout", longestAsk, "how long to wait for the answer: `TIME`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// harmless takes out what a terminal would obey: another kai wrote the text.
func harmless(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
}
