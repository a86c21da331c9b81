package cli

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/confighistory"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/mode"
)

func (c *commands) configDiff(f *configFlags) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "diff [A] [B]", Short: "Say what differs between two configurations", Args: atMost(2),
		Long: `Says which keys hold something else. Without arguments: what differs from the defaults. With A: from what is in force to A.
With both: from A to B. A and B are a file, @N for number N of kai config history, or a mode for its defaults.

Values are compared, not texts: order, format and remarks make no difference.`,
		Example: "  kai config diff\n  kai config diff new.yaml\n  kai config diff @2 @3\n  kai config diff standalone server",
		RunE: func(_ *cobra.Command, args []string) error {
			from, to, err := c.sides(f, args)
			if err != nil {
				return err
			}
			changes := config.Diff(from.trace, to.trace)
			if asJSON {
				return c.printJSON(changesJSON(changes))
			}
			if len(changes) == 0 {
				c.print("Nothing differs.\n")
				return nil
			}
			c.printChanges(changes)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// sides are the two configurations that the arguments mean.
func (c *commands) sides(f *configFlags, args []string) (from, to settings, err error) {
	if len(args) == 2 {
		if from, err = c.side(f, args[0]); err == nil {
			to, err = c.side(f, args[1])
		}
		return from, to, err
	}
	now, err := f.settings(c)
	if err != nil {
		return from, to, err
	}
	if len(args) == 1 {
		to, err = c.side(f, args[0])
		return now, to, err
	}
	from, err = resolve(now.mode, nil)
	return from, now, err
}

// side is one configuration: a mode's defaults, an entry of the history, or a file.
func (c *commands) side(f *configFlags, name string) (settings, error) {
	if m, err := mode.Parse(name); err == nil {
		return resolve(m, nil)
	}
	m, err := mode.Parse(f.mode)
	if err != nil {
		return settings{}, err
	}
	number, isEntry := strings.CutPrefix(name, "@")
	if n, err := strconv.Atoi(number); err == nil && isEntry {
		return c.formerSettings(f, m, n)
	}
	text, err := readConfig(name)
	if err != nil {
		return settings{}, err
	}
	return c.parsed(m, name, text)
}

// formerSettings resolves an entry of the history.
func (c *commands) formerSettings(f *configFlags, m mode.Mode, number int) (settings, error) {
	t, err := f.target(c)
	if err != nil {
		return settings{}, err
	}
	h := confighistory.In(t.dir, c.Now)
	e, err := h.Find(t.scope, number)
	if err != nil {
		return settings{}, err
	}
	text, err := h.Text(e)
	if err != nil {
		return settings{}, err
	}
	if e.Absent {
		return c.settingsOf(m, nil)
	}
	return c.parsed(m, e.File, text)
}

// changeReport is a change in JSON: null where the key is not there.
type changeReport struct {
	Key          string          `json:"key"`
	From         json.RawMessage `json:"from"`
	To           json.RawMessage `json:"to"`
	SecretDiffer bool            `json:"secret_differs,omitempty"`
}

func changesJSON(changes []config.Change) []changeReport {
	out := []changeReport{}
	show := func(n *config.Node) json.RawMessage {
		if n == nil {
			return nil
		}
		return json.RawMessage(n.Show())
	}
	for _, ch := range changes {
		out = append(out, changeReport{Key: ch.Path, From: show(ch.From), To: show(ch.To), SecretDiffer: ch.Secret})
	}
	return out
}
