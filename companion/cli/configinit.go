package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// initFlags are the flags of kai config init.
type initFlags struct {
	format string
	ask    bool
	force  bool
}

func (c *commands) configInit(f *configFlags) *cobra.Command {
	var i initFlags
	cmd := &cobra.Command{
		Use: "init", Short: "Write a configuration file that explains itself", Args: atMost(0),
		Long: `Writes the configuration file of a mode: every key with its meaning, as a remark while it holds its default. What --set
gives, or the answers to --ask, is in force. A file that is there already is only replaced with --force, and kept. Editors that
read the schema beside a YAML file complete and check it while you write.`,
		Example: "  kai config init\n  kai config init --set networking.port=9000 --format toml\n  kai config init --ask",
		RunE: func(cmd *cobra.Command, _ []string) error {
			set := f.set
			f.set = nil // they go into the file
			t, err := f.target(c)
			if err != nil {
				return err
			}
			if t.file != "" && !i.force {
				return fault.New(fault.Conflict, "there is a configuration already: %s", t.file).WithRemedy("change it with kai config edit, or replace it with --force; it is kept")
			}
			s, err := c.initial(cmd.Context(), t.mode, set, i.ask)
			if err != nil {
				return err
			}
			sheet := sheetOf(s)
			if i.format == "yaml" {
				sheet.Notes = slices.Insert(sheet.Notes, 0, "yaml-language-server: $schema="+schemaFile(t.mode))
			}
			text, err := sheet.Write(i.format)
			if err != nil {
				return err
			}
			if err := c.take(cmd.Context(), t, taking{file: string(t.mode) + "." + i.format, text: []byte(text), reason: "init"}); err != nil || i.format != "yaml" {
				return err
			}
			return c.writeSchema(t)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&i.format, "format", "yaml", "`FORMAT`: yaml, json, toml or ini; JSON has no remarks")
	flags.BoolVar(&i.ask, "ask", false, "ask for every value")
	flags.BoolVar(&i.force, "force", false, "replace the file that is there")
	return cmd
}

func schemaFile(m mode.Mode) string { return string(m) + ".schema.json" }

// writeSchema puts the schema beside a configuration file, for editors.
func (c *commands) writeSchema(t target) error {
	text, err := schemaOf(t.mode)
	if err != nil {
		return err
	}
	place, err := t.place(".yaml")
	if err != nil {
		return err
	}
	if err := datadir.Replace(filepath.Join(filepath.Dir(place), schemaFile(t.mode)), append(text, '\n')); err != nil {
		return fault.New(fault.Unavailable, "the schema for editors can't be written: %w", err).WithRemedy("make the folder writable for you, then run kai config schema > %s", schemaFile(t.mode))
	}
	return nil
}

// initial are the defaults with what the person wants.
func (c *commands) initial(ctx context.Context, m mode.Mode, set []string, ask bool) (settings, error) {
	sources, err := flagSources(set)
	if err != nil {
		return settings{}, err
	}
	s, err := resolve(m, sources)
	if err != nil || !ask {
		return s, err
	}
	q := &questions{m: m, in: &asker{ctx: ctx, lines: bufio.NewReader(c.Stdin), says: c.Stderr}, sources: sources}
	return q.all(s)
}

// flagSources makes sources of KEY=VALUE.
func flagSources(set []string) ([]config.Source, error) {
	var out []config.Source
	for _, assignment := range set {
		source, ok := config.FromFlag("--set", assignment)
		if !ok {
			return nil, usage(fmt.Sprintf("--set %q is not KEY=VALUE", assignment), "kai config")
		}
		out = append(out, source)
	}
	return out, nil
}

// sheetOf explains a configuration: keys of the default layer are remarks.
func sheetOf(s settings) configfile.Sheet {
	return configfile.Sheet{
		Fields: s.trace.Fields(), Values: s.trace.Merged(),
		Notes: []string{
			"The configuration of kAI in " + string(s.mode) + " mode.",
			"A key that is a remark holds its default: take the mark away, also before the names above it, and write what you want.",
			"kai config validate checks this file; kai config explain KEY says more.",
		},
		Active: func(path string) bool {
			e, ok := s.trace.Explain(path)
			return ok && e.Origin.Layer != config.LayerDefault
		},
	}
}

// questions asks for every value of a configuration. An empty line keeps what stands; the end of the input keeps the rest.
type questions struct {
	m       mode.Mode
	in      *asker
	sources []config.Source
}

func (q *questions) all(s settings) (settings, error) {
	for _, f := range s.trace.Fields() {
		if !f.Leaf() || f.Go.Kind() == reflect.Slice && f.Element() != nil {
			continue
		}
		next, err := q.one(f, s)
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		s = next
	}
	return s, nil
}

// one asks for one value until it fits.
func (q *questions) one(f config.Field, s settings) (settings, error) {
	e, _ := s.trace.Explain(f.Path)
	for {
		_, _ = fmt.Fprintf(q.in.says, "%s\n  %s\n  %s [%s]: ", f.Path, f.Doc, configfile.Expected(f), strings.Trim(orUnset(e.Value), `"`))
		line, err := q.in.await(func() ([]byte, error) { return q.in.lines.ReadBytes('\n') })
		if errors.Is(err, context.Canceled) {
			return s, stopped(err)
		}
		text := strings.TrimSpace(withoutEnd(line))
		_, _ = fmt.Fprintln(q.in.says)
		if text == "" {
			return s, err
		}
		source, _ := config.FromFlag("your answer", f.Path+"="+text)
		next, wrong := resolve(q.m, append(q.sources[:len(q.sources):len(q.sources)], source))
		if wrong == nil {
			q.sources = append(q.sources, source)
			return next, nil
		}
		if err != nil {
			return s, wrong
		}
		for _, p := range problemsIn(wrong) {
			_, _ = fmt.Fprintln(q.in.says, p)
		}
	}
}

// problemsIn are the mistakes that an error tells.
func problemsIn(err error) []string {
	var problems config.Problems
	if errors.As(err, &problems) {
		return strings.Split(problems.Error(), "\n")
	}
	return []string{err.Error()}
}
