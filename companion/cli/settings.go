package cli

import (
	"fmt"
	"slices"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// ownVariables are the environment variables that kai reads itself, beside those of the keys.
func ownVariables() []string {
	return []string{"KAI_DATA", "KAI_CONFIG"}
}

// settings is a configuration of either mode, with what the commands need of it.
type settings struct {
	mode       mode.Mode
	standalone config.Standalone
	browser    config.Browser
	trace      config.Trace
	warnings   []config.Problem
	file       string
}

// load reads the configuration of a mode: defaults, file, environment, then flags as key=value.
func (c *commands) load(m mode.Mode, dir datadir.Dir, flags []flagValue) (settings, error) {
	fields, err := fieldsOf(m)
	if err != nil {
		return settings{}, err
	}
	file, sources, err := c.fileSource(m, dir)
	if err != nil {
		return settings{}, err
	}
	env, unknown := config.FromEnv(fields, c.Environ, ownVariables()...)
	sources = append(sources, env)
	for _, f := range flags {
		source, ok := config.FromFlag(f.flag, f.assignment)
		if !ok {
			return settings{}, usage(fmt.Sprintf("%s %q is not KEY=VALUE", f.flag, f.assignment), "kai config")
		}
		sources = append(sources, source)
	}
	s, err := resolve(m, sources)
	s.file, s.warnings = file, append(s.warnings, c.strangers(unknown)...)
	return s, err
}

// flagValue is one key set on the command line, and by which flag.
type flagValue struct{ flag, assignment string }

// fileSource reads the configuration file, if there is one: --config, KAI_CONFIG, or MODE.yaml in the data directory.
func (c *commands) fileSource(m mode.Mode, dir datadir.Dir) (string, []config.Source, error) {
	file := c.configFlag
	if file == "" {
		file = c.Place.Getenv("KAI_CONFIG")
	}
	if file == "" {
		found, err := configfile.Find(dir.File(string(m)))
		if err != nil || found == "" {
			return "", nil, err
		}
		file = found
	}
	source, err := configfile.Load(file)
	if fault.CodeOf(err) == fault.NotFound {
		err = fault.New(fault.Invalid, "there is no configuration file %s", file).WithRemedy("check the name, or leave it out to use the defaults")
	}
	return file, []config.Source{source}, err
}

// strangers drops warnings about variables that are keys of the other mode.
func (c *commands) strangers(unknown []config.Problem) []config.Problem {
	both := append(config.Fields(config.Browser{}), config.Fields(config.Standalone{})...)
	return slices.DeleteFunc(unknown, func(p config.Problem) bool {
		return slices.ContainsFunc(both, func(f config.Field) bool { return f.Env() == p.Origin.Source })
	})
}

// fieldsOf lists the keys of a mode. Modes without a configuration in this version answer fault.Unsupported.
func fieldsOf(m mode.Mode) ([]config.Field, error) {
	switch m {
	case mode.Standalone:
		return config.Fields(config.Standalone{}), nil
	case mode.Browser:
		return config.Fields(config.Browser{}), nil
	default:
		return nil, fault.New(fault.Unsupported, "%s mode has no configuration in this version", m).WithRemedy("kai modes tells what there is")
	}
}

// resolve lays the sources over the mode's defaults.
func resolve(m mode.Mode, sources []config.Source) (settings, error) {
	if m == mode.Browser {
		r, err := config.Resolve(config.DefaultBrowser(), sources...)
		return settings{mode: m, browser: r.Config, trace: r.Trace, warnings: r.Warnings}, err
	}
	r, err := config.Resolve(config.DefaultStandalone(extensionOrigins()...), sources...)
	if err != nil {
		return settings{mode: m}, err
	}
	return settings{mode: m, standalone: r.Config, trace: r.Trace, warnings: append(r.Warnings, missing(r.Config, r.Trace)...)}, nil
}

// warn tells the person what is allowed but deserves a word.
func (c *commands) warn(warnings []config.Problem) {
	for _, w := range warnings {
		c.warnOf("%s", w.String())
	}
}

// warnOf tells the person one thing that deserves a word.
func (c *commands) warnOf(format string, args ...any) {
	_, _ = fmt.Fprintf(c.Stderr, "kai: warning: "+format+"\n", args...)
}
