package cli

import (
	"context"
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/federation"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/klp"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) klpPeers() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "peers", Short: "List the allowed kai, and whether they are there", Args: atMost(0), Example: "  kai klp peers\n  kai klp peers --json",
		Long: "Lists the kai that are allowed here, what each may, and what it lets this one do. Whether they are there now is known\nwhile kai runs with features.federation.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			states, err := c.klpStates(cmd.Context())
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(states)
			}
			c.printKLP(states)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// klpStates asks the running kai, or reads the book where none runs or its federation is off.
func (c *commands) klpStates(ctx context.Context) ([]federation.State, error) {
	states := []federation.State{}
	err := c.askKai(ctx, app.MethodKLPPeers, nil, &states)
	if fault.CodeOf(err) != fault.Unavailable {
		return states, err
	}
	dir, err := c.dir()
	if err != nil {
		return nil, err
	}
	all, err := federation.BookIn(dir).List()
	for _, p := range all {
		states = append(states, federation.State{Peer: p})
	}
	return states, err
}

func (c *commands) printKLP(states []federation.State) {
	if len(states) == 0 {
		c.print("No other kai is allowed. kai klp --help tells how to allow one.\n")
		return
	}
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, s := range states {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.Name, s.ID.Short(), consent(s.Peer), nowOf(s))
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}

// consent tells what a peer may, and how the two meet.
func consent(p federation.Peer) string {
	what := "may ask nothing"
	switch {
	case p.Tasks && p.State:
		what = "may ask questions and know the state"
	case p.Tasks:
		what = "may ask questions"
	case p.State:
		what = "may know the state"
	}
	if p.URL != "" {
		return what + ", dialed at " + p.URL
	}
	return what + ", comes by itself"
}

// nowOf tells how it is with a peer.
func nowOf(s federation.State) string {
	if !s.Connected {
		if s.Fault != nil {
			return "away: " + sentence(s.Fault)
		}
		return "away"
	}
	text := "connected"
	for _, may := range s.Lets {
		if may == klp.TypeTaskRequest {
			text += ", takes questions"
		}
	}
	if s.Says != nil {
		text += fmt.Sprintf(", %s with %d models", s.Says.Health, len(s.Says.Hardware.AI.Models))
	}
	return text
}

// klpStatus is how federation is here.
type klpStatus struct {
	app.Identity
	Federation bool   `json:"federation"` // on, in the running kai or else in the configuration
	Running    bool   `json:"running"`
	Address    string `json:"address,omitempty"` // where others reach it
	Reachable  bool   `json:"reachable"`         // by other computers, as far as this one can say
	Allowed    int    `json:"allowed"`
	Connected  int    `json:"connected"`
}

func (c *commands) klpStatus() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Is federation on, and can others come?", Args: atMost(0), Example: "  kai klp status\n  kai klp status --json",
		Long: "Tells whether federation is on, who this kai is, where others reach it, and how many are allowed and there.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s, err := c.klpNow(cmd.Context())
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(s)
			}
			c.printKLPStatus(s)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// klpNow asks the running kai, and the configuration where none runs.
func (c *commands) klpNow(ctx context.Context) (klpStatus, error) {
	dir, err := c.dir()
	if err != nil {
		return klpStatus{}, err
	}
	var s klpStatus
	if s.Identity, err = app.IdentityIn(dir); err != nil {
		return s, err
	}
	var here app.KLPState
	err = c.askKai(ctx, app.MethodKLPStatus, nil, &here)
	switch _, missing := running(dir); {
	case err == nil:
		s.Running, s.Federation, s.Address, s.Reachable = true, here.On, here.Address, here.Reachable
	case missing == nil:
		return s, err
	default:
		set, err := c.load(mode.Standalone, dir, nil)
		if err != nil {
			return s, err
		}
		s.Federation = set.standalone.Features.Federation
	}
	states, err := c.klpStates(ctx)
	s.Allowed = len(states)
	for _, p := range states {
		if p.Connected {
			s.Connected++
		}
	}
	return s, err
}

func (c *commands) printKLPStatus(s klpStatus) {
	var lines []string
	tell := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	tell("identity    %s", s.ID)
	tell("            %s", s.Short)
	switch {
	case !s.Federation:
		tell("federation  off: nobody can come, and nobody is dialed; set features.federation to true and start kai run again")
	case !s.Running:
		tell("federation  on, but kai is not running; start it with kai run")
	default:
		tell("federation  on")
		tell("address     %s", s.Address)
	}
	if s.Running && s.Federation && !s.Reachable {
		tell("            NOBODY ELSE CAN REACH IT: networking.bindAddress is this computer alone. It can still dial others.")
		tell("            To let them come, set auth.mode to local_vault and networking.bindAddress to 0.0.0.0.")
	}
	tell("peers       %d allowed, %d connected", s.Allowed, s.Connected)
	c.print("%s\n", strings.Join(lines, "\n"))
}
