package browser_test

import (
	"fmt"
	"testing"

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

// openLong opens a conversation of so many messages, half of them questions, and waits until its end is there.
func openLong(t *testing.T, b harness.Browser, messages int) *harness.Page {
	t.Helper()
	p := view(t, b, "tab", line(t))
	address := b.ExtensionURL("tab.html#/c/" + keepLong(t, p, messages))
	p.Go("about:blank")
	p.Go(address)
	p.Shows(fmt.Sprintf("Question %d", messages/2))
	p.Until("the answers", `[...document.querySelectorAll("[role=log] .answer .prose")].every((prose) => prose.childElementCount > 0)`)
	p.Eval(holding, nil)
	return p
}

// turning watches how far down a message moves, and whether the very top was come to, where a wheel turns in vain.
const turning = `globalThis.turning = {
  box: holding.box, message: holding.open().at(-1), top: Infinity, last: 0,
  begin() { this.at = this.message.getBoundingClientRect().top },
  moved() { return this.message.getBoundingClientRect().top - this.at },
  over() { return performance.now() - this.last > 200 },
}, turning.box.addEventListener("scroll", () => {
  turning.last = performance.now();
  turning.top = Math.min(turning.top, turning.box.scrollTop);
}), true`

// What is read moves by as much as the wheel is turned, while group after group of earlier messages comes above it.
func TestALongConversationIsHeldWhileTheWheelTurns(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		const pixels = 12_000
		p := openLong(t, b, 1000)
		p.Eval(turning, nil)
		for range 3 {
			var before, after int
			p.Eval("turning.begin(), holding.open().length", &before)
			p.Wheel(pixels, 4000)
			p.Until("the wheel to come to rest", "turning.over()")
			var moved, top float64
			p.Eval("turning.moved()", &moved)
			p.Eval("turning.top", &top)
			p.Eval("holding.open().length", &after)
			require.Greater(t, after, before, "messages, of which some came meanwhile")
			require.LessOrEqual(t, moved, pixels+50.0, "how far the last message went; it is a group further when the place is lost")
			if top > 0 {
				require.GreaterOrEqual(t, moved, pixels-50.0, "how far the last message went")
			}
		}
	})
}

// refusing has the runtime refuse pages of messages for as long as it is wanted: it is asked for less than nothing.
const refusing = `globalThis.refusing = true, (() => {
  const write = JSON.stringify;
  JSON.stringify = (value, ...rest) => {
    const earlier = globalThis.refusing && value?.method === "message.list" && value.body?.before;
    return write(earlier ? { ...value, body: { ...value.body, limit: -1 } } : value, ...rest);
  };
})(), true`

// Earlier messages that could not be loaded are asked for again in their place.
func TestEarlierMessagesThatDidNotComeAreAskedForAgain(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := openLong(t, b, 200)
		p.Eval(refusing, nil)
		p.Until("the top of what is there", "holding.go(0)")
		// One page may have come before it was refused, and what is read is held: the top is further up then.
		p.Until("what went wrong", `holding.box.scrollTop = 0, document.querySelector(".older [role=alert]")?.innerText.startsWith("Earlier messages could not be loaded.")`)
		p.Shows("not -1")
		p.Resize(320, 640)
		p.Until("all of it in sight where it is narrow", `(() => {
		  const { left, right } = [...document.querySelectorAll(".older button")].at(-1).getBoundingClientRect();
		  return left > 0 && right < innerWidth;
		})()`)
		if b.Name() == "chromium" {
			p.Shoot("earlier-missing")
		}
		p.Click("button", "Try again")
		p.Until("what went wrong, once more", `document.querySelector(".older [role=alert]")?.innerText.includes("not -1")`)
		p.Eval("globalThis.refusing = false", nil)
		p.Click("button", "Try again")
		p.Hides("Earlier messages could not be loaded.")
		p.Until("all of it", "holding.box.scrollTop = 0, holding.open().length === 200")
		p.Shows("Question 1")
	})
}

// walking tells where in a conversation a person is: which messages are in sight, and whether anything is missing between them.
const walking = `globalThis.walking = {
  box: holding.box,
  seen() {
    const { top, bottom } = this.box.getBoundingClientRect();
    return holding.open().filter((a) => a.getBoundingClientRect().bottom > top && a.getBoundingClientRect().top < bottom);
  },
  number: (message) => Number(message.id.slice(-6)),
  whole() {
    const seen = this.seen().map(this.number);
    const { left, width, top, height } = this.box.getBoundingClientRect();
    const middle = document.elementFromPoint(left + width / 2, top + height / 2);
    return seen.length > 0 && seen.every((n, i) => i === 0 || n === seen[i - 1] + 1) && !middle.closest(".closed");
  },
  atFirst() { return this.number(this.seen()[0]) === 1 && this.whole() && this.seen()[0].getBoundingClientRect().top >= this.box.getBoundingClientRect().top },
  atLast(n) { return this.number(this.seen().at(-1)) === n && this.box.scrollHeight - this.box.clientHeight - this.box.scrollTop < 2 },
  inThread: () => document.activeElement.closest("article"),
}, true`

