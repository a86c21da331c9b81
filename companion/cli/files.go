package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"mime"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/files"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/protocol"
)

// listedFiles is how many files are listed unless more are asked for.
const listedFiles = 50

// stream stands for standard input and output in the place of a file.
const stream = "-"

func (c *commands) filesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "files", Short: "Keep files in kai and get them back", GroupID: groupUse, Args: atMost(0),
		Long: `Keeps files in the running kai, as programs do at /api/v1/files: up to 1 GB each, named by their SHA-256, on this computer
alone. FILE is an id that kai files list prints, or a name that only one file has.`,
		Example: "  kai files add report.pdf\n  kai files list\n  kai files get report.pdf --to /tmp/report.pdf\n  kai files remove report.pdf",
		RunE:    help,
	}
	cmd.AddCommand(c.filesAdd(), c.filesList(), c.filesGet(), c.filesRemove())
	return cmd
}

func (c *commands) filesList() *cobra.Command {
	var asJSON bool
	limit := listedFiles
	cmd := &cobra.Command{
		Use: "list", Short: "List the files that are kept, the newest first", Args: atMost(0), Example: "  kai files list\n  kai files list --json | jq -r '.[].id'",
		Long: "Lists the files that the running kai keeps, with their ids, sizes and names.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if limit < 1 {
				return fault.New(fault.Invalid, "no file would be listed").WithField("--limit").WithRemedy("write for example %d", listedFiles)
			}
			all, more, err := c.allFiles(cmd.Context(), limit)
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(all)
			case len(all) == 0:
				c.print("No file is kept. kai files add FILE keeps one.\n")
				return nil
			}
			w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
			for _, f := range all {
				_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", f.ID, f.Created.Local().Format(moments), bytesInWords(f.Bytes), f.Name)
			}
			if err := w.Flush(); err != nil || !more {
				return err
			}
			c.print("There are more: kai files list --limit %d\n", 2*limit)
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().IntVar(&limit, "limit", listedFiles, "at most `N` files")
	return cmd
}

// allFiles gives the newest files, and whether there are more.
func (c *commands) allFiles(ctx context.Context, limit int) (all []files.File, more bool, err error) {
	all = []files.File{}
	for after := ""; len(all) < limit; {
		var page files.Page
		if err := c.askKai(ctx, files.MethodList, files.Listing{After: after, Limit: limit - len(all)}, &page); err != nil {
			return nil, false, err
		}
		all = append(all, page.Files...)
		if after = page.Next; after == "" {
			return all, false, nil
		}
	}
	return all, true, nil
}

func (c *commands) filesAdd() *cobra.Command {
	var as files.NewFile
	var asJSON bool
	cmd := &cobra.Command{
		Use: "add FILE", Short: "Keep a file", Args: between(1, 1, "a file, or - for standard input"),
		Long: `Keeps a copy of a file in the running kai and prints its id. - keeps standard input, and needs --name. Interrupted, nothing
of it is kept.`,
		Example: "  kai files add report.pdf\n  tar c notes | kai files add - --name notes.tar",
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := c.addFile(cmd.Context(), args[0], as)
			switch {
			case err != nil:
				return err
			case asJSON:
				return c.printJSON(f)
			}
			c.print("%s\n", f.ID)
			return nil
		},
	}
	cmd.Flags().StringVar(&as.Name, "name", "", "what to call it: `NAME` (default: as it is called)")
	cmd.Flags().StringVar(&as.Type, "type", "", "its media `TYPE` (default: by its name)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

// addFile sends a file to the running kai.
func (c *commands) addFile(ctx context.Context, path string, as files.NewFile) (kept files.File, err error) {
	_, r, err := c.found()
	if err != nil {
		return kept, err
	}
	content, total := c.Stdin, int64(0)
	if path != stream {
		file, err := os.Open(path) //nolint:gosec // the person's choice
		if err != nil {
			return kept, unreadable(path, err)
		}
		defer file.Close() //nolint:errcheck // it was read
		info, err := file.Stat()
		if err == nil && info.IsDir() {
			err = errors.New("it is a folder")
		}
		if err != nil {
			return kept, unreadable(path, err)
		}
		content, total = file, info.Size()
		as.Name = cmp.Or(as.Name, filepath.Base(path))
	}
	if as.Name == "" {
		return kept, fault.New(fault.Invalid, "standard input has no name").WithField("--name").WithRemedy("write what to call it, such as --name notes.tar")
	}
	as.Type = cmp.Or(as.Type, mime.TypeByExtension(filepath.Ext(as.Name)))
	err = c.with(ctx, r, func(peer *protocol.Peer) error {
		return peer.Stream(ctx, files.MethodAdd, as, func(chunk json.RawMessage) error {
			var to files.Upload
			if err := json.Unmarshal(chunk, &to); err != nil {
				return err
			}
			return c.sendParts(ctx, peer, to.Upload, content, total)
		}, &kept)
	})
	return kept, err
}

func unreadable(path string, err error) error {
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fault.New(fault.Invalid, "%s can't be read: %w", path, err).WithRemedy("name a file that you may read")
}

// sendParts sends a file's content. A part that kai takes no more is no error here: the answer to the file itself says why.
func (c *commands) sendParts(ctx context.Context, peer *protocol.Peer, upload string, content io.Reader, total int64) error {
	progress, part := c.progress(), make([]byte, files.PartBytes)
	for sent := int64(0); ; {
		n, err := io.ReadFull(content, part)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return fault.New(fault.Invalid, "the file can't be read on: %w", err).WithRemedy("try again")
		}
		err = peer.Call(ctx, files.MethodPart, files.Part{Upload: upload, Bytes: part[:n], Last: last}, nil)
		switch code := fault.CodeOf(err); {
		case code == fault.NotFound || code == fault.Canceled && ctx.Err() == nil || err == nil && last:
			return nil
		case err != nil:
			return err
		}
		sent += int64(n)
		progress("bytes sent", sent, total)
	}
}

