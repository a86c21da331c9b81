package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/federation"
)

// searchTime is how long kai klp discover listens.
const searchTime = 3 * time.Second

// foundKai is a kai that announces itself, and whether it is allowed here.
type foundKai struct {
	federation.Found
	Allowed bool `json:"allowed"`
}

func (c *commands) klpDiscover() *cobra.Command {
	var asJSON bool
	patience := searchTime
	cmd := &cobra.Command{
		Use: "discover", Short: "Look for other kai in this network", Args: atMost(0), Example: "  kai klp discover\n  kai klp discover --timeout 10s --json",
		Long: "Asks the networks of this computer by mDNS (_kos._tcp) which kai are there. Anybody there can claim to be one: compare the\nidentity with what its owner tells you before you allow it. Nothing is allowed or dialed by looking.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			found, err := c.discover(cmd.Context(), patience)
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(found)
			}
			c.printFound(found)
			return nil
		},
	}
	cmd.Flags().DurationVar(&patience, "timeout", searchTime, "how long to listen: `TIME`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// discover looks for all but this kai.
func (c *commands) discover(ctx context.Context, patience time.Duration) ([]foundKai, error) {
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	me, err := app.IdentityIn(dir)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	all, err := federation.Discover(ctx)
	if err != nil {
		return nil, err
	}
	out := []foundKai{}
	for _, f := range all {
		if f.ID == me.ID {
			continue
		}
		_, unknown := federation.BookIn(dir).Find(string(f.ID))
		out = append(out, foundKai{f, unknown == nil})
	}
	return out, nil
}

func (c *commands) printFound(found []foundKai) {
	if len(found) == 0 {
		c.print("No other kai announces itself here. It does so with features.federation, on an address that others reach.\n")
		return
	}
	for _, f := range found {
		state := "not allowed; kai klp allow " + string(f.ID) + " --url " + f.URL
		if f.Allowed {
			state = "allowed"
		}
		c.print("%s at %s (%s)\n  %s\n  %s\n", f.ID.Short(), f.URL, f.Name, f.ID, state)
	}
}