// Keys go through the whole of a conversation, not only through what of it is loaded; the focus is where the person is.
func TestALongConversationIsWalkedByKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		const messages = 5000
		p := openLong(t, b, messages)
		p.Eval(turning, nil)
		p.Eval(walking, nil)
		atLast := fmt.Sprintf("walking.atLast(%d)", messages)
		move := func(key string) (moved float64) { // how far what is read goes down
			p.Eval("turning.message = walking.seen()[0], turning.begin(), turning.last = performance.now(), true", nil)
			p.Press(key)
			p.Until(key+" to come to rest", "turning.over() && walking.whole()")
			p.Eval("turning.moved() / walking.box.clientHeight", &moved)
			return moved
		}
		t.Run("page by page from the text box", func(t *testing.T) {
			p.Until("the focus in the text box", `document.activeElement.id === "message"`)
			for range 6 {
				require.InDelta(t, 0.9, move("PageUp"), 0.1, "pages up")
			}
			require.InDelta(t, -0.9, move("PageDown"), 0.1, "pages down")
			p.Press("End")
			p.Until("the end", atLast)
		})
		t.Run("page by page among the messages", func(t *testing.T) {
			p.Eval("walking.box.focus(), true", nil)
			for range 12 {
				require.InDelta(t, 0.9, move("PageUp"), 0.1, "pages up")
			}
			require.InDelta(t, -0.9, move("PageDown"), 0.1, "pages down")
		})
		t.Run("to the first and on from there", func(t *testing.T) {
			p.Press("Home")
			p.Until("the first message", "walking.atFirst()")
			p.Until("the focus on it", "walking.number(walking.inThread()) === 1")
			p.Press("Tab")
			p.Until("the focus on what belongs to it", "walking.number(walking.inThread()) === 1 && document.activeElement.matches('button')")
			for range 12 {
				require.InDelta(t, -0.9, move("PageDown"), 0.1, "pages down")
			}
			require.InDelta(t, 0.9, move("PageUp"), 0.1, "pages up")
		})
		t.Run("into what is not drawn yet", func(t *testing.T) {
			p.Eval("walking.box.scrollTop = walking.box.scrollHeight / 2, true", nil)
			p.Until("messages", "walking.whole()")
			require.InDelta(t, 0.9, move("PageUp"), 0.1, "pages up")
		})
		t.Run("to the last", func(t *testing.T) {
			p.Press("End")
			p.Until("the end", atLast)
			p.Until("the focus on the last message", fmt.Sprintf("walking.number(walking.inThread()) === %d", messages))
		})
		t.Run("from the text box, as far as it has no use for the key", func(t *testing.T) {
			p.Fill("textbox", "Message", "some words")
			p.Press("Home")
			p.Until("the caret at their beginning", `document.activeElement.selectionStart === 0`)
			p.Until("the end still", atLast)
			p.Press("Control+a")
			p.Press("Delete")
			p.Press("Home")
			p.Until("the first message", "walking.atFirst()")
			p.Until("the focus in the text box", `document.activeElement.id === "message"`)
			p.Press("End")
			p.Until("the end", atLast)
		})
	})
}

// The browser's own search finds what is in the document, so all of it comes there once a person searches.
func TestTheBrowsersSearchFindsAllOfALongConversation(t *testing.T) {
	everywhere(t, func(t *testing.T, b harness.Browser) {
		p := openLong(t, b, 1000)
		const there = `holding.open().filter((a) => a.textContent.includes("Answer 7Some words")).length`
		var found int
		p.Eval(there, &found)
		require.Zero(t, found, "what is not loaded")
		p.Press("Control+f")
		p.Shows("All messages are here now.")
		var all int
		p.Eval("holding.open().length", &all)
		require.Equal(t, 1000, all, "they are here when that is said")
		p.Eval(there, &found)
		require.Equal(t, 1, found, "the earlier answer")
		if b.Name() == "chromium" { // Firefox gives pages of extensions no way to ask for its search
			p.Until("what the browser finds", `window.find("Answer 7", false, false, true)`)
		}
	})
}
