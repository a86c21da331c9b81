package cli

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/fault"
)

// stopLook is how often kai stop looks whether the other kai has gone.
const stopLook = 20 * time.Millisecond

func (c *commands) stopCommand() *cobra.Command {
	return &cobra.Command{
		Use: "stop", Short: "Stop the running kai in good order", GroupID: groupUse, Args: atMost(0),
		Long: `Stops the kai that uses the data directory, also one that a browser started in the background, and waits until it has
gone. Answers in the making are marked as interrupted; what had arrived is kept. A browser with the extension starts kai
again when it needs it.`,
		Example: "  kai stop",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.stop(cmd.Context()) },
	}
}

func (c *commands) stop(ctx context.Context) error {
	dir, r, err := c.found()
	if err != nil {
		return err
	}
	asked := c.ask(ctx, r, askTime, app.MethodStop, nil, nil)
	if asked != nil && fault.CodeOf(asked) != fault.Unavailable {
		return asked
	}
	ctx, cancel := context.WithTimeout(ctx, stopTime+askTime)
	defer cancel()
	look := time.NewTicker(stopLook)
	defer look.Stop()
	for dir.Locked() {
		select {
		case <-look.C:
		case <-ctx.Done():
			if asked != nil { // it had not ended before it could answer
				return asked
			}
			return fault.New(fault.Timeout, "kai (process %d) does not stop", r.PID).WithRemedy("end that process")
		}
	}
	c.print("kai has stopped.\n")
	return nil
}
