package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Patience is how long the harness waits for something to appear before a test fails. Generous: CI has two cores.
const Patience = 60 * time.Second

// poll is how often the harness looks again while it waits.
const poll = 15 * time.Millisecond

// look is how a control is looked for.
type look int

const (
	quick look = iota
	thorough
)

// thoroughly is how often a wait for a control looks thoroughly: Firefox takes a third of a second of a processor for that.
const thoroughly = 500 * time.Millisecond

// engine is what a browser has to offer for one page.
type engine interface {
	// eval runs a JavaScript expression, awaits a promise and returns its value as JSON.
	eval(ctx context.Context, expression string) (json.RawMessage, error)
	// find scrolls the first shown element with that role and exact name into view and returns its centre. A quick look may miss
	// one, a thorough look does not.
	find(ctx context.Context, role, name string, how look) (x, y float64, found bool, err error)
	click(ctx context.Context, x, y float64) error
	typeText(ctx context.Context, text string) error
	press(ctx context.Context, key string) error
	// wheel turns the mouse's wheel over a point, upwards, so that so many pixels are scrolled in a second.
	wheel(ctx context.Context, x, y float64, up, speed int) error
	screenshot(ctx context.Context) ([]byte, error)
	resize(ctx context.Context, width, height int) error
	emulate(ctx context.Context, dark bool) error
	navigate(ctx context.Context, url string) error
	front(ctx context.Context) error
	close(ctx context.Context) error
}

// Page is one open page (a view, a web page) in a browser under test.
type Page struct {
	tb  testing.TB
	ctx context.Context //nolint:containedctx // a page lives as long as its test
	e   engine
	// About names the page in failure messages.
	About string
}

// Eval runs a JavaScript expression in the page, awaits it and decodes its value into out (nil: ignored).
func (p *Page) Eval(expression string, out any) {
	p.tb.Helper()
	raw, err := p.TryEval(expression)
	require.NoError(p.tb, err, "%s: run %s", p.About, expression)
	if out != nil {
		require.NoError(p.tb, json.Unmarshal(raw, out), "%s: %s gave %s", p.About, expression, raw)
	}
}

// TryEval is Eval for expressions that may fail.
func (p *Page) TryEval(expression string) (json.RawMessage, error) {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	return p.e.eval(ctx, expression)
}

// do asks something of the browser, and waits no longer than Patience: a page that hangs fails its test and not the run.
func (p *Page) do(what string, ask func(context.Context) error) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	require.NoError(p.tb, ask(ctx), "%s: %s", p.About, what)
}

// Until waits until a JavaScript expression is true; what says what was awaited.
func (p *Page) Until(what, expression string) {
	p.tb.Helper()
	var last string
	p.wait(what, func(ctx context.Context) bool {
		raw, err := p.e.eval(ctx, expression)
		if err != nil {
			if ctx.Err() == nil { // the end of the wait tells nothing of the page
				last = err.Error()
			}
			return false
		}
		last = string(raw)
		return last == "true"
	}, func() string { return last })
}

// wait looks again and again until ok or Patience is over; then it keeps a screenshot and fails.
func (p *Page) wait(what string, ok func(context.Context) bool, last func() string) {
	p.tb.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for !ok(ctx) {
		select {
		case <-ctx.Done():
			p.keepEvidence()
			p.tb.Fatalf("%s: waited %s for %s; last: %s\npage text: %s", p.About, Patience, what, last(), p.textOrError())
		case <-tick.C:
		}
	}
}

func (p *Page) textOrError() string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 5*time.Second)
	defer cancel()
	raw, err := p.e.eval(ctx, "document.body.innerText.slice(0, 1500)")
	if err != nil {
		return "(" + err.Error() + ")"
	}
	return string(raw)
}

// keepEvidence writes a screenshot of a failing page into the build folder.
func (p *Page) keepEvidence() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.ctx), 10*time.Second)
	defer cancel()
	if png, err := p.e.screenshot(ctx); err == nil {
		path := filepath.Join(BuildDir(p.tb), "failures", sanitize(p.tb.Name())+".png")
		if os.MkdirAll(filepath.Dir(path), 0o755) == nil && os.WriteFile(path, png, 0o600) == nil {
			p.tb.Logf("screenshot of the failure: %s", path)
		}
	}
}

// Locate waits for a control and returns its centre. With several names the first that is shown counts: a control whose
// name tells its state.
func (p *Page) Locate(role string, names ...string) (x, y float64) {
	p.tb.Helper()
	var last error
	next := time.Now().Add(thoroughly)
	p.wait(fmt.Sprintf("%s %q", role, names), func(ctx context.Context) bool {
		how := quick
		if time.Now().After(next) {
			how = thorough
		}
		for _, name := range names {
			var found bool
			if x, y, found, last = p.e.find(ctx, role, name, how); found && last == nil {
				return true
			}
		}
		if how == thorough {
			next = time.Now().Add(thoroughly)
		}
		return false
	}, func() string { return fmt.Sprint(last) })
	return x, y
}

// Has says whether a control is shown now.
func (p *Page) Has(role, name string) bool {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	_, _, found, err := p.e.find(ctx, role, name, thorough)
	return err == nil && found
}

// Gone waits until a control is not shown any more.
func (p *Page) Gone(role, name string) {
	p.tb.Helper()
	p.wait(fmt.Sprintf("%s %q to go", role, name), func(context.Context) bool { return !p.Has(role, name) }, func() string { return "still shown" })
}

