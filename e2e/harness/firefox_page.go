package harness

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

type firefoxPage struct {
	bidi    *bidi
	context string
}

type bidiValue struct {
	Type   string `json:"type"`
	Result struct {
		Type     string          `json:"type"`
		Value    json.RawMessage `json:"value"`
		SharedID string          `json:"sharedId"`
	} `json:"result"`
	ExceptionDetails struct {
		Text string `json:"text"`
	} `json:"exceptionDetails"`
}

// eval wraps the expression so that the value comes back as one JSON string, whatever its type.
func (p *firefoxPage) eval(ctx context.Context, expression string) (json.RawMessage, error) {
	wrapped := "(async () => { const v = await (" + expression + "); return v === undefined ? 'null' : JSON.stringify(v) })()"
	var out bidiValue
	err := p.bidi.call(ctx, "script.evaluate", map[string]any{
		"expression": wrapped, "target": map[string]any{"context": p.context}, "awaitPromise": true, "userActivation": true,
	}, &out)
	if err != nil {
		return nil, err
	}
	if out.Type == "exception" {
		return nil, fmt.Errorf("exception: %s", out.ExceptionDetails.Text)
	}
	var text string
	if err := json.Unmarshal(out.Result.Value, &text); err != nil {
		return nil, fmt.Errorf("read the value of %s: %w", expression, err)
	}
	return json.RawMessage(text), nil
}

// maybeNamed finds what may have a name, by a rough look at labels and texts. Firefox's own search asks its accessibility
// engine about every element of the page, which takes a third of a second; these come first, and mostly suffice.
const maybeNamed = `(name) => {
  const bare = (text) => (text ?? "").replace(/\s+/g, "");
  const inside = (e) => e.getAttribute?.("aria-label") ?? (e.nodeType === 3 ? e.nodeValue : [...e.childNodes].map(inside).join(""));
  const told = (e) => (e.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "").join("");
  const names = (e) => [inside(e), told(e), e.labels?.[0] && inside(e.labels[0]), e.title, e.alt];
  return [...document.querySelectorAll("body *")].filter((e) => names(e).some((n) => bare(n) === bare(name)));
}`

func (p *firefoxPage) find(ctx context.Context, role, name string, how look) (x, y float64, found bool, err error) {
	var maybe struct {
		Result struct {
			Value []struct {
				SharedID string `json:"sharedId"`
			} `json:"value"`
		} `json:"result"`
	}
	err = p.bidi.call(ctx, "script.callFunction", map[string]any{
		"functionDeclaration": maybeNamed, "target": map[string]any{"context": p.context}, "awaitPromise": false,
		"arguments": []any{map[string]any{"type": "string", "value": name}}, "serializationOptions": map[string]any{"maxDomDepth": 0},
	}, &maybe)
	if err != nil {
		return 0, 0, false, err
	}
	var nodes []any
	for _, node := range maybe.Result.Value {
		nodes = append(nodes, map[string]any{"sharedId": node.SharedID})
	}
	if len(nodes) > 0 {
		if x, y, found, err = p.findAmong(ctx, nodes, role, name); found && err == nil {
			return x, y, true, nil
		}
	}
	if how == quick {
		return 0, 0, false, nil
	}
	return p.findAmong(ctx, nil, role, name)
}

// findAmong lets the accessibility engine judge nodes and what is in them; without nodes the whole page.
func (p *firefoxPage) findAmong(ctx context.Context, nodes []any, role, name string) (x, y float64, found bool, err error) {
	var out struct {
		Nodes []struct {
			SharedID string `json:"sharedId"`
		} `json:"nodes"`
	}
	locator := map[string]any{"type": "accessibility", "value": map[string]any{"role": role, "name": name}}
	params := map[string]any{"context": p.context, "locator": locator}
	if len(nodes) > 0 {
		params["startNodes"] = nodes
	}
	if err := p.bidi.call(ctx, "browsingContext.locateNodes", params, &out); err != nil {
		return 0, 0, false, err
	}
	for _, node := range out.Nodes {
		if x, y, ok := p.centre(ctx, node.SharedID); ok {
			return x, y, true, nil
		}
	}
	return 0, 0, false, nil
}

const centreFunction = `(e) => { e.scrollIntoView({block: "nearest", inline: "nearest"}); const r = e.getBoundingClientRect();
  return r.width && r.height && e.checkVisibility() ? JSON.stringify([r.x + r.width / 2, r.y + r.height / 2]) : "" }`

