package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kindos/kai/shared/fault"
)

// manifest is the file by which a browser finds a host.
type manifest struct {
	Name       string   `json:"name"`
	About      string   `json:"description"`
	Path       string   `json:"path"`
	Type       string   `json:"type"`
	Origins    []string `json:"allowed_origins,omitempty"`
	Extensions []string `json:"allowed_extensions,omitempty"`
}

// Place says what to write where.
type Place struct {
	Browser    Browser
	Folder     string // where the manifest goes
	Program    string // absolute path that the browser shall start
	ChromiumID string
}

// File is the manifest's path.
func (p Place) File() string { return filepath.Join(p.Folder, Name+".json") }

// Install writes the manifest, replacing what is there in one step.
func (p Place) Install() error {
	text, err := json.MarshalIndent(p.manifest(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode the host manifest: %w", err)
	}
	if err := os.MkdirAll(p.Folder, 0o755); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the folder for host manifests cannot be made")
	}
	temp := p.File() + ".new"
	if err := os.WriteFile(temp, append(text, '\n'), 0o644); err != nil { //nolint:gosec // browsers read it
		return fault.Wrap(fault.Unavailable, err, "the host manifest cannot be written")
	}
	if err := os.Rename(temp, p.File()); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the host manifest cannot be put in place")
	}
	return nil
}

func (p Place) manifest() manifest {
	m := manifest{Name: Name, About: "kAI companion", Path: p.Program, Type: "stdio"}
	if p.Browser.Family == Gecko {
		m.Extensions = []string{GeckoID}
	} else {
		m.Origins = []string{"chrome-extension://" + p.ChromiumID + "/"}
	}
	return m
}

// Uninstall removes the manifest; it is no mistake when there is none.
func (p Place) Uninstall() error {
	if err := os.Remove(p.File()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "the host manifest cannot be removed")
	}
	return nil
}

// Broken names the first broken link from the browser to kai, or "" when all hold.
func (p Place) Broken() string {
	text, err := os.ReadFile(p.File())
	if errors.Is(err, os.ErrNotExist) {
		return "not installed"
	}
	if err != nil {
		return "the manifest cannot be read: " + err.Error()
	}
	var got manifest
	if err := json.Unmarshal(text, &got); err != nil {
		return "the manifest is not JSON"
	}
	want := p.manifest()
	switch {
	case got.Name != want.Name:
		return fmt.Sprintf("the manifest names %q instead of %q", got.Name, want.Name)
	case got.Type != want.Type:
		return fmt.Sprintf("the manifest's type is %q instead of %q", got.Type, want.Type)
	case !filepath.IsAbs(got.Path):
		return "the manifest's path is not absolute"
	case fmt.Sprint(got.Origins, got.Extensions) != fmt.Sprint(want.Origins, want.Extensions):
		return "the manifest lets in another extension"
	}
	info, err := os.Stat(got.Path)
	switch {
	case err != nil:
		return "the program is not there: " + got.Path
	case info.Mode().Perm()&0o111 == 0:
		return "the program is not executable: " + got.Path
	case got.Path != want.Path:
		return "the manifest starts another program: " + got.Path
	}
	return ""
}
