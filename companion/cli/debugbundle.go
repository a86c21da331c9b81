package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/companion/bundle"
	"github.com/kindos/kai/companion/confighistory"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/companion/logfile"
	"github.com/kindos/kai/companion/redact"
	"github.com/kindos/kai/companion/tracing"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
	"github.com/kindos/kai/shared/protocol"
)

// bundleLines is how many of the newest lines of the log are packed.
const bundleLines = 2000

func (c *commands) debugBundle() *cobra.Command {
	f := &configFlags{}
	cmd := &cobra.Command{
		Use: "bundle [FILE]", Short: "Pack what helps to find a fault, without secrets", Args: atMost(1),
		Long: `Packs a zip file: versions, the configuration with secrets masked, the history of configurations without their texts,
names of variables without values, sizes of files, and the newest log lines with what is harmless in them. Of a running kai
also its state, counts of records, memory, what its goroutines do, and the latest traces.

No secret and nothing that you or a model wrote is in it, as far as kai can tell. Look into it before you give it away.`,
		Example: "  kai debug bundle\n  kai debug bundle /tmp/kai.zip",
		RunE: func(cmd *cobra.Command, args []string) error {
			name := "kai-debug-" + c.Now().Format("20060102-150405") + ".zip"
			if len(args) == 1 {
				name = args[0]
			}
			return c.bundle(cmd.Context(), f, name)
		},
	}
	cmd.Flags().StringVar(&f.mode, "mode", string(mode.Standalone), "`MODE` whose configuration is packed")
	return cmd
}

func (c *commands) bundle(ctx context.Context, f *configFlags, name string) error {
	if _, err := mode.Parse(f.mode); err != nil {
		return err
	}
	dir, err := c.dir()
	if err != nil {
		return err
	}
	s, broken := f.settings(c)
	home, _ := c.Place.Home() // without one there is nothing to write as ~
	b := bundle.New(redact.New(c.knownSecrets(dir)...), home)
	pack := []func() error{
		func() error { return b.AddJSON("about.json", c.about(f.mode)) },
		func() error { return c.packConfig(b, f, s, broken) },
		func() error { b.AddText("environment.txt", variableNames(c.Environ)); return nil },
		func() error { b.AddText("files.txt", fileSizes(dir)); return nil },
		func() error { return c.packLogs(b, dir) },
		func() error { return c.packRunning(ctx, b, dir) },
	}
	for _, step := range pack {
		if err := step(); err != nil {
			return err
		}
	}
	if err := c.writeBundle(b, name); err != nil {
		return err
	}
	for _, p := range b.Parts() {
		c.print("  %-22s %d bytes\n", p.Name, len(p.Text))
	}
	c.print("%s is packed. Look into it before you give it away.\n", name)
	return nil
}

// knownSecrets are the secrets that this program can learn of, so that they are found wherever they stand.
func (c *commands) knownSecrets(dir datadir.Dir) []string {
	var out []string
	for _, info := range mode.All() {
		s, _ := c.load(info.Mode, dir, nil) // what is wrong is told elsewhere
		out = append(out, s.trace.Secrets()...)
	}
	for _, file := range []string{"token", "identity"} {
		if text, err := os.ReadFile(dir.File(file)); err == nil {
			out = append(out, strings.TrimSpace(string(text)))
		}
	}
	for _, entry := range c.Environ {
		if name, value, _ := strings.Cut(entry, "="); redact.SecretName(name) || strings.HasSuffix(strings.ToLower(name), "key") {
			out = append(out, value)
		}
	}
	return out
}

// about says what this program is.
func (c *commands) about(m string) map[string]any {
	out := map[string]any{
		"version": c.Version, "mode": m, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH, "processors": runtime.NumCPU(),
		"protocol": map[string]int{"min": protocol.MinVersion, "max": protocol.MaxVersion}, "time": c.Now().UTC(), "duckdb": app.HasDuckDB,
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		var modules []string
		for _, d := range info.Deps {
			modules = append(modules, d.Path+" "+d.Version)
		}
		out["modules"] = modules
	}
	return out
}

// packConfig packs the configuration in force, where each value came from, and the mistakes of a wrong one.
func (c *commands) packConfig(b *bundle.Bundle, f *configFlags, s settings, broken error) error {
	if broken != nil {
		b.AddText("config-mistakes.txt", bundle.WithoutQuoted(strings.Join(problemsIn(broken), "\n"))+"\n")
	} else {
		b.AddText("config.json", s.trace.JSON())
		var origins bytes.Buffer
		for _, field := range s.trace.Fields() {
			if e, ok := s.trace.Explain(field.Path); ok && field.Leaf() {
				_, _ = fmt.Fprintf(&origins, "%s  %s\n", field.Path, e.Origin)
			}
		}
		for _, w := range s.warnings {
			_, _ = fmt.Fprintf(&origins, "warning: %s\n", bundle.WithoutQuoted(w.String()))
		}
		b.AddText("config-origins.txt", origins.String())
	}
	t, err := f.target(c)
	if err != nil {
		return nil //nolint:nilerr // it is among the mistakes
	}
	entries, err := confighistory.In(t.dir, c.Now).List(t.scope)
	if err != nil {
		return err
	}
	return b.AddJSON("config-history.json", append([]confighistory.Entry{}, entries...))
}

