package daemon

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/kindos/kai/shared/fault"
)

// Manager carries a plan out. Run runs one command of the system and gives what it printed.
type Manager struct {
	Plan Plan
	Run  func(ctx context.Context, words []string) (string, error)
}

// System runs a command for real.
func System(ctx context.Context, words []string) (string, error) {
	out, err := exec.CommandContext(ctx, words[0], words[1:]...).CombinedOutput() //nolint:gosec // the plan's own words
	return strings.TrimSpace(string(out)), err
}

// Installed says whether the file is there.
func (m Manager) Installed() bool {
	_, err := os.Stat(m.Plan.File)
	return err == nil
}

// Install writes the file and tells the system. A system that does not answer is fault.Unavailable; the file stays then.
func (m Manager) Install(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(m.Plan.File), 0o755); err != nil { //nolint:gosec // the system's own folder, as it makes it
		return unwritable(m.Plan.File, err)
	}
	if err := os.WriteFile(m.Plan.File, []byte(m.Plan.Text), 0o600); err != nil {
		return unwritable(m.Plan.File, err)
	}
	return m.Do(ctx, Install)
}

// Uninstall stops kai as the system's service and removes the file. It may be called when nothing is installed.
func (m Manager) Uninstall(ctx context.Context) error {
	if !m.Installed() {
		return nil
	}
	told := m.Do(ctx, Uninstall)
	if err := os.Remove(m.Plan.File); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return unwritable(m.Plan.File, err)
	}
	return told
}

// Do runs the commands of a step, up to the first that fails.
func (m Manager) Do(ctx context.Context, step string) error {
	for _, words := range m.Plan.Commands[step] {
		if out, err := m.Run(ctx, words); err != nil {
			said, _, _ := strings.Cut(out, "\n")
			if said == "" {
				said = err.Error()
			}
			return fault.New(fault.Unavailable, "%s: %s", strings.Join(words, " "), said).WithRemedy("see that this works in a terminal of your own session")
		}
	}
	return nil
}

// unwritable says that the system's file can't be changed.
func unwritable(file string, err error) error {
	return fault.New(fault.Unavailable, "%s can't be changed: %w", file, err).WithRemedy("make its folder writable for you")
}
