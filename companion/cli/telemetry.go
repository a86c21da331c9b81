package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/telemetry"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) telemetryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "telemetry", Short: "See the counters of use, and say whether and where they go", GroupID: groupSet, Args: atMost(0),
		Long: `kai sends nothing about its use. Where features.telemetry is true and you named an endpoint, a running kai sends it a few
counters, on one day of ten: how many tasks of each kind there were and how long they took, the version and the system.
No text, no name, no address, and nothing that tells one kai from another.`,
		Example: "  kai telemetry preview\n  kai telemetry endpoint https://telemetry.example.org/kai\n  kai telemetry endpoint none",
		RunE:    help,
	}
	var asJSON bool
	status := &cobra.Command{
		Use: "status", Short: "Tell whether and where counters go", Args: atMost(0), Long: "Tells whether telemetry is on, its endpoint and how often it is used.",
		Example: "  kai telemetry status\n  kai telemetry status --json", RunE: func(*cobra.Command, []string) error { return c.telemetryStatus(asJSON) },
	}
	status.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	rate := telemetry.DefaultRate
	endpoint := &cobra.Command{
		Use: "endpoint URL", Short: "Name who gets the counters; none for nobody", Args: between(1, 1, "an address, or none"),
		Long:    "Keeps who gets the counters. They are sent only while features.telemetry is true, and by https only (http on this computer).",
		Example: "  kai telemetry endpoint https://telemetry.example.org/kai --rate 0.5\n  kai telemetry endpoint none",
		RunE:    func(_ *cobra.Command, args []string) error { return c.telemetryEndpoint(args[0], rate) },
	}
	endpoint.Flags().Float64Var(&rate, "rate", rate, "the `PART` of the days on which they are sent, 0 to 1")
	cmd.AddCommand(status, endpoint, &cobra.Command{
		Use: "preview", Short: "Show exactly what would be sent now", Args: atMost(0),
		Long:    "Prints the very bytes that the running kai would send now, also while telemetry is off. Nothing is sent.",
		Example: "  kai telemetry preview", RunE: func(cmd *cobra.Command, _ []string) error { return c.telemetryPreview(cmd.Context()) },
	})
	return cmd
}

func (c *commands) telemetryPreview(ctx context.Context) error {
	var out app.Preview
	if err := c.askKai(ctx, app.MethodTelemetry, nil, &out); err != nil {
		return err
	}
	c.print("%s", out.Payload)
	return nil
}

func (c *commands) telemetryEndpoint(address string, rate float64) error {
	if address == "none" {
		address = ""
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	if err := (telemetry.Settings{Endpoint: address, SampleRate: rate}).Write(dir.Path()); err != nil {
		return err
	}
	return c.telemetryStatus(false)
}

// telemetryReport is what kai telemetry status --json prints.
type telemetryReport struct {
	Enabled bool `json:"enabled"` // features.telemetry
	telemetry.Settings
	IncludePersonalData bool `json:"includePersonalData"` // never
}

func (c *commands) telemetryStatus(asJSON bool) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	set, err := c.load(mode.Standalone, dir, nil)
	if err != nil {
		return err
	}
	s, err := telemetry.Read(dir.Path())
	on := set.standalone.Features.Telemetry
	switch {
	case err != nil && fault.CodeOf(err) != "":
		return err
	case asJSON:
		return c.printJSON(telemetryReport{Enabled: on, Settings: s})
	case on && s.Endpoint != "":
		c.print("Counters go to %s on %.0f %% of the days. kai telemetry preview shows them.\n", s.Endpoint, s.SampleRate*100)
	case on:
		c.print("Nothing is sent: features.telemetry is true, but there is no endpoint (kai telemetry endpoint).\n")
	case s.Endpoint != "":
		c.print("Nothing is sent: %s is the endpoint, but features.telemetry is false.\n", s.Endpoint)
	default:
		c.print("Nothing is sent: features.telemetry is false, and there is no endpoint.\n")
	}
	return nil
}