// Click clicks a control with the mouse; names as in Locate. It waits until the control keeps its place: what is still being
// loaded above it would push it from under the mouse.
func (p *Page) Click(role string, names ...string) {
	p.tb.Helper()
	x, y := p.Locate(role, names...)
	for {
		nowX, nowY := p.Locate(role, names...)
		if nowX == x && nowY == y {
			break
		}
		x, y = nowX, nowY
	}
	p.do(fmt.Sprintf("click %s %q", role, names), func(ctx context.Context) error { return p.e.click(ctx, x, y) })
}

// ClickText clicks the first button, link or option that is shown and whose text contains text: for a control whose whole
// name the test can't know.
func (p *Page) ClickText(text string) {
	p.tb.Helper()
	const find = `(() => { for (const e of document.querySelectorAll("button, a[href], [role=option], summary")) {
	  if (!e.textContent.includes(%s) || !e.checkVisibility()) continue;
	  e.scrollIntoView({ block: "nearest" });
	  const r = e.getBoundingClientRect();
	  if (r.width && r.height) return [r.x + r.width / 2, r.y + r.height / 2];
	} return null })()`
	var at []float64
	p.wait(fmt.Sprintf("something to click that says %q", text), func(ctx context.Context) bool {
		raw, err := p.e.eval(ctx, fmt.Sprintf(find, quote(text)))
		return err == nil && json.Unmarshal(raw, &at) == nil && len(at) == 2
	}, func() string { return "not there" })
	p.do(fmt.Sprintf("click %q", text), func(ctx context.Context) error { return p.e.click(ctx, at[0], at[1]) })
}

// Front brings the page before the others of its window.
func (p *Page) Front() {
	p.tb.Helper()
	p.do("bring to the front", p.e.front)
}

// TryClick clicks a control if it is shown now, and says whether it was.
func (p *Page) TryClick(role, name string) bool {
	ctx, cancel := context.WithTimeout(p.ctx, Patience)
	defer cancel()
	x, y, found, err := p.e.find(ctx, role, name, thorough)
	return err == nil && found && p.e.click(ctx, x, y) == nil
}

// Fill clicks a field, selects what is in it and types text over it.
func (p *Page) Fill(role, name, text string) {
	p.tb.Helper()
	p.Click(role, name)
	p.Press("Control+a")
	p.Type(text)
}

// Type types text into whatever has the focus.
func (p *Page) Type(text string) {
	p.tb.Helper()
	p.do("type", func(ctx context.Context) error { return p.e.typeText(ctx, text) })
}

// Press presses one key, such as "Enter", "Escape", "Tab", "ArrowDown" or "Control+a".
func (p *Page) Press(key string) {
	p.tb.Helper()
	p.do("press "+key, func(ctx context.Context) error { return p.e.press(ctx, key) })
}

// Wheel turns the mouse's wheel over the middle of the page, upwards: so many pixels are scrolled, so many of them in a second.
func (p *Page) Wheel(up, speed int) {
	p.tb.Helper()
	var middle [2]float64
	p.Eval("[innerWidth / 2, innerHeight / 2]", &middle)
	p.do("turn the wheel", func(ctx context.Context) error { return p.e.wheel(ctx, middle[0], middle[1], up, speed) })
}

// Shows waits until the page's text contains text.
func (p *Page) Shows(text string) {
	p.tb.Helper()
	p.Until(fmt.Sprintf("the text %q", text), fmt.Sprintf("document.body.innerText.includes(%s)", quote(text)))
}

// Hides waits until the page's text does not contain text.
func (p *Page) Hides(text string) {
	p.tb.Helper()
	p.Until(fmt.Sprintf("the text %q to go", text), fmt.Sprintf("!document.body.innerText.includes(%s)", quote(text)))
}

// Text returns the page's text as shown.
func (p *Page) Text() string {
	p.tb.Helper()
	var text string
	p.Eval("document.body.innerText", &text)
	return text
}

// Resize sets the size of the page in CSS pixels.
func (p *Page) Resize(width, height int) {
	p.tb.Helper()
	p.do("resize", func(ctx context.Context) error { return p.e.resize(ctx, width, height) })
}

// Dark makes the page see a system with the dark or the light theme.
func (p *Page) Dark(dark bool) {
	p.tb.Helper()
	p.do("set the theme", func(ctx context.Context) error { return p.e.emulate(ctx, dark) })
}

// Go loads another address in the page.
func (p *Page) Go(url string) {
	p.tb.Helper()
	p.do("open "+url, func(ctx context.Context) error { return p.e.navigate(ctx, url) })
}

// Reload loads the page anew by its address. A page of Chromium that reloads itself at times never answers DevTools again.
func (p *Page) Reload() {
	p.tb.Helper()
	var address string
	p.Eval("location.href", &address)
	p.Go("about:blank") // else an address with a fragment loads nothing
	p.Go(address)
}

// Screenshot writes the page as shown to build/screenshots/<name>.png.
func (p *Page) Screenshot(name string) {
	p.tb.Helper()
	var png []byte
	p.do("take a screenshot", func(ctx context.Context) (err error) { png, err = p.e.screenshot(ctx); return err })
	path := filepath.Join(BuildDir(p.tb), "screenshots", name+".png")
	require.NoError(p.tb, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(p.tb, os.WriteFile(path, png, 0o600))
}

// Close closes the page.
func (p *Page) Close() {
	p.tb.Helper()
	p.do("close", p.e.close)
}

func quote(text string) string {
	raw, _ := json.Marshal(text) // a string always marshals
	return string(raw)
}

func sanitize(name string) string {
	out := []rune(name)
	for i, r := range out {
		if r == '/' || r == ' ' || r == '#' {
			out[i] = '-'
		}
	}
	return string(out)
}
