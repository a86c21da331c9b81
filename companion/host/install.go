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
	Program    string // absolute path that the browser shall start: kai, or the launcher
	Launcher   *Launcher
	ChromiumID string
	Used       bool     // the person has a profile of this browser
	Sandbox    string   // "Snap" or "Flatpak" when such an edition is installed
	System     []string // folders of all users, where an administrator may have put a manifest
	Registry   Registry // set on Windows: where the browser reads the manifest's path
}

// File is the manifest's path.
func (p Place) File() string { return filepath.Join(p.Folder, Name+".json") }

// At is the place for a Chromium that was started with its own user data directory: there the browser looks nowhere else.
func (p Place) At(userData string) Place {
	p.Folder, p.Used, p.Sandbox = filepath.Join(userData, "NativeMessagingHosts"), true, ""
	return p
}

// onlySandboxed is whether all that is here of the browser is a sandboxed edition, which cannot start kai.
func (p Place) onlySandboxed() bool { return p.Sandbox != "" && !p.Used }

func (p Place) key() string { return p.Browser.Registry + `\` + Name }

// Install writes the manifest, replacing what is there in one step, and the registry key on Windows. For a browser of
// which only a sandboxed edition is here it does nothing: Problems tells the way out.
func (p Place) Install() error {
	if p.onlySandboxed() {
		return nil
	}
	if p.Launcher != nil {
		if err := p.Launcher.Install(); err != nil {
			return err
		}
	}
	text, err := json.MarshalIndent(p.manifest(), "", "  ")
	if err != nil {
		return fmt.Errorf("encode the host manifest: %w", err)
	}
	if err := os.MkdirAll(p.Folder, 0o755); err != nil { //nolint:gosec // browsers read it
		return fault.Wrap(fault.Unavailable, err, "the folder for host manifests cannot be made: "+p.Folder)
	}
	if err := replace(p.File(), append(text, '\n'), 0o644); err != nil {
		return fault.Wrap(fault.Unavailable, err, "the host manifest cannot be written: "+p.File())
	}
	if p.Registry != nil {
		if err := p.Registry.Set(p.key(), p.File()); err != nil {
			return fault.Wrap(fault.Unavailable, err, "the registry key cannot be written: "+p.key())
		}
	}
	return nil
}

// replace writes a file so that a reader sees the old or the new text, never half of it.
func replace(path string, text []byte, mode os.FileMode) error {
	temp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Chmod(temp.Name(), mode)
	}
	if err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // what is left of a failed write has no use
	}
	return err
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

// Uninstall removes the manifest and its registry key; it is no mistake when there is none. A key that leads elsewhere is
// not ours and stays.
func (p Place) Uninstall() error {
	if p.Registry != nil {
		if at, ok, err := p.Registry.Get(p.key()); err == nil && ok && at == p.File() {
			if err := p.Registry.Delete(p.key()); err != nil {
				return fault.Wrap(fault.Unavailable, err, "the registry key cannot be removed: "+p.key())
			}
		}
	}
	if err := os.Remove(p.File()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fault.Wrap(fault.Unavailable, err, "the host manifest cannot be removed: "+p.File())
	}
	return nil
}
