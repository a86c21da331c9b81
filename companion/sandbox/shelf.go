package sandbox

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/kindos/kai/companion/datadir"
	"github.com/kindos/kai/shared/fault"
	"github.com/kindos/kai/shared/tool"
)

// folder is where installed guests are in the data directory, each in one of its own.
const folder = "tools"

// Shelf is the guests that are installed in a data directory.
type Shelf struct{ dir datadir.Dir }

// ShelfIn gives the guests of a data directory.
func ShelfIn(dir datadir.Dir) Shelf { return Shelf{dir} }

// ReadManifest reads the manifest of a guest's folder.
func ReadManifest(path string) (Manifest, error) {
	text, err := readFile(filepath.Join(path, ManifestFile), maxManifest)
	if err != nil {
		return Manifest{}, err
	}
	return ParseManifest(text)
}

// Read reads a guest from a folder, installed or not.
func Read(path string) (Manifest, []byte, error) {
	m, err := ReadManifest(path)
	if err != nil {
		return m, nil, err
	}
	module, err := readFile(filepath.Join(path, ModuleFile), maxModule)
	return m, module, err
}

func readFile(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fault.Wrap(fault.NotFound, err, "there is no "+path).WithRemedy("kai tool new and kai tool build make one")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > most:
		return nil, fault.New(fault.Invalid, "%s is no file of at most %d KB", path, most>>10)
	}
	return os.ReadFile(path) //nolint:gosec // the person names it
}

// Install copies a guest from a folder, once it is known that it can be run. One of that name is replaced.
func (s Shelf) Install(ctx context.Context, path string) (Manifest, error) {
	text, err := readFile(filepath.Join(path, ManifestFile), maxManifest) // once: what is kept is what was checked
	if err != nil {
		return Manifest{}, err
	}
	m, err := ParseManifest(text)
	if err != nil {
		return m, err
	}
	module, err := readFile(filepath.Join(path, ModuleFile), maxModule)
	if err != nil {
		return m, err
	}
	guest, err := Load(ctx, m, module)
	if err != nil {
		return m, err
	}
	_ = guest.Close(ctx)
	return m, s.dir.Alone(folder, func() error {
		if _, err := s.dir.Make(filepath.Join(folder, m.Name)); err != nil {
			return err
		}
		if err := s.dir.Write(filepath.Join(folder, m.Name, ModuleFile), module); err != nil {
			return err
		}
		return s.dir.Write(filepath.Join(folder, m.Name, ManifestFile), text) // last: without it the guest is not there
	})
}

// Remove takes a guest away.
func (s Shelf) Remove(name string) error {
	if !s.has(name) {
		return fault.New(fault.NotFound, "there is no guest tool called %.40q", name).WithField("name").WithRemedy("kai tool list shows them")
	}
	return s.dir.Alone(folder, func() error { return os.RemoveAll(s.path(name)) })
}

func (s Shelf) has(name string) bool {
	if tool.Check(tool.Definition{Name: name}) != nil {
		return false
	}
	_, err := os.Stat(filepath.Join(s.path(name), ManifestFile))
	return err == nil
}

func (s Shelf) path(name string) string { return s.dir.File(filepath.Join(folder, name)) }

// Installed is a guest of the shelf, or why it cannot be used.
type Installed struct {
	Name     string
	Manifest Manifest
	Wrong    error
}

// All lists the guests by name.
func (s Shelf) All() ([]Installed, error) {
	entries, err := os.ReadDir(s.dir.File(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var out []Installed
	for _, e := range entries {
		if !e.IsDir() || !s.has(e.Name()) {
			continue
		}
		m, err := ReadManifest(s.path(e.Name()))
		one := Installed{Name: e.Name(), Manifest: m}
		if err == nil && one.Manifest.Name != e.Name() {
			err = fault.New(fault.Invalid, "the folder %s has a tool called %s", e.Name(), one.Manifest.Name).WithRemedy("install it again")
		}
		one.Wrong = err
		out = append(out, one)
	}
	return out, nil
}

// Guests calls the installed guests. Each is loaded when it is first called, and again when it was installed anew.
type Guests struct {
	shelf Shelf

	mu     sync.Mutex
	loaded map[string]loaded
}

type loaded struct {
	guest *Guest
	stamp string // of the files that it was made of
}

// NewGuests makes a host of the guests of a shelf. Close frees them.
func NewGuests(s Shelf) *Guests { return &Guests{shelf: s, loaded: map[string]loaded{}} }

// Owns says whether tools of a source are guests.
func (g *Guests) Owns(source string) bool { return source == Source }

// List gives the tools of the guests, and which of them cannot be used.
func (g *Guests) List(context.Context) tool.List {
	all, err := g.shelf.All()
	if err != nil {
		return tool.List{Faults: []string{"The guest tools cannot be read: " + short(err.Error())}}
	}
	var out tool.List
	for _, one := range all {
		if one.Wrong != nil {
			out.Faults = append(out.Faults, one.Name+": "+fault.Public(one.Wrong).Words())
			continue
		}
		out.Tools = append(out.Tools, one.Manifest.definition())
	}
	return out
}

// Call calls a guest.
func (g *Guests) Call(ctx context.Context, c tool.Call) (string, error) {
	guest, err := g.load(ctx, c.Name)
	if err != nil {
		return "", err
	}
	return guest.Call(ctx, c.Arguments)
}

// Close frees all guests. No call may go on.
func (g *Guests) Close(ctx context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	var err error
	for name, one := range g.loaded {
		err = errors.Join(err, one.guest.Close(ctx))
		delete(g.loaded, name)
	}
	return err
}

func (g *Guests) load(ctx context.Context, name string) (*Guest, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.shelf.has(name) {
		return nil, fault.New(fault.NotFound, "there is no guest tool called %.80q any more", name).WithField("name")
	}
	stamp := stampOf(g.shelf.path(name))
	if held, ok := g.loaded[name]; ok {
		if held.stamp == stamp {
			return held.guest, nil
		}
		delete(g.loaded, name)
		_ = held.guest.Close(context.WithoutCancel(ctx))
	}
	m, module, err := Read(g.shelf.path(name))
	if err != nil {
		return nil, err
	}
	guest, err := Load(context.WithoutCancel(ctx), m, module)
	if err != nil {
		return nil, err
	}
	g.loaded[name] = loaded{guest, stamp}
	return guest, nil
}

// stampOf changes when a guest is installed anew.
func stampOf(path string) string {
	var out strings.Builder
	for _, name := range []string{ManifestFile, ModuleFile} {
		if info, err := os.Stat(filepath.Join(path, name)); err == nil {
			out.WriteString(info.ModTime().String())
		}
	}
	return out.String()
}
