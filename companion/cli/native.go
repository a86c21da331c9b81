package cli

import (
	"context"
	"fmt"
	"os"
	"slices"

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
		Args:    atMost(0), RunE: help,
	}
	flags := cmd.PersistentFlags()
	flags.StringSliceVar(&f.browsers, "browser", nil, "only `NAME`: chrome, chromium, edge, brave, vivaldi, firefox, librewolf")
	flags.StringVar(&f.profile, "profile", "", "a Chromium started with its own user data `DIR`")
	cmd.AddCommand(c.nativeInstall(f), c.nativeUninstall(f), c.nativeStatus(f), c.nativeDoctorCommand(f))
	return cmd
}

func (c *commands) nativeInstall(f *nativeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "install", Short: "Write the files by which browsers find kai", Args: atMost(0),
		Long: `Writes a manifest for each browser (and a registry key on Windows), so that the kAI extension finds this kai. Do it again
after kai was moved. With --data, or KAI_DATA, the browsers start kai with that data directory.`,
		Example: "  kai native install\n  kai native install --browser firefox\n  kai --data /srv/kai native install",
		RunE:    func(*cobra.Command, []string) error { return c.eachPlace(f, host.Place.Install, "installed") },
	}
}

func (c *commands) nativeUninstall(f *nativeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "uninstall", Short: "Remove them", Args: atMost(0),
		Long:    "Removes what kai native install wrote. Conversations, settings and kai itself stay.",
		Example: "  kai native uninstall\n  kai native uninstall --browser chrome",
		RunE:    func(*cobra.Command, []string) error { return c.eachPlace(f, host.Place.Uninstall, "removed") },
	}
}

func (c *commands) nativeStatus(f *nativeFlags) *cobra.Command {
	return &cobra.Command{
		Use: "status", Short: "Say which browsers find kai", Args: atMost(0),
		Long:    "Says of each browser whether it finds kai, and the first thing that keeps it from that. kai native doctor tells all.",
		Example: "  kai native status",
		RunE: func(*cobra.Command, []string) error {
			return c.eachPlace(f, func(host.Place) error { return nil }, "")
		},
	}
}

func (c *commands) nativeDoctorCommand(f *nativeFlags) *cobra.Command {
	cmd := &cobra.Command{
		Use: "doctor", Short: "Name each broken link, and mend it with --fix", Args: atMost(0),
		Long: `Follows the way from each browser to kai link by link (registry key, manifest, extension id, program, start script, socket,
the running kai) and names each that is broken, with its cure. Exits with 3 when one is.

--fix mends what kai can mend, and says what is left for you.`,
		Example: "  kai native doctor\n  kai native doctor --fix",
		RunE:    func(cmd *cobra.Command, _ []string) error { return c.nativeDoctor(cmd.Context(), f) },
	}
	cmd.Flags().BoolVar(&f.fix, "fix", false, "mend what is broken")
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
		c.line(p.Browser.Name, state)
	}
	return nil
}

// nativeDoctor names every broken link with its cure; it fails when any is left.
func (c *commands) nativeDoctor(ctx context.Context, f *nativeFlags) error {
	places, err := c.places(f)
	if err != nil {
		return err
	}
	left := 0
	for _, p := range places {
		name := p.Browser.Name
		broken, err := c.examine(f, name, p.Problems, p.Install)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if !broken {
			c.line(name, "in order")
		}
		for _, note := range p.Notes() {
			c.line("", "note: "+note)
		}
		if broken {
			left++
		}
	}
	kai, err := c.doctorKai(ctx, f)
	switch {
	case err != nil:
		return err
	case left > 0:
		return fault.New(fault.NotFound, "%d of %d browsers do not find kai", left, len(places)).WithRemedy("run: kai native doctor --fix")
	case kai:
		return fault.New(fault.Unavailable, "the browsers find kai, but cannot speak with it").WithRemedy("do what is said above")
	}
	return nil
}

// doctorKai looks at what lies between the host and the running kai.
func (c *commands) doctorKai(ctx context.Context, f *nativeFlags) (broken bool, err error) {
	dir, err := c.dir()
	if err != nil {
		return false, err
	}
	way := host.Way{Dir: dir.Path(), Runs: dir.Locked(), Version: c.Version}
	if r, ok := dir.Running(); ok && way.Runs {
		way.PID = r.PID
	}
	broken, err = c.examine(f, "kai", func() []host.Problem { return way.Problems(ctx) }, way.Fix)
	if err == nil && !broken {
		c.line("kai", way.State())
	}
	return broken, err
}

// examine names the problems of one link, mends them when asked to, and says whether any is left.
func (c *commands) examine(f *nativeFlags, name string, look func() []host.Problem, mend func() error) (broken bool, err error) {
	problems := look()
	mends := slices.ContainsFunc(problems, func(p host.Problem) bool { return p.Mends })
	if f.fix && mends {
		if err := mend(); err != nil {
			return true, err
		}
		for _, p := range problems {
			if p.Mends {
				c.line(name, p.What+"; mended")
			}
		}
		problems = look()
	}
	for _, p := range problems {
		c.line(name, p.What+"; "+p.Cure)
	}
	return len(problems) > 0, nil
}

// line writes one finding about a browser, or about kai.
func (c *commands) line(name, finding string) { c.print("%-15s %s\n", name, finding) }

// places are the manifests of the chosen browsers: those named, else those in use here, sandboxed ones too.
func (c *commands) places(f *nativeFlags) ([]host.Place, error) {
	here, err := host.This()
	if err != nil {
		return nil, err
	}
	program, err := os.Executable()
	if err != nil {
		return nil, fault.Wrap(fault.Unavailable, err, "kai's own path cannot be found")
	}
	data, err := c.unusualData()
	if err != nil {
		return nil, err
	}
	all, err := here.Places(program, data, extensionID)
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

// unusualData is the data directory when it is not the one that a kai which is told nothing uses.
func (c *commands) unusualData() (string, error) {
	if c.dataFlag == "" && c.Place.Getenv("KAI_DATA") == "" {
		return "", nil
	}
	dir, err := c.dir()
	if err != nil {
		return "", err
	}
	return dir.Path(), nil
}
