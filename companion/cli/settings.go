package cli

import (
	"fmt"
	"slices"

	"github.com/kindos/kai/companion/configfile"
	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/driver"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/mode"
)

// ownVariables are the environment variables that kai reads itself, beside those of the keys.
func ownVariables() []string {
	return []string{"KAI_DATA", "KAI_CONFIG", envCert, envKey}
}

// settings is a configuration of a mode, with what the commands need of it.
type settings struct {
	mode       mode.Mode
	standalone config.Standalone // of standalone mode
	trace      config.Trace
	warnings   []config.Problem
	file       string
}

// load reads the configuration of a mode: defaults, file, environment, then flags as key=value.
func (c *commands) load(m mode.Mode, dir datadir.Dir, flags []flagValue) (settings, error) {
	file, sources, err := c.fileSource(m, dir)
	if err != nil {
		return settings{}, err
	}
	env, unknown := config.FromEnv(config.Fields(defaultsOf(m)), c.Environ, ownVariables()...)
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
	file := c.namedConfig()
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

// namedConfig is the file that --config or KAI_CONFIG names; "" for none.
func (c *commands) namedConfig() string {
	if c.configFlag != "" {
		return c.configFlag
	}
	return c.Place.Getenv("KAI_CONFIG")
}

// strangers drops warnings about variables that are keys of another mode.
func (c *commands) strangers(unknown []config.Problem) []config.Problem {
	var all []config.Field
	for _, info := range mode.All() {
		all = append(all, config.Fields(defaultsOf(info.Mode))...)
	}
	return slices.DeleteFunc(unknown, func(p config.Problem) bool {
		return slices.ContainsFunc(all, func(f config.Field) bool { return f.Env() == p.Origin.Source })
	})
}

// defaultsOf are the defaults of a mode.
func defaultsOf(m mode.Mode) any {
	switch m {
	case mode.Browser:
		return config.DefaultBrowser()
	case mode.Embedded:
		return config.DefaultEmbedded()
	case mode.Server:
		return config.DefaultServer()
	case mode.Cluster:
		return config.DefaultCluster()
	default:
		return config.DefaultStandalone(extensionOrigins()...)
	}
}

// resolve lays the sources over the mode's defaults.
func resolve(m mode.Mode, sources []config.Source) (settings, error) {
	switch def := defaultsOf(m).(type) {
	case config.Browser:
		return resolved(m, def, sources)
	case config.Embedded:
		return resolved(m, def, sources)
	case config.Server:
		return resolved(m, def, sources)
	case config.Cluster:
		return resolved(m, def, sources)
	default:
		s, err := resolved(m, config.DefaultStandalone(extensionOrigins()...), sources)
		if err == nil {
			s.warnings = append(s.warnings, missing(s.standalone, s.trace)...)
		}
		return s, err
	}
}

// resolved lays the sources over the defaults of one type.
func resolved[C config.Checked](m mode.Mode, def C, sources []config.Source) (settings, error) {
	r, err := config.Resolve(def, sources...)
	if err != nil {
		return settings{mode: m, trace: r.Trace}, err // it knows the secrets, also those of a wrong file
	}
	s := settings{mode: m, trace: r.Trace, warnings: r.Warnings}
	s.standalone, _ = any(r.Config).(config.Standalone)
	return s, nil
}

// notRun says of a mode that this program can't run it, which its configuration does not show.
func notRun(m mode.Mode) string {
	if m == mode.Browser || driver.Runs(m) {
		return ""
	}
	return fmt.Sprintf("%s mode is not in this version, so nothing uses this configuration yet", m)
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