// variableNames lists the variables that concern kai, without values.
func variableNames(environ []string) string {
	var names []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "KAI_") || strings.HasPrefix(name, "XDG_") || strings.HasPrefix(name, "OIDC_") || slices.Contains([]string{"LANG", "EDITOR", "VISUAL", "DISPLAY", "WAYLAND_DISPLAY"}, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return strings.Join(names, "\n") + "\n"
}

// fileSizes lists what lies right in the data directory, folders with all that is in them.
func fileSizes(dir datadir.Dir) string {
	var out strings.Builder
	entries, _ := os.ReadDir(dir.Path()) // what can't be read is not listed
	for _, e := range entries {
		var size, files int64
		_ = filepath.WalkDir(dir.File(e.Name()), func(_ string, d fs.DirEntry, err error) error {
			if err != nil {
				return nil //nolint:nilerr // and this
			}
			if info, err := d.Info(); err == nil && info.Mode().IsRegular() {
				size, files = size+info.Size(), files+1
			}
			return nil
		})
		mode := fs.FileMode(0)
		if info, err := e.Info(); err == nil {
			mode = info.Mode()
		}
		_, _ = fmt.Fprintf(&out, "%s  %s  %d bytes in %d files\n", mode, e.Name(), size, files)
	}
	return out.String()
}

// packLogs packs the newest lines of the log, and the ends of the logs of the processes that browsers start.
func (c *commands) packLogs(b *bundle.Bundle, dir datadir.Dir) error {
	folder := dir.File(logfile.Folder)
	lines, err := logfile.Last(folder, logfile.Filter{Level: -100}, bundleLines, logfile.End(folder))
	if err != nil {
		return fault.New(fault.Unavailable, "the log can't be read: %w", err)
	}
	raw := make([][]byte, len(lines))
	for i, l := range lines {
		raw[i] = l.Raw
	}
	b.AddLog("log.jsonl", raw)
	for _, name := range []string{"host.log", "kai-start.log"} {
		if text, err := os.ReadFile(dir.File(name)); err == nil {
			b.AddText(name, string(text[max(0, len(text)-64<<10):]))
		}
	}
	return nil
}

// packRunning packs what a running kai says of itself; where none runs, that.
func (c *commands) packRunning(ctx context.Context, b *bundle.Bundle, dir datadir.Dir) error {
	r, err := running(dir)
	if err != nil {
		b.AddText("status.txt", "kai does not run.\n")
		return nil //nolint:nilerr // told in the bundle
	}
	var snap app.Snapshot
	if err := c.ask(ctx, r, askTime, app.MethodDebug, nil, &snap); err != nil {
		b.AddText("status.txt", "kai runs, and does not answer: "+err.Error()+"\n")
		return nil //nolint:nilerr // told in the bundle
	}
	b.AddText("goroutines.txt", snap.Goroutines)
	snap.Goroutines = ""
	if err := b.AddJSON("status.json", snap); err != nil {
		return err
	}
	return c.packTraces(ctx, b, r)
}

// bundleTraces is how many of the latest traces are packed.
const bundleTraces = tracing.MostTraces

// packTraces packs the latest traces step by step, without the names of the computers that were asked.
func (c *commands) packTraces(ctx context.Context, b *bundle.Bundle, r datadir.Running) error {
	var list app.Traces
	if err := c.ask(ctx, r, askTime, app.MethodTraces, app.Traces{}, &list); err != nil {
		b.AddText("traces.txt", "kai did not tell its traces: "+err.Error()+"\n")
		return nil //nolint:nilerr // told in the bundle
	}
	packed := []app.Traces{}
	for _, t := range list.Traces[:min(len(list.Traces), bundleTraces)] {
		var one app.Traces
		if c.ask(ctx, r, askTime, app.MethodTraces, app.Traces{ID: t.ID}, &one) != nil {
			continue // newer ones took its place
		}
		for _, step := range one.Steps {
			delete(step.More, "server.address")
		}
		packed = append(packed, one)
	}
	return b.AddJSON("traces.json", packed)
}

// writeBundle writes the zip for this person only, and never over a file that is there.
func (c *commands) writeBundle(b *bundle.Bundle, name string) error {
	file, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return fault.New(fault.Conflict, "there is a file %s already", name).WithRemedy("name another: kai debug bundle FILE")
	}
	if err != nil {
		return fault.New(fault.Invalid, "the file %s can't be written: %w", name, err).WithRemedy("name another: kai debug bundle FILE")
	}
	err = errors.Join(b.Write(file, c.Now()), file.Close())
	if err != nil {
		_ = os.Remove(name) // half of one helps nobody
		return fault.New(fault.Unavailable, "the file %s can't be written: %w", name, err).WithRemedy("look whether the disk is full")
	}
	return nil
}
