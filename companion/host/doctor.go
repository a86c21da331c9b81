package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
)

// Problem is a broken link on the way from a browser to kai. Mends says that Install cures it.
type Problem struct {
	What  string
	Cure  string
	Mends bool
}

// Broken names the first broken link from the browser to kai, or "" when all hold.
func (p Place) Broken() string {
	if all := p.Problems(); len(all) > 0 {
		return all[0].What
	}
	return ""
}

// Problems names every broken link that can be seen, the first one first.
func (p Place) Problems() []Problem {
	if p.onlySandboxed() {
		return []Problem{{
			What: fmt.Sprintf("this %s is a %s: its sandbox keeps it from starting kai", p.Browser.Name, p.Sandbox),
			Cure: fmt.Sprintf("install %s as a package of your system or from its maker, or use the web app: kai open", p.Browser.Name),
		}}
	}
	all := p.registryProblems()
	got, problem := p.read()
	if problem != "" {
		return append(all, mend(problem))
	}
	all = append(all, p.manifestProblems(got)...)
	all = append(all, p.programProblems(got)...)
	if p.Launcher != nil && len(all) == 0 {
		all = p.Launcher.problems()
	}
	return all
}

// Notes tell what is not broken and still good to know.
func (p Place) Notes() []string {
	var notes []string
	if !p.Used && p.Sandbox == "" {
		notes = append(notes, p.Browser.Name+" has no profile here")
	}
	if p.Sandbox != "" && p.Used {
		notes = append(notes, fmt.Sprintf("a %s of %s is here, too; that one cannot start kai", p.Sandbox, p.Browser.Name))
	}
	for _, dir := range p.System {
		if file := filepath.Join(dir, Name+".json"); exists(file) {
			notes = append(notes, file+" tells all users of this computer about kai; your own manifest comes first")
		}
	}
	return notes
}

func mend(what string) Problem {
	return Problem{What: what, Cure: "run: kai native doctor --fix", Mends: true}
}

func (p Place) registryProblems() []Problem {
	if p.Registry == nil {
		return nil
	}
	at, ok, err := p.Registry.Get(p.key())
	switch {
	case err != nil:
		return []Problem{{What: "the registry key cannot be read: " + err.Error(), Cure: "look at HKEY_CURRENT_USER\\" + p.key()}}
	case !ok:
		return []Problem{mend("not installed: there is no registry key")}
	case at != p.File():
		return []Problem{mend("the registry leads to another manifest: " + at)}
	}
	return nil
}

func (p Place) read() (got manifest, problem string) {
	text, err := os.ReadFile(p.File())
	switch {
	case errors.Is(err, os.ErrNotExist):
		return got, "not installed"
	case err != nil:
		return got, "the manifest cannot be read: " + err.Error()
	case json.Unmarshal(text, &got) != nil:
		return got, "the manifest is not JSON"
	}
	return got, ""
}

func (p Place) manifestProblems(got manifest) []Problem {
	want := p.manifest()
	var all []Problem
	if got.Name != want.Name {
		all = append(all, mend(fmt.Sprintf("the manifest names %q instead of %q", got.Name, want.Name)))
	}
	if got.Type != want.Type {
		all = append(all, mend(fmt.Sprintf("the manifest's type is %q instead of %q", got.Type, want.Type)))
	}
	if !slices.Equal(got.Origins, want.Origins) || !slices.Equal(got.Extensions, want.Extensions) {
		all = append(all, mend("the manifest lets in another extension"))
	}
	return all
}

func (p Place) programProblems(got manifest) []Problem {
	if !filepath.IsAbs(got.Path) {
		return []Problem{mend("the manifest's path is not absolute")}
	}
	info, err := os.Stat(got.Path)
	switch {
	case err != nil:
		return []Problem{mend("the program is not there: " + got.Path)}
	case !info.Mode().IsRegular():
		return []Problem{mend("the manifest's path is not a program: " + got.Path)}
	case got.Path != p.Program && !sameFile(info, p.Program):
		return []Problem{mend("the manifest starts another program: " + got.Path)}
	case p.Launcher != nil: // which has problems of its own
	case runtime.GOOS != "windows" && info.Mode().Perm()&0o111 == 0:
		return []Problem{{What: "the program is not executable: " + got.Path, Cure: "run: chmod +x " + got.Path}}
	}
	return nil
}

func sameFile(info os.FileInfo, path string) bool {
	other, err := os.Stat(path)
	return err == nil && os.SameFile(info, other)
}
