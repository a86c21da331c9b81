package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/folders"
	"github.com/kindos/kai/companion/queue"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/library"
	"github.com/kindos/kai/shared/protocol"
)

const (
	usualCollection = "My documents" // as views have it
	namedLeft       = 20             // of what is left out, that are named
)

func (c *commands) knowledgeCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "knowledge", Short: "Have folders read into the documents that answers are made from", GroupID: groupUse, Args: atMost(0),
		Long: `Has the running kai read folders of this computer into its documents: texts, Markdown, tables, web pages, Word files and PDF, up to
2,000 files and 512 MB a folder. Hidden files, and folders that programs fill (node_modules), are left out, and links are not
followed. Of a PDF its text is read; one that is made of pictures needs an OCR program first.

A watched folder is followed while kai runs and looked at when it starts: what changes is read anew, what is removed from it is
taken out of the documents. Nothing in a folder is ever changed.`,
		Example: "  kai knowledge add ~/notes --watch\n  kai knowledge folders\n  kai knowledge unwatch ~/notes",
		RunE:    help,
	}
	cmd.AddCommand(c.knowledgeAdd(), c.knowledgeFolders(), c.knowledgeUnwatch())
	return cmd
}

func (c *commands) knowledgeAdd() *cobra.Command {
	var in folders.Ask
	var asJSON bool
	cmd := &cobra.Command{
		Use: "add FOLDER", Short: "Read a folder", Args: between(1, 1, "a folder"),
		Long: `Reads a folder into the documents. What is there unchanged is not read again. A document that you removed by hand from a
watched folder stays out of it, until the folder is added again.`,
		Example: "  kai knowledge add ~/notes --watch\n  kai knowledge add ~/manuals --collection Manuals",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if in.Path, err = filepath.Abs(args[0]); err != nil {
				return fault.Wrap(fault.Invalid, err, args[0]+" can't be found")
			}
			report, err := c.readFolder(cmd.Context(), in)
			if err != nil {
				return err
			}
			if asJSON {
				return c.printJSON(report)
			}
			c.tellFolder(in, report)
			return nil
		},
	}
	cmd.Flags().BoolVar(&in.Watch, "watch", false, "read what changes in it from now on")
	cmd.Flags().BoolVar(&in.Prune, "prune", false, "remove documents of files that are there no more; --watch always does")
	cmd.Flags().StringVar(&in.Collection, "collection", usualCollection, "the collection that its documents stand in: `NAME`")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// readFolder has the running kai read a folder, and tells how far it is.
func (c *commands) readFolder(ctx context.Context, in folders.Ask) (report folders.Report, err error) {
	_, r, err := c.found()
	if err != nil {
		return report, err
	}
	progress := c.progress()
	err = c.with(ctx, r, func(peer *protocol.Peer) error {
		return peer.Stream(ctx, app.MethodReadFolder, in, func(chunk json.RawMessage) error {
			var p queue.Progress
			err := json.Unmarshal(chunk, &p)
			progress.Tell(p.What, p.Done, p.Total)
			return err
		}, &report)
	})
	return report, err
}

// tellFolder prints what came of reading a folder.
func (c *commands) tellFolder(in folders.Ask, r folders.Report) {
	c.print("%d added, %d unchanged, %d could not be read.\n", r.Added, r.Same, r.Failed)
	if r.Failed > 0 {
		c.print("The list of documents says why.\n")
	}
	if n := len(r.Left) + r.More; n > 0 {
		c.print("%d left out:\n", n)
		for _, l := range r.Left[:min(namedLeft, len(r.Left))] {
			c.print("  %s: %s\n", l.Path, l.Why)
		}
		if n > namedLeft {
			c.print("  and %d more\n", n-namedLeft)
		}
	}
	switch {
	case r.Gone > 0 && r.Removed:
		c.print("%d of what is there no more removed.\n", r.Gone)
	case r.Gone > 0:
		c.print("%d of what is there no more kept; --prune removes them.\n", r.Gone)
	}
	if in.Watch {
		c.print("The folder is watched. kai knowledge unwatch lets go of it.\n")
	}
}

func (c *commands) knowledgeFolders() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "folders", Short: "Show the watched folders", Args: atMost(0), Example: "  kai knowledge folders\n  kai knowledge folders --json",
		Long: "Shows the folders that the running kai watches, with how many documents each gave, and what is wrong with it.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var all library.Folders
			if err := c.askKai(cmd.Context(), library.MethodKnowledgeFolders, struct{}{}, &all); err != nil {
				return err
			}
			switch {
			case asJSON:
				return c.printJSON(all.Folders)
			case len(all.Folders) == 0:
				c.print("No folder is watched. kai knowledge add FOLDER --watch has one watched.\n")
				return nil
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
			for _, f := range all.Folders {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", f.Path, f.Collection, folderState(f))
			}
			return w.Flush()
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// folderState says in one line how a watched folder is.
func folderState(f library.Folder) string {
	text := fmt.Sprintf("%d documents", f.Documents)
	if f.Documents == 1 {
		text = "1 document"
	}
	if n := len(f.Left) + f.More; n > 0 {
		text += fmt.Sprintf(", %d left out", n)
	}
	if f.Reading {
		text += ", reading"
	}
	if f.Fault != nil {
		text += "; " + f.Fault.Words()
	}
	return text
}

func (c *commands) knowledgeUnwatch() *cobra.Command {
	var in app.Unwatch
	cmd := &cobra.Command{
		Use: "unwatch FOLDER", Short: "Let go of a watched folder", Args: between(1, 1, "a folder that kai knowledge folders prints"),
		Long:    "Has the running kai watch a folder no more. Its documents stay, unless --remove is written; the folder itself is never touched.",
		Example: "  kai knowledge unwatch ~/notes\n  kai knowledge unwatch ~/notes --remove",
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if in.Path, err = filepath.Abs(args[0]); err != nil {
				return fault.Wrap(fault.Invalid, err, args[0]+" can't be found")
			}
			var out app.Unwatched
			if err := c.askFor(cmd.Context(), unlockTime, app.MethodUnwatchFolder, in, &out); err != nil {
				return err
			}
			c.print("%s is not watched any more.\n", args[0])
			if in.Remove {
				c.print("Documents removed: %d.\n", out.Removed)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&in.Remove, "remove", false, "remove its documents, too")
	return cmd
}