func (p *firefoxPage) centre(ctx context.Context, id string) (x, y float64, ok bool) {
	var out bidiValue
	err := p.bidi.call(ctx, "script.callFunction", map[string]any{
		"functionDeclaration": centreFunction, "target": map[string]any{"context": p.context}, "awaitPromise": false,
		"arguments": []any{map[string]any{"sharedId": id}},
	}, &out)
	var text string
	if err != nil || json.Unmarshal(out.Result.Value, &text) != nil || text == "" {
		return 0, 0, false
	}
	var at [2]float64
	if json.Unmarshal([]byte(text), &at) != nil {
		return 0, 0, false
	}
	return at[0], at[1], true
}

func (p *firefoxPage) perform(ctx context.Context, kind string, actions []map[string]any) error {
	source := map[string]any{"type": kind, "id": kind, "actions": actions}
	if kind == "pointer" {
		source["parameters"] = map[string]any{"pointerType": "mouse"}
	}
	return p.bidi.call(ctx, "input.performActions", map[string]any{"context": p.context, "actions": []any{source}}, nil)
}

func (p *firefoxPage) click(ctx context.Context, x, y float64) error {
	return p.perform(ctx, "pointer", []map[string]any{
		{"type": "pointerMove", "x": int(x), "y": int(y)}, {"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0},
	})
}

func (p *firefoxPage) typeText(ctx context.Context, text string) error {
	actions := make([]map[string]any, 0, 2*len(text))
	for _, r := range text {
		actions = append(actions, map[string]any{"type": "keyDown", "value": string(r)}, map[string]any{"type": "keyUp", "value": string(r)})
	}
	return p.perform(ctx, "key", actions)
}

// webdriverKeys are the code points that WebDriver gives the keys without text.
func webdriverKeys() map[string]string {
	return map[string]string{
		"Enter": "\uE007", "Escape": "\uE00C", "Tab": "\uE004", "Delete": "\uE017", "Home": "\uE011", "End": "\uE010",
		"ArrowUp": "\uE013", "ArrowDown": "\uE015", "Control": "\uE009", "Shift": "\uE008", "Alt": "\uE00A", "F2": "\uE032",
		"PageUp": "\uE00E", "PageDown": "\uE00F", "Space": " ",
	}
}

func (p *firefoxPage) press(ctx context.Context, key string) error {
	var down, up []map[string]any
	for _, part := range strings.Split(key, "+") {
		value := part
		if known, ok := webdriverKeys()[part]; ok {
			value = known
		}
		down = append(down, map[string]any{"type": "keyDown", "value": value})
		up = append([]map[string]any{{"type": "keyUp", "value": value}}, up...)
	}
	return p.perform(ctx, "key", append(down, up...))
}

func (p *firefoxPage) wheel(ctx context.Context, x, y float64, up, speed int) error {
	const notch = 120 // pixels
	var turned []map[string]any
	for ; up > 0; up -= notch {
		turned = append(turned, map[string]any{"type": "scroll", "x": int(x), "y": int(y), "deltaX": 0, "deltaY": -min(up, notch)},
			map[string]any{"type": "pause", "duration": 1000 * notch / speed})
	}
	return p.perform(ctx, "wheel", turned)
}

func (p *firefoxPage) screenshot(ctx context.Context) ([]byte, error) {
	var out struct {
		Data string `json:"data"`
	}
	if err := p.bidi.call(ctx, "browsingContext.captureScreenshot", map[string]any{"context": p.context}, &out); err != nil {
		return nil, err
	}
	return base64.StdEncoding.DecodeString(out.Data)
}

func (p *firefoxPage) resize(ctx context.Context, width, height int) error {
	return p.bidi.call(ctx, "browsingContext.setViewport", map[string]any{
		"context": p.context, "viewport": map[string]any{"width": width, "height": height},
	}, nil)
}

// emulate is not offered by WebDriver BiDi; tests choose the theme in Settings instead.
func (p *firefoxPage) emulate(context.Context, bool) error {
	return errors.New("Firefox cannot be told a system theme")
}

func (p *firefoxPage) navigate(ctx context.Context, url string) error {
	return p.bidi.call(ctx, "browsingContext.navigate", map[string]any{"context": p.context, "url": url, "wait": "complete"}, nil)
}

func (p *firefoxPage) front(ctx context.Context) error {
	return p.bidi.call(ctx, "browsingContext.activate", map[string]any{"context": p.context}, nil)
}

func (p *firefoxPage) close(ctx context.Context) error {
	return p.bidi.call(ctx, "browsingContext.close", map[string]any{"context": p.context}, nil)
}