func (c *commands) filesGet() *cobra.Command {
	var to string
	cmd := &cobra.Command{
		Use: "get FILE", Short: "Write a file that is kept to the disk", Args: between(1, 1, "a file that kai files list prints"),
		Long: `Writes a file that the running kai keeps into this folder, under its name, or to where --to says; - is standard output. A
file that is there already is not written over.`,
		Example: "  kai files get report.pdf\n  kai files get report.pdf --to /tmp/report.pdf\n  kai files get notes.tar --to - | tar x",
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.getFile(cmd.Context(), args[0], to)
		},
	}
	cmd.Flags().StringVar(&to, "to", "", "write it to `PATH`; - for standard output")
	return cmd
}

// getFile writes a file of the running kai.
func (c *commands) getFile(ctx context.Context, what, to string) error {
	_, r, err := c.found()
	if err != nil {
		return err
	}
	in := &incoming{commands: c, to: to, progress: c.progress()}
	err = c.with(ctx, r, func(peer *protocol.Peer) error {
		return peer.Stream(ctx, files.MethodRead, files.Named{File: what}, in.take, nil)
	})
	if err := in.end(err); err != nil {
		return err
	}
	if to != stream {
		c.print("%s is written.\n", in.to)
	}
	return nil
}

// incoming is a file that is being written.
type incoming struct {
	*commands
	to       string // "" for its own name
	progress func(what string, done, total int64)
	about    *files.File // nil until it is known
	out      io.Writer
	file     *os.File // that was made; nil for none
	got      int64
}

// take takes what comes: what is known of the file, then its parts.
func (in *incoming) take(chunk json.RawMessage) error {
	if in.about == nil {
		in.about = &files.File{}
		if err := json.Unmarshal(chunk, in.about); err != nil {
			return err
		}
		return in.begin()
	}
	var part files.Bytes
	if err := json.Unmarshal(chunk, &part); err != nil {
		return err
	}
	if _, err := in.out.Write(part.Bytes); err != nil {
		return fault.New(fault.Unavailable, "%s can't be written: %w", in.to, err).WithRemedy("look whether the disk is full")
	}
	in.got += int64(len(part.Bytes))
	in.progress("bytes written", in.got, in.about.Bytes)
	return nil
}

// begin makes the file, for this person only.
func (in *incoming) begin() error {
	if in.to == stream {
		in.out = in.Stdout
		return nil
	}
	in.to = cmp.Or(in.to, filepath.Base(in.about.Name))
	file, err := os.OpenFile(in.to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return fault.New(fault.Conflict, "there is a file %s already", in.to).WithRemedy("name another with --to")
	case err != nil:
		return fault.New(fault.Invalid, "%s can't be written: %w", in.to, err).WithRemedy("name another with --to")
	}
	in.file, in.out = file, file
	return nil
}

// end closes the file. What did not come whole is removed.
func (in *incoming) end(err error) error {
	if in.file == nil {
		return err
	}
	if err = errors.Join(err, in.file.Close()); err != nil {
		_ = os.Remove(in.to) // half of one helps nobody
	}
	return err
}

func (c *commands) filesRemove() *cobra.Command {
	return &cobra.Command{
		Use: "remove FILE...", Short: "Delete files that are kept", Args: between(1, 100, "a file that kai files list prints"),
		Long:    "Deletes files that the running kai keeps. Their content is deleted from the disk soon after, unless something else names it.",
		Example: "  kai files remove report.pdf",
		RunE: func(cmd *cobra.Command, args []string) error {
			for _, what := range args {
				var gone files.File
				if err := c.askKai(cmd.Context(), files.MethodRemove, files.Named{File: what}, &gone); err != nil {
					return err
				}
				c.print("%s is deleted.\n", gone.Name)
			}
			return nil
		},
	}
}
