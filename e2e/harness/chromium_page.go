package harness

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

type chromiumPage struct{}

func newChromiumPage(tb testing.TB, ctx context.Context, about string) *Page {
	return &Page{tb: tb, ctx: ctx, e: chromiumPage{}, About: about}
}

func (chromiumPage) eval(ctx context.Context, expression string) (json.RawMessage, error) {
	yes := true
	out, err := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{
		Expression: expression, AwaitPromise: &yes, ReturnByValue: &yes, UserGesture: &yes,
	})
	if err != nil {
		return nil, fmt.Errorf("evaluate: %w", err)
	}
	if out.ExceptionDetails != nil {
		return nil, &chromedp.ExceptionError{ExceptionDetails: out.ExceptionDetails}
	}
	if len(out.Result.Value) == 0 {
		return json.RawMessage("null"), nil
	}
	return json.RawMessage(out.Result.Value), nil
}

func (chromiumPage) find(ctx context.Context, role, name string, _ look) (x, y float64, found bool, err error) {
	document, err := chromedp.Call(ctx, dom.GetDocument, dom.GetDocumentParams{})
	if err != nil {
		return 0, 0, false, fmt.Errorf("read the document: %w", err)
	}
	out, err := chromedp.Call(ctx, accessibility.QueryAXTree, accessibility.QueryAXTreeParams{
		BackendNodeID: document.Root.BackendNodeID, Role: role, AccessibleName: name,
	})
	if err != nil {
		return 0, 0, false, fmt.Errorf("query the accessibility tree: %w", err)
	}
	for _, node := range out.Nodes {
		if node.Ignored || node.BackendDOMNodeID == 0 {
			continue
		}
		if x, y, ok := centre(ctx, node.BackendDOMNodeID); ok {
			return x, y, true, nil
		}
	}
	return 0, 0, false, nil
}

// centre scrolls an element into view and returns its middle; not ok when it has no box.
func centre(ctx context.Context, id cdp.BackendNodeID) (x, y float64, ok bool) {
	if _, err := chromedp.Call(ctx, dom.ScrollIntoViewIfNeeded, dom.ScrollIntoViewIfNeededParams{BackendNodeID: id}); err != nil {
		return 0, 0, false
	}
	quads, err := chromedp.Call(ctx, dom.GetContentQuads, dom.GetContentQuadsParams{BackendNodeID: id})
	if err != nil || len(quads.Quads) == 0 {
		return 0, 0, false
	}
	q := quads.Quads[0]
	return (q[0] + q[2] + q[4] + q[6]) / 4, (q[1] + q[3] + q[5] + q[7]) / 4, true
}

// A mouse is over a thing before it is pressed on it: some buttons show and take clicks only then.
func (chromiumPage) click(ctx context.Context, x, y float64) error {
	over := input.DispatchMouseEventParams{Type: input.DispatchMouseEventTypeMouseMoved, X: x, Y: y}
	if _, err := chromedp.Call(ctx, input.DispatchMouseEvent, over); err != nil {
		return err
	}
	_, err := chromedp.Run(ctx, chromedp.MouseClickXY(x, y))
	return err
}

func (chromiumPage) typeText(ctx context.Context, text string) error {
	_, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text})
	return err
}

// keys are the keys that tests press, with the text they produce and their Windows key codes.
func keys() map[string]input.DispatchKeyEventParams {
	return map[string]input.DispatchKeyEventParams{
		"Enter":     {Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13},
		"Escape":    {Key: "Escape", Code: "Escape", WindowsVirtualKeyCode: 27},
		"Tab":       {Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9},
		"Delete":    {Key: "Delete", Code: "Delete", WindowsVirtualKeyCode: 46},
		"Home":      {Key: "Home", Code: "Home", WindowsVirtualKeyCode: 36},
		"End":       {Key: "End", Code: "End", WindowsVirtualKeyCode: 35},
		"PageUp":    {Key: "PageUp", Code: "PageUp", WindowsVirtualKeyCode: 33},
		"PageDown":  {Key: "PageDown", Code: "PageDown", WindowsVirtualKeyCode: 34},
		"ArrowUp":   {Key: "ArrowUp", Code: "ArrowUp", WindowsVirtualKeyCode: 38},
		"ArrowDown": {Key: "ArrowDown", Code: "ArrowDown", WindowsVirtualKeyCode: 40},
		" ":         {Key: " ", Code: "Space", Text: " ", WindowsVirtualKeyCode: 32},
		"F2":        {Key: "F2", Code: "F2", WindowsVirtualKeyCode: 113},
	}
}

func (chromiumPage) press(ctx context.Context, key string) error {
	event := input.DispatchKeyEventParams{}
	for _, m := range []struct {
		name string
		bit  int64
	}{{"Alt+", 1}, {"Control+", 2}, {"Shift+", 8}} {
		if strings.Contains(key, m.name) {
			event.Modifiers |= m.bit
			key = strings.ReplaceAll(key, m.name, "")
		}
	}
	known, ok := keys()[key]
	if !ok {
		if len(key) != 1 {
			return fmt.Errorf("the harness does not know the key %q", key)
		}
		known = input.DispatchKeyEventParams{Key: key, Code: "Key" + strings.ToUpper(key), WindowsVirtualKeyCode: int64(strings.ToUpper(key)[0])}
	}
	known.Modifiers = event.Modifiers
	if known.Modifiers == 2 && key == "a" {
		known.Commands = []string{"selectAll"}
	}
	known.Type = input.DispatchKeyEventTypeKeyDown
	if known.Text == "" {
		known.Type = input.DispatchKeyEventTypeRawKeyDown
	}
	if _, err := chromedp.Call(ctx, input.DispatchKeyEvent, known); err != nil {
		return fmt.Errorf("press %s: %w", key, err)
	}
	known.Type, known.Text, known.Commands = input.DispatchKeyEventTypeKeyUp, "", nil
	_, err := chromedp.Call(ctx, input.DispatchKeyEvent, known)
	return err
}

func (chromiumPage) wheel(ctx context.Context, x, y float64, up, speed int) error {
	_, err := chromedp.Call(ctx, input.SynthesizeScrollGesture, input.SynthesizeScrollGestureParams{
		X: x, Y: y, YDistance: float64(up), Speed: int64(speed), GestureSourceType: input.GestureSourceTypeMouse,
	})
	return err
}

func (chromiumPage) screenshot(ctx context.Context) ([]byte, error) {
	return chromedp.Run(ctx, chromedp.CaptureScreenshot())
}

func (chromiumPage) resize(ctx context.Context, width, height int) error {
	_, err := chromedp.Call(ctx, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: int64(width), Height: int64(height), DeviceScaleFactor: 1,
	})
	return err
}

func (chromiumPage) emulate(ctx context.Context, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
	})
	return err
}

func (chromiumPage) navigate(ctx context.Context, url string) error {
	return chromedp.Do(ctx, chromedp.Navigate(url))
}

func (chromiumPage) front(ctx context.Context) error {
	_, err := chromedp.Call(ctx, page.BringToFront, cdp.Empty{})
	return err
}

func (chromiumPage) close(ctx context.Context) error {
	c := chromedp.FromContext(ctx)
	if c.Target == nil {
		return nil
	}
	_, err := chromedp.CallBrowser(ctx, target.CloseTarget, target.CloseTargetParams{TargetID: c.Target.TargetID})
	return err
}
