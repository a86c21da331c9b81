package cli

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/moving"
	"github.com/kindos/kai/companion/transport"
	"github.com/kindos/kai/shared/assistant"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/gallery"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
)

// importFlags are the flags of kai import.
type importFlags struct {
	dry, asJSON bool
	from, undo  string
}

func (c *commands) importCommand() *cobra.Command {
	var f importFlags
	formats := strings.Join(slices.Sorted(maps.Keys(moving.Sources())), ", ")
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Bring conversations and more from another assistant", GroupID: groupUse,
		Long: `Reads exports of ChatGPT (the zip), Open WebUI (chats, prompts, models, settings), Page Assist, kai-cd and kAI, and Markdown,
and keeps what is in them and not here yet: conversations, pictures, documents, prompts, personas and services. FILE may be a
folder. What is here stays as it is, and the same file adds nothing the second time. What cannot come is named.

--dry-run counts what there is and keeps nothing. Services are connected with the keys that the file has; these are never
shown. The keys of kai-cd are in its vault, which kai vault import reads.

It works while kai runs and while it does not. Ctrl-C stops between two conversations: what came until then stays whole,
and the same file goes on from there. Each import has a number; --undo takes back what it brought and nobody changed since.`,
		Example: `  kai import chatgpt-export.zip --dry-run
  kai import chatgpt-export.zip
  kai import --from kai-cd kai-cd-backup-2025-06-01.json
  kai import ~/notes --json | jq .left
  kai import --undo last`,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.undo != "" && (len(args) > 0 || f.dry || f.from != ""):
				return wrongUsage(cmd, "--undo goes without files and other flags but --json")
			case f.undo != "":
				return c.undoImport(cmd.Context(), f)
			case len(args) == 0:
				return wrongUsage(cmd, cmd.CommandPath()+" needs a file or a folder")
			case f.from != "" && moving.Sources()[f.from] == "":
				return fault.New(fault.Invalid, "%q is not an export that kAI knows", f.from).WithField("--from").WithRemedy("write one of %s", formats)
			case f.dry:
				return c.previewImport(cmd.Context(), f, args)
			}
			return c.importFiles(cmd.Context(), f, args)
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&f.dry, "dry-run", false, "count what would come, and keep nothing")
	flags.StringVar(&f.from, "from", "", "read exports of `FORMAT` alone: "+formats)
	flags.StringVar(&f.undo, "undo", "", "take the import of that `NUMBER` back; last for the latest")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON")
	_ = cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions(strings.Split(formats, ", "), cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	return cmd
}

// imported is what an import did, as --json prints it.
type imported struct {
	DryRun bool `json:"dryRun,omitempty"`
	*moving.Tally
	Added map[string]int `json:"added"`
	There int            `json:"there"`
	Undo  string         `json:"undo,omitempty"` // the number of the import
}

// reading prepares the reading of files into a tally.
func (c *commands) reading(f importFlags, tally *moving.Tally, item func(context.Context, moving.Item) error) moving.Reading {
	progress := c.progress()
	return moving.Reading{From: f.from, Sink: moving.Sink{
		Source:   tally.Source,
		Item:     func(ctx context.Context, i moving.Item) error { tally.Add(i); return item(ctx, i) },
		Progress: func(done, total int64) { progress("bytes read", done, total) },
	}}
}

func (c *commands) previewImport(ctx context.Context, f importFlags, files []string) error {
	tally := moving.NewTally()
	r := c.reading(f, tally, func(context.Context, moving.Item) error { return nil })
	if err := r.Read(ctx, files); err != nil {
		return err
	}
	return c.tellImport(f, imported{DryRun: true, Tally: tally, Added: map[string]int{}})
}

// importFiles reads files and keeps what is in them. What came before something failed stays, and has a number for undo, too.
func (c *commands) importFiles(ctx context.Context, f importFlags, files []string) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	out := imported{Tally: moving.NewTally()}
	err = c.toKai(ctx, dir, func(call moving.Call) error {
		keeper := moving.NewKeeper(call, readerOf(dir), out.Tally)
		note := newNote(dir, c.Now())
		calm := context.WithoutCancel(ctx) // a conversation that was begun is kept whole
		r := c.reading(f, out.Tally, func(_ context.Context, i moving.Item) error {
			if err := keeper.Keep(calm, i); err != nil {
				return err
			}
			return note.now(c.Now(), keeper)
		})
		err := r.Read(ctx, files)
		if err == nil || ctx.Err() != nil {
			err = errors.Join(err, keeper.Flush(calm))
		}
		number, kept := note.end(keeper)
		out.Added, out.There, out.Undo = keeper.Added, keeper.There, number
		return errors.Join(err, kept, keeper.Tell(calm))
	})
	if err != nil && out.Undo == "" {
		return err
	}
	if told := c.tellImport(f, out); err == nil {
		return told
	}
	if ctx.Err() != nil {
		return fault.New(fault.Canceled, "stopped; what came until then stays").WithRemedy("import the same file again to go on from there")
	}
	return err
}

