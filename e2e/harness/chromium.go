package harness

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/systeminfo"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/tools/pack/manifest"
)

// closePatience is how long a browser may take to close before it is killed.
const closePatience = 20 * time.Second

// Options say how to start a browser. Zero values: a fresh profile, the packed extension of the build folder.
type Options struct {
	Profile   string // kept when given, so that a second start finds the first one's data
	Extension string // folder of the unpacked extension
	Bare      bool   // no extension
	Args      map[string]any

	Sound *Sound // its microphone, which every page may use, and its loudspeaker; none when nil
	Muted bool   // it has a microphone that no page may use
}

// Chromium is a running Chromium.
type Chromium struct {
	ID      string // of the extension
	Profile string
	ctx     context.Context //nolint:containedctx // the browser's own context, as chromedp wants it
	stop    func()
}

// StartChromium starts Chromium headless with the extension loaded; it ends with the test.
func StartChromium(tb testing.TB, o Options) *Chromium {
	tb.Helper()
	if o.Profile == "" {
		o.Profile = tb.TempDir()
	}
	if o.Extension == "" && !o.Bare {
		o.Extension = Built(tb, "chrome")
	}
	allocated, release := chromedp.NewExecAllocator(context.Background(), chromiumFlags(o)...)
	ctx, cancel := chromedp.NewContext(allocated)
	c := &Chromium{Profile: o.Profile, ctx: ctx, stop: func() { cancel(); release() }}
	tb.Cleanup(c.end)
	require.NoError(tb, begin(ctx, cancel, Patience), "start Chromium")
	saved := browser.SetDownloadBehaviorParams{Behavior: "allow", DownloadPath: c.Downloads()}
	_, err := callBrowser(c, browser.SetDownloadBehavior, saved)
	require.NoError(tb, err, "choose the folder for downloads")
	if !o.Bare {
		c.ID = ExtensionID(tb, o.Extension)
	}
	return c
}

// leave asks Chromium to close, so that it writes what it has to. One that does not come to it is killed by what follows:
// a page that was flooded may keep it busy for minutes.
func leave(ctx context.Context) {
	closed := make(chan struct{})
	go func() {
		_ = chromedp.Cancel(ctx) // ends at the latest when the browser is killed
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closePatience):
	}
}

func chromiumFlags(o Options) []chromedp.ExecAllocatorOption {
	flags := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	flags = append(flags, chromedp.UserDataDir(o.Profile), chromedp.NoSandbox, chromedp.WSURLReadTimeout(Patience), chromedp.ModifyCmdFunc(grouped),
		chromedp.Flag("headless", "new"), chromedp.Flag("disable-extensions", false), chromedp.Flag("disable-gpu", true),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("force-color-profile", "srgb"))
	if path := os.Getenv("KAI_CHROMIUM"); path != "" {
		flags = append(flags, chromedp.ExecPath(path))
	}
	if !o.Bare {
		flags = append(flags, chromedp.Flag("load-extension", o.Extension))
	}
	switch {
	case o.Muted:
		flags = append(flags, chromedp.Flag("use-fake-device-for-media-stream", true), chromedp.Flag("use-fake-ui-for-media-stream", "deny"))
	case o.Sound != nil:
		flags = append(flags, chromedp.Env(o.Sound.environment()...), chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("mute-audio", false))
	}
	for name, value := range o.Args {
		flags = append(flags, chromedp.Flag(name, value))
	}
	return flags
}

// ExtensionID is the id that Chromium gives the unpacked extension in dir.
func ExtensionID(tb testing.TB, dir string) string {
	tb.Helper()
	m, err := manifest.Load(dir)
	require.NoError(tb, err)
	id, err := m.ChromiumID()
	require.NoError(tb, err)
	return id
}

// Name is "chromium".
func (c *Chromium) Name() string { return "chromium" }

// ExtensionURL is the address of a file of the extension.
func (c *Chromium) ExtensionURL(path string) string { return "chrome-extension://" + c.ID + "/" + path }

// Downloads is the folder where the browser saves files.
func (c *Chromium) Downloads() string { return filepath.Join(c.Profile, "saved") }

// Open opens an address in a new tab.
func (c *Chromium) Open(tb testing.TB, url string) *Page {
	tb.Helper()
	ctx, cancel := chromedp.NewContext(c.ctx)
	tb.Cleanup(cancel)
	require.NoError(tb, begin(ctx, cancel, Patience), "open a tab for %s", url)
	p := newChromiumPage(tb, ctx, url)
	p.Go(url)
	return p
}

// Attach drives a page that the browser opened itself: the first whose address ends on suffix (the side panel, the popup).
func (c *Chromium) Attach(tb testing.TB, suffix string) *Page {
	tb.Helper()
	return c.attach(tb, suffix, func(t *target.Info) bool {
		return t.Type == "page" && strings.HasSuffix(strings.SplitN(t.URL, "?", 2)[0], suffix)
	})
}

// Worker attaches to the extension's service worker or (kind "background_page") its offscreen document.
func (c *Chromium) Worker(tb testing.TB, kind string) *Page {
	tb.Helper()
	p := c.attach(tb, "the extension's "+kind, func(t *target.Info) bool {
		return t.Type == kind && strings.HasPrefix(t.URL, "chrome-extension://"+c.ID)
	})
	p.Until("the extension's interfaces", `typeof chrome === "object" && "runtime" in chrome`)
	return p
}

// Targets lists "type url" of everything the browser runs for the extension.
func (c *Chromium) Targets(tb testing.TB) []string {
	tb.Helper()
	var out []string
	for _, t := range c.targets(tb) {
		if strings.Contains(t.URL, c.ID) {
			out = append(out, t.Type+" "+t.URL)
		}
	}
	return out
}

// Kill closes the first target of a type whose address contains part: a service worker or an offscreen document dies so.
func (c *Chromium) Kill(tb testing.TB, kind, part string) {
	tb.Helper()
	for _, t := range c.targets(tb) {
		if t.Type == kind && strings.Contains(t.URL, part) {
			_, err := callBrowser(c, target.CloseTarget, target.CloseTargetParams{TargetID: t.TargetID})
			require.NoError(tb, err, "close %s %s", kind, t.URL)
			return
		}
	}
	require.Failf(tb, "nothing to kill", "no %s with %s among %v", kind, part, c.Targets(tb))
}

func (c *Chromium) targets(tb testing.TB) []*target.Info {
	tb.Helper()
	out, err := callBrowser(c, target.GetTargets, target.GetTargetsParams{Filter: target.Filter{{}}})
	require.NoError(tb, err, "list targets")
	return out.TargetInfos
}

// CPU is the processor time of all the browser's processes since they started.
func (c *Chromium) CPU(tb testing.TB) time.Duration {
	tb.Helper()
	out, err := callBrowser(c, systeminfo.GetProcessInfo, cdp.Empty{})
	require.NoError(tb, err, "read CPU times")
	var sum float64
	for _, p := range out.ProcessInfo {
		sum += p.CPUTime
	}
	return time.Duration(sum * float64(time.Second))
}

// Close closes the browser as a person does: it keeps what it has to, and can be started with its profile again.
func (c *Chromium) Close() {
	if c.stop != nil {
		leave(c.ctx)
		c.stop()
		c.stop = nil
	}
}

// end ends the browser after its test, when nobody needs what it would still write.
func (c *Chromium) end() {
	if c.stop == nil {
		return
	}
	if b := chromedp.FromContext(c.ctx).Browser; b != nil && b.Process() != nil {
		killGroup(b.Process().Pid)
	}
	c.stop()
	c.stop = nil
}
