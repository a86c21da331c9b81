package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// computer is the one that is made ready.
type computer struct {
	root string
	say  io.Writer
}

func (c *computer) sayf(format string, args ...any) { fmt.Fprintf(c.say, format+"\n", args...) }

// missing lists the parts that purpose needs and that are not there.
func (c *computer) missing(ctx context.Context, all []part, purpose purpose) []part {
	var missing []part
	for _, p := range all {
		if p.since <= purpose && !p.have(ctx) {
			missing = append(missing, p)
		}
	}
	return missing
}

// get installs the missing parts by apt where it may, and otherwise says how to get them.
func (c *computer) get(ctx context.Context, missing []part) error {
	if !program("apt-get")(ctx) {
		c.tell(missing, func(p part) string { return otherCommand(ctx, p) })
		return errMissing
	}
	become, may := rights(ctx)
	if !may {
		c.tell(missing, func(p part) string { return "sudo apt-get install -y " + p.apt[0] })
		return errMissing
	}
	return c.apt(ctx, become, missing)
}

func (c *computer) tell(missing []part, how func(part) string) {
	c.sayf("These parts are missing:")
	for _, p := range missing {
		c.sayf("  %-14s %s; get it with: %s", p.name, p.why, how(p))
	}
}

// rights tells how to become root, and whether that works without a question.
func rights(ctx context.Context) (become []string, may bool) {
	if os.Geteuid() == 0 {
		return nil, true
	}
	if exec.CommandContext(ctx, "sudo", "-n", "true").Run() == nil {
		return []string{"sudo", "-n"}, true
	}
	return nil, false
}

func (c *computer) apt(ctx context.Context, become []string, missing []part) error {
	if err := c.loud(ctx, append(become, "apt-get", "update", "-qq")...); err != nil {
		return err
	}
	install := append(become, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-qq", "--no-install-recommends")
	for _, p := range missing {
		install = append(install, available(ctx, p.apt))
	}
	if err := c.loud(ctx, install...); err != nil {
		return err
	}
	var still []part
	for _, p := range missing {
		if !p.have(ctx) {
			still = append(still, p)
		}
	}
	if len(still) > 0 {
		c.tell(still, func(p part) string { return p.other })
		return errMissing
	}
	return nil
}

// available is the first of the names that this distribution can install; Ubuntu lacks some of Debian's.
func available(ctx context.Context, names []string) string {
	for _, name := range names {
		text, err := exec.CommandContext(ctx, "apt-cache", "policy", name).Output()
		if err == nil && strings.Contains(string(text), "Candidate:") && !strings.Contains(string(text), "Candidate: (none)") {
			return name
		}
	}
	return names[0]
}

// otherCommand is how a part is had where there is no apt.
func otherCommand(ctx context.Context, p part) string {
	name := strings.NewReplacer("nodejs", "node", "python3-pip", "python", "g++", "gcc").Replace(p.apt[0])
	switch {
	case program("brew")(ctx):
		return "brew install " + strings.TrimSuffix(strings.TrimSuffix(name, "3-dev"), "-dev")
	case program("dnf")(ctx):
		return "sudo dnf install " + p.name + " (or see " + p.other + ")"
	case program("pacman")(ctx):
		return "sudo pacman -S " + p.name + " (or see " + p.other + ")"
	}
	return p.other
}

// loud runs a command with its output shown.
func (c *computer) loud(ctx context.Context, args ...string) error {
	c.sayf("+ %s", strings.Join(args, " "))
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdout, cmd.Stderr = c.say, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", strings.Join(args, " "), err)
	}
	return nil
}