// toKai hands on a way to call the kai that uses a data directory, or the records themselves where none runs.
func (c *commands) toKai(ctx context.Context, dir datadir.Dir, do func(moving.Call) error) error {
	calm := context.WithoutCancel(ctx)
	talk := func(peer *protocol.Peer) error {
		return do(func(ctx context.Context, method string, in, out any) error {
			if !strings.HasPrefix(method, assistant.KnowledgePrefix) && !strings.HasPrefix(method, gallery.Prefix) {
				method = app.ImportPrefix + method
			}
			return peer.Call(ctx, method, in, out)
		})
	}
	if r, err := running(dir); err == nil {
		return c.with(calm, r, talk)
	}
	s, err := c.load(mode.Standalone, dir, nil)
	if err != nil {
		return err
	}
	log, err := c.openLog(dir, true, s.trace)
	if err != nil {
		return err
	}
	defer func() { _ = log.file.Close() }() // every line was written by then
	a, err := app.New(app.Options{
		Dir: dir, Config: s.standalone, Trace: s.trace, Transport: transport.New("kAI/" + c.Version), Version: c.Version,
		Log: log.Logger, Level: log.level, Know: log.redact.Know, Now: c.Now,
	})
	if err != nil {
		return err
	}
	here, there := protocol.Pipe()
	served := make(chan error, 1)
	go func() {
		err := a.Aside(calm, there)
		_ = there.Close()
		served <- err
	}()
	err = c.over(calm, here, talk)
	if failed := <-served; failed != nil {
		return failed // why the other side was gone
	}
	return err
}

func (c *commands) undoImport(ctx context.Context, f importFlags) error {
	dir, err := c.dir()
	if err != nil {
		return err
	}
	n, err := readNote(dir, f.undo)
	if err != nil {
		return err
	}
	var out moving.Undone
	err = c.toKai(ctx, dir, func(call moving.Call) error {
		out, err = moving.Undo(ctx, call, n.Marks)
		return err
	})
	if err != nil {
		return err
	}
	if err := n.close(dir); err != nil {
		return err
	}
	if f.asJSON {
		return c.printJSON(out)
	}
	c.print("%s taken away", count(out.Gone, "item", "items"))
	if out.Stayed > 0 {
		c.print(", %d that you changed or removed since stayed as they are", out.Stayed)
	}
	c.print(".\n")
	return nil
}

// tellImport tells what there is or what came. Files in which there is nothing have kai exit with 1.
func (c *commands) tellImport(f importFlags, out imported) error {
	var said error
	if len(out.Holds) == 0 {
		said = errSaid{exitFailed}
	}
	if f.asJSON {
		return joinSaid(c.printJSON(out), said)
	}
	switch {
	case said != nil:
		c.print("There is nothing in it that kAI can bring.\n")
	case out.DryRun:
		c.print("%s: %s.\n", strings.Join(out.Sources, ", "), counted(out.Holds))
		for _, title := range out.Titles {
			c.print("  %s\n", title)
		}
		if more := out.Holds["conversation"] - len(out.Titles); more > 0 {
			c.print("  and %d more\n", more)
		}
		c.tellConnections(out.Services)
	case len(out.Added) == 0:
		c.print("Nothing new came.\n")
	default:
		c.print("Imported: %s.\n", counted(out.Added))
	}
	if out.There > 0 {
		c.print("%s here already and stayed.\n", count(out.There, "thing was", "things were"))
	}
	for i, l := range out.Left {
		if i == 0 {
			c.print("Cannot come:\n")
		}
		c.print("  %d × %s (%s)\n", l.Count, l.What, strings.Join(l.Where, ", "))
	}
	switch {
	case out.DryRun && said == nil:
		c.print("Nothing was kept; without --dry-run it is imported.\n")
	case out.Undo != "":
		c.print("Take it back with: kai import --undo %s\n", out.Undo)
	}
	return said
}

func (c *commands) tellConnections(all []moving.Connection) {
	for i, s := range all {
		if i == 0 {
			c.print("Services that would be connected:\n")
		}
		c.print("  %s, %s\n", s.Name, s.URL)
	}
}

// counted writes what there is of each kind.
func counted(n map[string]int) string {
	var out []string
	for _, k := range [][3]string{
		{"conversation", "conversation", "conversations"}, {"message", "message", "messages"}, {"prompt", "prompt", "prompts"}, {"persona", "persona", "personas"},
		{"folder", "folder", "folders"}, {"picture", "picture", "pictures"}, {"document", "document", "documents"}, {"image", "gallery picture", "gallery pictures"},
		{"service", "service", "services"},
	} {
		if n[k[0]] > 0 {
			out = append(out, count(n[k[0]], k[1], k[2]))
		}
	}
	return strings.Join(out, ", ")
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
