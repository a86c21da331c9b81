package cli

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/config/schema"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// configFlags are the flags of kai config and its commands.
type configFlags struct {
	mode   string
	set    []string
	format string
}

func (c *commands) configCommand() *cobra.Command {
	f := &configFlags{}
	cmd := &cobra.Command{
		Use: "config", Short: "Show, check, explain and change the configuration", GroupID: groupSet, Args: atMost(0),
		Long: `Shows, checks, explains and changes the configuration of a mode.

A configuration file is YAML, JSON, TOML or INI and holds only what differs from the defaults. Unknown keys are mistakes.
kai looks for MODE.yaml, .yml, .json, .toml or .ini in the data directory, or takes --config FILE. In INI a section is the
path of its keys, as in [networking.cors], and a list is words with commas between, or as in JSON.

Each key is also an environment variable: networking.port is KAI_NETWORKING_PORT. Lists are written with commas there,
or as JSON. Later sources win: defaults, file, environment, flags. Objects are merged, lists are replaced.`,
		Example: `  kai config show
  kai config validate --config kai.yaml
  kai config explain networking.port
  kai config edit
  kai config rollback
  kai config schema --mode browser > browser.schema.json`,
		RunE: help,
	}
	flags := cmd.PersistentFlags()
	flags.StringVar(&f.mode, "mode", string(mode.Standalone), "`MODE` whose configuration is meant; see kai modes")
	flags.StringArrayVar(&f.set, "set", nil, "set a `KEY=VALUE` on top; may be repeated")
	_ = cmd.RegisterFlagCompletionFunc("mode", func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return modeNames(), cobra.ShellCompDirectiveNoFileComp
	})
	cmd.AddCommand(c.configShow(f), c.configValidate(f), c.configExplain(f), c.configSchema(f), c.configDiff(f),
		c.configInit(f), c.configEdit(f), c.configApply(f), c.configRollback(f), c.configHistory(f), c.configReload(f))
	return cmd
}

// settings loads the configuration that the flags mean.
func (f *configFlags) settings(c *commands) (settings, error) {
	m, err := mode.Parse(f.mode)
	if err != nil {
		return settings{}, err
	}
	dir, err := c.dir()
	if err != nil {
		return settings{}, err
	}
	return c.load(m, dir, runFlags{set: f.set}.values())
}

func (c *commands) configShow(f *configFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "show", Short: "Print every setting in force", Args: atMost(0),
		Long:    "Prints the whole configuration after merging, secrets hidden. The output is a valid configuration file.",
		Example: "  kai config show\n  kai config show --mode server --format toml",
		RunE: func(*cobra.Command, []string) error {
			s, err := f.settings(c)
			if err != nil {
				return err
			}
			c.warn(s.warnings)
			return c.printConfig(s, f.format)
		},
	}
	cmd.Flags().StringVar(&f.format, "format", "yaml", "`FORMAT`: yaml, json, toml or ini")
	return cmd
}

// printConfig writes a configuration in a format.
func (c *commands) printConfig(s settings, format string) error {
	text, err := configfile.Sheet{Fields: s.trace.Fields(), Values: s.trace.Masked()}.Write(format)
	if err == nil {
		c.print("%s", text)
	}
	return err
}

func (c *commands) configValidate(f *configFlags) *cobra.Command {
	return &cobra.Command{
		Use: "validate [FILE]", Short: "Check a configuration and name every mistake", Args: atMost(1),
		Long: `Checks the configuration: syntax, keys, types and rules. Every mistake is named at once, with its line and column, and what
to write instead. Exits with 2 when there is one.`,
		Example: "  kai config validate\n  kai config validate kai.yaml",
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				c.configFlag = args[0]
			}
			s, err := f.settings(c)
			if err != nil {
				return err
			}
			c.warn(s.warnings)
			c.print("The configuration of %s mode is valid (%s).\n", s.mode, orDefaults(s.file))
			if word := notRun(s.mode); word != "" {
				c.print("Note: %s.\n", word)
			}
			return nil
		},
	}
}

