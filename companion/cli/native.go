package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kindos/kai/companion/host"
	"github.com/kindos/kai/shared/fault"
)

// nativeFlags choose browsers.
type nativeFlags struct {
	browsers []string
	profile  string
	fix      bool
}

func (c *commands) nativeCommand() *cobra.Command {
	f := &nativeFlags{}
	cmd := &cobra.Command{
		Use: "native", Short: "Tell browsers about kai", GroupID: groupSet,
		Long: `Tell the browsers of this computer where kai is, so that the kAI extension finds it (native messaging).

Without --browser, every browser that has a profile here is meant. Snap and Flatpak browsers cannot start programs outside
their sandbox; use a browser from another source, or the web app (kai open).`,
		Example: "  kai native install\n  kai native doctor --fix\n  kai native uninstall --browser firefox",
	}
	flags := cmd.PersistentFlags()
	flags.StringSliceVar(&f.browsers, "browser", nil, "only `NAME`: chrome, chromium, edge, brave, vivaldi, firefox, librewolf")
	flags.StringVar(&f.profile, "profile", "", "a Chromium started with its own user data `DIR`")
	doctor := &cobra.Command{Use: "doctor", Short: "Name each broken link, and mend it with --fix", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error { return c.nativeDoctor(f) }}
	doctor.Flags().BoolVar(&f.fix, "fix", false, "mend what is broken")
	cmd.AddCommand(
		&cobra.Command{Use: "install", Short: "Write the files by which browsers find kai", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
			return c.eachPlace(f, host.Place.Install, "installed")
		}},
		&cobra.Command{Use: "uninstall", Short: "Remove them", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
			return c.eachPlace(f, host.Place.Uninstall, "removed")
		}},
		&cobra.Command{Use: "status", Short: "Say which browsers find kai", Args: cobra.NoArgs, RunE: func(*cobra.Command, []string) error {
			return c.eachPlace(f, func(host.Place) error { return nil }, "")
		}},
		doctor)
	return cmd
}

// eachPlace does something for every chosen browser and says how it stands.
func (c *commands) eachPlace(f *nativeFlags, do func(host.Place) error, done string) error {
	places, err := c.places(f)
	if err != nil {
		return err
	}
	for _, p := range places {
		if err := do(p); err != nil {
			return fmt.Errorf("%s: %w", p.Browser.Name, err)
		}
		state, broken := done, p.Broken()
		switch {
		case done != "removed" && broken != "": // installing does not help a sandboxed browser
			state = broken
		case done == "":
			state = "finds kai"
		}
		fmt.Fprintf(c.Stdout, "%-15s %s\n", p.Browser.Name, state)
	}
	return nil
}

// nativeDoctor names every broken link with its cure; it fails when any is left.
func (c *commands) nativeDoctor(f *nativeFlags) error {
	places, err := c.places(f)
	if err != nil {
		return err
	}
	left := 0
	for _, p := range places {
		problems := p.Problems()
		if f.fix && slices.ContainsFunc(problems, func(b host.Problem) bool { return b.Mends }) {
			if err := p.Install(); err != nil {
				return fmt.Errorf("%s: %w", p.Browser.Name, err)
			}
			fmt.Fprintf(c.Stdout, "%-15s %s; mended\n", p.Browser.Name, problems[0].What)
			problems = p.Problems()
		} else if len(problems) == 0 {
			fmt.Fprintf(c.Stdout, "%-15s in order\n", p.Browser.Name)
		}
		for _, b := range problems {
			fmt.Fprintf(c.Stdout, "%-15s %s; %s\n", p.Browser.Name, b.What, b.Cure)
		}
		for _, note := range p.Notes() {
			fmt.Fprintf(c.Stdout, "%-15s note: %s\n", "", note)
		}
		left += min(1, len(problems))
	}
	if left > 0 {
		return fault.New(fault.NotFound, "%d of %d browsers do not find kai", left, len(places)).WithRemedy("run: kai native doctor --fix")
	}
	return nil
}

// places are the manifests of the chosen browsers: those named, else those in use here, sandboxed ones too.
func (c *commands) places(f *nativeFlags) ([]host.Place, error) {
	here, err := host.This()
	if err != nil {
		return nil, err
	}
	program, err := c.hostProgram()
	if err != nil {
		return nil, err
	}
	all, err := here.Places(program, extensionID)
	if err != nil {
		return nil, err
	}
	for _, name := range f.browsers {
		if !slices.ContainsFunc(all, func(p host.Place) bool { return p.Browser.ID == name }) {
			return nil, fault.New(fault.Invalid, "there is no browser called %q", name).WithField("--browser").WithRemedy("see kai native --help")
		}
	}
	var places []host.Place
	for _, p := range all {
		if chosen := slices.Contains(f.browsers, p.Browser.ID); !chosen && (len(f.browsers) > 0 || !p.Used && p.Sandbox == "") {
			continue
		}
		if f.profile != "" && p.Browser.Family == host.Chromium {
			p = p.At(f.profile)
		}
		places = append(places, p)
	}
	if len(places) == 0 {
		return nil, fault.New(fault.NotFound, "no browser that kai knows has a profile here").WithRemedy("name one with --browser")
	}
	return places, nil
}

// hostProgram is what a browser shall start: kai itself, or, since a manifest cannot carry arguments, a script that names
// the data directory when it is not the usual one.
func (c *commands) hostProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fault.Wrap(fault.Unavailable, err, "kai's own path cannot be found")
	}
	if c.dataFlag == "" {
		return self, nil
	}
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	data, err := filepath.Abs(dir.Path())
	if err != nil {
		return "", fault.Wrap(fault.Invalid, err, "the data directory has no absolute path")
	}
	script := filepath.Join(data, "native-host")
	text := "#!/bin/sh\nexec " + shellQuote(self) + " --data " + shellQuote(data) + " host \"$@\"\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil { //nolint:gosec // a program for its owner
		return "", fault.Wrap(fault.Unavailable, err, "the start script cannot be written")
	}
	return script, nil
}

func shellQuote(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }
