package cli

import (
	"github.com/kindos/kai/companion/app"
	"github.com/kindos/kai/shared/config"
)

// gap is a key that the configuration has, because the specification has it, and whose part is not in this version.
type gap struct {
	key    string
	step   string // of kai modes standalone that shows as degraded; "" when there is none
	wanted func(config.Standalone) bool
	what   string // happens instead
	remedy string
}

// gaps lists what kai does not do yet. An entry goes with the code that fills it.
func gaps() []gap {
	return []gap{
		{
			"storage.db", "", func(c config.Standalone) bool { return c.Storage.DB == config.DBDuckDB && !app.HasDuckDB },
			"DuckDB is not in this build, which is pure Go, so kai run refuses to start", "run the full build (make full), or set it to sqlite",
		},
	}
}

// asked are the gaps that the person asked to be filled. Defaults ask for nothing.
func asked(c config.Standalone, trace config.Trace) (out []gap) {
	for _, g := range gaps() {
		if e, _ := trace.Explain(g.key); g.wanted(c) && e.Origin.Layer != config.LayerDefault {
			out = append(out, g)
		}
	}
	return out
}

// missing tells the person of the gaps that matter to them, each with where it was asked for.
func missing(c config.Standalone, trace config.Trace) (out []config.Problem) {
	for _, g := range asked(c, trace) {
		e, _ := trace.Explain(g.key) // the key is ours
		out = append(out, config.Problem{Path: g.key, Message: g.what, Remedy: g.remedy, Origin: e.Origin})
	}
	return out
}

// unbuilt names the steps that were asked for and are not in this version, with the reason.
func unbuilt(s settings) map[string]string {
	out := map[string]string{}
	for _, g := range asked(s.standalone, s.trace) {
		if g.step != "" {
			out[g.step] = g.key + " is set, but " + g.what
		}
	}
	return out
}

// gapOf finds what is missing behind a key whose value is in force, also when it is the default.
func gapOf(key string, c config.Standalone) (gap, bool) {
	for _, g := range gaps() {
		if g.key == key && g.wanted(c) {
			return g, true
		}
	}
	return gap{}, false
}