// orDefaults names a file, or that there is none.
func orDefaults(file string) string {
	if file == "" {
		return "no file, the defaults hold"
	}
	return file
}

func (c *commands) configExplain(f *configFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "explain [KEY]", Short: "Say what a key means and where its value came from", Args: atMost(1),
		Long: `Says of one key what it means, what it may be, its value, and every source that set it. Without a key, lists all keys with
their values and where each came from.`,
		Example: "  kai config explain networking.port\n  kai config explain",
		RunE:    func(_ *cobra.Command, args []string) error { return c.explain(f, args) },
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			var keys []string
			for _, field := range config.Fields(defaultsOf(mode.Mode(f.mode))) {
				keys = append(keys, field.Path)
			}
			return keys, cobra.ShellCompDirectiveNoFileComp
		},
	}
	return cmd
}

func (c *commands) explain(f *configFlags, args []string) error {
	s, err := f.settings(c)
	if err != nil {
		return err
	}
	if len(args) == 0 {
		c.explainAll(s.trace)
		return nil
	}
	e, ok := s.trace.Explain(args[0])
	if !ok {
		return noSuchKey(args[0], s.trace.Fields())
	}
	c.explainOne(e)
	if g, ok := gapOf(args[0], s.standalone); ok && s.mode == mode.Standalone {
		c.print("  Note: %s.\n", g.what)
	}
	return nil
}

// noSuchKey names the key that was meant.
func noSuchKey(key string, fields []config.Field) error {
	var names []string
	for _, field := range fields {
		names = append(names, field.Path)
	}
	f := fault.New(fault.Invalid, "there is no key %s", key)
	if near := config.Nearest(key, names); near != "" {
		return f.WithRemedy("did you mean %s?", near)
	}
	return f.WithRemedy("kai config explain lists the keys")
}

// explainAll lists every value with its origin.
func (c *commands) explainAll(t config.Trace) {
	w := tabwriter.NewWriter(c.Stdout, 0, 0, 2, ' ', 0)
	for _, field := range t.Fields() {
		if e, ok := t.Explain(field.Path); ok && field.Leaf() {
			_, _ = fmt.Fprintf(w, "%s\t%s\t%s\n", field.Path, orUnset(e.Value), e.Origin)
		}
	}
	_ = w.Flush() // nobody reads it: nothing to be done
}

// orUnset shows a value, or that there is none.
func orUnset(n *config.Node) string {
	if n == nil {
		return "(not set)"
	}
	return n.Show()
}

// explainOne tells all about one key.
func (c *commands) explainOne(e config.Explanation) {
	c.print("%s = %s\n", e.Field.Path, orUnset(e.Value))
	if e.Field.Doc != "" {
		c.print("  %s\n", e.Field.Doc)
		c.print("  Write: %s\n", config.Expected(e.Field))
	}
	if e.Field.Doc != "" && e.Field.Leaf() {
		c.print("  Variable: %s\n", e.Field.Env())
	}
	for i, setting := range e.History {
		holds := ""
		if i == len(e.History)-1 {
			holds = "  (holds)"
		}
		c.print("  %s: %s%s\n", setting.Origin, setting.Value.Show(), holds)
	}
}

func (c *commands) configSchema(f *configFlags) *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON Schema of the configuration", Args: atMost(0),
		Long: `Prints the JSON Schema of a mode's configuration: keys, types, choices, defaults and meanings. Editors complete and check a
YAML file that starts with this line, as those of kai config init do:

  # yaml-language-server: $schema=standalone.schema.json`,
		Example: "  kai config schema > standalone.schema.json",
		RunE: func(*cobra.Command, []string) error {
			m, err := mode.Parse(f.mode)
			if err != nil {
				return err
			}
			text, err := schemaOf(m)
			c.print("%s\n", text)
			return err
		},
	}
}

func schemaOf(m mode.Mode) ([]byte, error) {
	return schema.Generate("kAI, "+string(m)+" mode", defaultsOf(m))
}
