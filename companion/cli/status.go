package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/api"
	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/driver"
)

// statusReport is what kai status --json prints.
type statusReport struct {
	Running bool             `json:"running"`
	Data    string           `json:"data"`
	Process *datadir.Running `json:"process,omitempty"`
	Health  *driver.Health   `json:"health,omitempty"`
}

func (c *commands) statusCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "status", Short: "Tell whether kai is running, and how it is", GroupID: groupUse, Args: atMost(0),
		Long: `Tells whether a kai uses the data directory, where it serves, and the state of each of its parts.

Exits with 0 when kai runs (also when something optional is missing), 1 when a needed part failed, 3 when it is not
running.`,
		Example: "  kai status\n  kai status --json | jq .health.state",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.status(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func (c *commands) status(ctx context.Context, asJSON bool) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	report := statusReport{Data: dir.Path()}
	r, err := running(dir)
	if err != nil {
		if asJSON {
			return errors.Join(c.printJSON(report), errSaid{exitMissing})
		}
		return err
	}
	var answer api.Status
	if err := c.ask(ctx, r, askTime, app.MethodStatus, nil, &answer); err != nil {
		return err
	}
	report.Running, report.Process, report.Health = true, &r, &answer.Health
	if asJSON {
		err = c.printJSON(report)
	} else {
		c.printStatus(report)
	}
	if answer.Health.State == driver.StateFailed {
		err = errors.Join(err, errSaid{exitFailed})
	}
	return err
}

// printStatus tells a report to a person.
func (c *commands) printStatus(r statusReport) {
	c.print("kai %s runs in %s mode and is %s.\n\n", r.Process.Version, r.Process.Mode, r.Health.State)
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(w, "web app\t%s\nprocess\t%d, for %s\ndata\t%s\n\n", r.Process.URL, r.Process.PID, c.Now().Sub(r.Process.Started).Round(time.Second), r.Data)
	for _, s := range r.Health.Steps {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", s.Step, s.State, s.Detail)
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}

// printJSON writes indented JSON to standard output.
func (c *commands) printJSON(v any) error {
	enc := json.NewEncoder(c.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func (c *commands) openCommand() *cobra.Command {
	var only bool
	cmd := &cobra.Command{
		Use: "open", Short: "Open the web app in the browser, signed in", GroupID: groupUse, Args: atMost(0),
		Long:    "Makes a sign-in link with the running kai and opens it in the browser. The link works once, for five minutes.",
		Example: "  kai open\n  kai open --print",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.open(cmd.Context(), only) },
	}
	cmd.Flags().BoolVar(&only, "print", false, "print the link instead of opening it")
	return cmd
}

func (c *commands) open(ctx context.Context, only bool) error {
	var link api.Link
	if err := c.askKai(ctx, app.MethodLink, nil, &link); err != nil {
		return err
	}
	if only {
		c.print("%s\n", link.URL)
		return nil
	}
	if err := openBrowser(ctx, link.URL); err != nil {
		c.print("The browser can't be opened (%v). Open this yourself: %s\n", err, link.URL)
	}
	return nil
}

func (c *commands) tokenCommand() *cobra.Command {
	var renew bool
	cmd := &cobra.Command{
		Use: "token", Short: "Print the token for programs of this user", GroupID: groupSet, Args: atMost(0),
		Long: `Prints the token that a program on this computer shows to kai's API. Whoever has it can read every conversation: keep
it out of scripts and logs, and let programs call kai token instead. With auth.mode local_vault it opens kai only while
the vault is unlocked.

--renew makes a new one. The old one, and every signed-in web app, is shut out at once.`,
		Example: "  curl -H \"Authorization: Bearer $(kai token)\" http://127.0.0.1:8080/api/status",
		RunE: func(*cobra.Command, []string) error {
			dir, err := c.dir()
			if err != nil {
				return err
			}
			get := dir.Token
			if renew {
				get = dir.NewToken
			}
			token, err := get()
			if err == nil {
				c.print("%s\n", token)
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&renew, "renew", false, "make a new token and shut out the holders of the old one")
	return cmd
}
