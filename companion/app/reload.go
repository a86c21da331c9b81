package app

import (
	"errors"
	"strings"

	"github.com/kindos/kai/shared/config"
	"github.com/kindos/kai/shared/fault"
)

// Loaded is a configuration that is valid, and how it came about.
type Loaded struct {
	Config config.Standalone
	Trace  config.Trace
}

// Reloaded says what a new configuration did: keys that hold now, and keys that hold after a restart.
type Reloaded struct {
	Applied []string `json:"applied"`
	Restart []string `json:"restart"`
}

// live lists the keys that take effect while kai runs. All others are read once, at the start:
// a port, an engine or a way to sign in does not change under those who use it.
func live() []livePart {
	return []livePart{
		{"networking.cors", func(to *config.Standalone, from config.Standalone) { to.Networking.CORS = from.Networking.CORS }},
		{"services", func(to *config.Standalone, from config.Standalone) { to.Services = from.Services }},
	}
}

// livePart is a key, or a group of keys, that can change.
type livePart struct {
	key  string
	take func(to *config.Standalone, from config.Standalone)
}

// has says whether a key belongs to the part.
func (p livePart) has(key string) bool {
	return key == p.key || strings.HasPrefix(key, p.key+".")
}

// config is what holds now: what kai was started with, and what has changed live since.
func (a *App) config() config.Standalone { return a.holds.Load().Config }

// Reload reads the configuration anew and lets what may change take effect. One that is wrong is refused and logged, and
// what was in force stays.
func (a *App) Reload() (Reloaded, error) {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	if a.opt.Load == nil {
		return Reloaded{}, fault.New(fault.Unsupported, "this kai was started without a configuration that can change").WithRemedy("restart it")
	}
	next, err := a.opt.Load()
	if err == nil {
		err = supported(next.Config)
	}
	if err != nil {
		return Reloaded{}, a.refuse(err)
	}
	before, holds := a.holds.Load(), Loaded{a.opt.Config, next.Trace}
	for _, part := range live() {
		part.take(&holds.Config, next.Config)
	}
	a.holds.Store(&holds)
	a.api.SetCORS(holds.Config.Networking.CORS)
	out := Reloaded{
		Applied: keysOf(before.Trace, next.Trace, changes),
		Restart: keysOf(a.opt.Trace, next.Trace, func(key string) bool { return !changes(key) }),
	}
	a.log("config").Info("the configuration was read anew", "applied", out.Applied, "restart", out.Restart)
	return out, nil
}

// changes says whether a key takes effect while kai runs.
func changes(key string) bool {
	for _, part := range live() {
		if part.has(key) {
			return true
		}
	}
	return false
}

// keysOf lists the keys that differ and that are wanted.
func keysOf(from, to config.Trace, wanted func(string) bool) []string {
	out := []string{} // [] in JSON, not null
	for _, c := range config.Diff(from, to) {
		if wanted(c.Path) {
			out = append(out, c.Path)
		}
	}
	return out
}

// refuse logs every mistake of a configuration, and tells them all.
func (a *App) refuse(err error) error {
	var problems config.Problems
	if !errors.As(err, &problems) {
		a.log("config").Error("the new configuration is not taken, the old one stays", "error", err)
		return err
	}
	for _, p := range problems {
		a.log("config").Error("the new configuration is not taken, the old one stays", "mistake", p.String())
	}
	return fault.New(fault.Invalid, "the running kai does not take the new configuration: %s", strings.ReplaceAll(problems.Error(), "\n", "; and ")).
		WithRemedy("the old one stays until that is mended")
}
