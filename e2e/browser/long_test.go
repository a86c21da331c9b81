package browser_test

import (
	"fmt"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// holding watches a place in a conversation: which message is the first in sight, how far down it is, and whether what is there is drawn anew.
const holding = `globalThis.holding = {
  box: document.querySelector(".thread"),
  open: () => [...document.querySelectorAll("[role=log] .group:not(.closed) article")],
  go(place) {
    this.box.scrollTop = place;
    if (!document.querySelector(".jump")) return false; // not known yet to have left the end
    const top = this.box.getBoundingClientRect().top;
    this.before = this.open();
    this.first = this.before.find((a) => a.getBoundingClientRect().bottom > top);
    this.at = this.first.getBoundingClientRect().top;
    this.touched = 0;
    this.watch?.disconnect();
    this.watch = new MutationObserver((list) => (this.touched += list.length));
    for (const a of this.before) this.watch.observe(a, { subtree: true, childList: true, characterData: true });
    return true;
  },
  came() { return this.open().length > this.before.length; },
  moved() { return Math.abs(this.first.getBoundingClientRect().top - this.at); },
}, true`

// Earlier messages come before they are scrolled to; what is read stays where it is, and is not drawn anew.
func TestALongConversationIsWholeWhereverItIsScrolledTo(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		const questions = 130
		l := line(t)
		p := view(t, b, "tab", l)
		ask(t, p, "say hello kai")
		p.Shows("tokens/s")
		lengthen(t, p, l, questions)
		p.Shows(fmt.Sprintf("Remark %d", questions))
		p.Reload()
		p.Shows(fmt.Sprintf("Remark %d", questions))
		p.Until("the answers", `[...document.querySelectorAll("[role=log] .answer .prose")].every((prose) => prose.childElementCount > 0)`)
		p.Eval(holding, nil)
		if _, gestures := b.(*harness.Chromium); gestures {
			turnTheWheel(t, p)
		}
		for _, place := range []int{40, 0} {
			p.Until("the place", fmt.Sprintf("holding.go(%d)", place))
			p.Until("earlier messages", "holding.came()")
			p.Until("what is read where it was", "holding.moved() < 10")
			p.Until("what was there as it was", "holding.touched === 0")
		}
		p.Until("the first question and its answer, with all that belongs to them", `(() => {
		  holding.box.scrollTop = 0;
		  const [question, answer] = holding.open();
		  return question.innerText.includes("say hello kai") && !!answer.querySelector(".prose p") && answer.innerText.includes("tokens/s");
		})()`)
		p.Until("all messages once, in their order", fmt.Sprintf(`(() => {
		  const ids = holding.open().map((a) => a.id);
		  return ids.length === %d && ids.every((id, i) => i === 0 || ids[i - 1] < id);
		})()`, 2*questions+2))
		p.Click("button", "Jump to latest")
		p.Until("the last message in sight", `holding.open().at(-1).getBoundingClientRect().bottom <= innerHeight`)
		ask(t, p, "hello kai")
		p.Shows(model.Answer("hello kai"))
	})
}

// turnTheWheel goes up from the end past messages that come meanwhile, by as much as the wheel is turned.
func turnTheWheel(t *testing.T, p *harness.Page) {
	t.Helper()
	const pixels = 9000
	_, err := chromedp.Call(p.DevTools(), input.SynthesizeScrollGesture, input.SynthesizeScrollGestureParams{
		X: 800, Y: 400, YDistance: pixels, Speed: 4000, GestureSourceType: input.GestureSourceTypeMouse,
	})
	require.NoError(t, err)
	var gone float64
	p.Eval("holding.box.scrollHeight - holding.box.clientHeight - holding.box.scrollTop", &gone)
	require.InDelta(t, pixels, gone, 50, "how far the end is; it is a group further when the place is lost")
}
