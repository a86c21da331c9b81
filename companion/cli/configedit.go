package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
)

func (c *commands) configEdit(f *configFlags) *cobra.Command {
	var fresh bool
	cmd := &cobra.Command{
		Use: "edit", Short: "Change the configuration in your editor", Args: atMost(0),
		Long: `Opens a copy of the configuration in $VISUAL or $EDITOR. Afterwards it is checked, and only a valid one is put in force;
the one before is kept. A copy with a mistake stays as it is, and the next kai config edit goes on with it.

Where there is no configuration file yet, the copy is what kai config init writes.`,
		Example: "  kai config edit\n  EDITOR=\"code --wait\" kai config edit",
		RunE: func(cmd *cobra.Command, _ []string) error {
			t, err := f.target(c)
			if err != nil {
				return err
			}
			return c.edit(cmd.Context(), t, fresh)
		},
	}
	cmd.Flags().BoolVar(&fresh, "fresh", false, "begin with the configuration in force, not with the copy that was left")
	return cmd
}

// edit has a copy edited, and takes it when it is valid.
func (c *commands) edit(ctx context.Context, t target, fresh bool) error {
	before, name, err := c.editable(t)
	if err != nil {
		return err
	}
	draft := t.dir.File(string(t.mode) + ".draft" + filepath.Ext(name))
	left, err := os.ReadFile(draft)
	switch {
	case err != nil || fresh:
		if err := datadir.Replace(draft, before); err != nil {
			return fault.New(fault.Unavailable, "no copy can be made: %w", err).WithRemedy("make %s writable for you", t.dir.Path())
		}
	case !bytes.Equal(left, before):
		c.print("This goes on with the copy that was left in %s.\n", draft)
	}
	if err := c.editor(ctx, draft); err != nil {
		return err
	}
	after, err := readConfig(draft)
	if err != nil {
		return err
	}
	if bytes.Equal(after, before) {
		c.print("Nothing was changed.\n")
		return os.Remove(draft)
	}
	if err := c.unchanged(t, before); err != nil {
		return err
	}
	if err := c.take(ctx, t, taking{file: draft, text: after, reason: "edit"}); err != nil {
		c.warnOf("nothing has changed; the copy is kept in %s, and kai config edit goes on with it", draft)
		return err
	}
	return os.Remove(draft)
}

// editable is the text to edit and the name that tells its format.
func (c *commands) editable(t target) (text []byte, name string, err error) {
	if t.file != "" {
		text, err = readConfig(t.file)
		return text, t.file, err
	}
	s, err := resolve(t.mode, nil)
	if err != nil {
		return nil, "", err
	}
	name = t.named
	if name == "" {
		name = string(t.mode) + ".yaml"
	}
	sheet, err := sheetOf(s).Write(strings.TrimPrefix(strings.ToLower(filepath.Ext(name)), "."))
	return []byte(sheet), name, err
}

// unchanged makes sure that nobody changed the file meanwhile.
func (c *commands) unchanged(t target, before []byte) error {
	if t.file == "" {
		return nil
	}
	if now, err := os.ReadFile(t.file); err != nil || !bytes.Equal(now, before) {
		return fault.New(fault.Conflict, "%s was changed while you edited a copy of it", t.file).WithRemedy("look at both, then run kai config edit again: it goes on with your copy")
	}
	return nil
}

// editor opens a file in the person's editor and waits.
func (c *commands) editor(ctx context.Context, file string) error {
	words := strings.Fields(c.Place.Getenv("VISUAL"))
	if len(words) == 0 {
		words = strings.Fields(c.Place.Getenv("EDITOR"))
	}
	if len(words) == 0 {
		words = []string{map[bool]string{true: "notepad", false: "vi"}[c.Place.GOOS == "windows"]}
	}
	cmd := exec.CommandContext(ctx, words[0], append(words[1:], file)...) //nolint:gosec // the person's own editor
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.Stdin, c.Stdout, c.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit):
		return fault.New(fault.Canceled, "the editor %s ended with %d, so nothing has changed", words[0], exit.ExitCode()).WithRemedy("run kai config edit again: it goes on with your copy")
	default:
		return fault.New(fault.Unavailable, "the editor %s can't be started: %w", words[0], err).WithRemedy("name one in the variable EDITOR")
	}
}
