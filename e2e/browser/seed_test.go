package browser_test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/kindos/kai/e2e/harness"
	"github.com/kindos/kai/e2e/model"
)

// typist joins the runtime and speaks as a view does, only faster than a person can write.
const typist = `
(globalThis.typist = (() => {
  const port = chrome.runtime.connect({ name: "kai-view" });
  const waiting = new Map();
  let counter = 0;
  const post = (e) => port.postMessage(JSON.stringify({ v: 1, ...e }));
  port.onMessage.addListener((text) => {
    const e = JSON.parse(text);
    if (e.kind === "request") return post({ id: e.id, kind: "reply", body: hello });
    if (e.kind !== "reply" || !waiting.has(e.id)) return;
    const { resolve, reject } = waiting.get(e.id);
    waiting.delete(e.id);
    if (e.fault) reject(new Error(JSON.stringify(e.fault)));
    else resolve(e.body);
  });
  const hello = { min: 1, max: 1, app: "kai-view", version: "test", instance: "typist" };
  const call = (method, body) => new Promise((resolve, reject) => {
    const id = "typist-" + ++counter;
    waiting.set(id, { resolve, reject });
    post({ id, kind: "request", method, body });
  });
  const ready = call("hello", hello);
  return { call: (method, body) => ready.then(() => call(method, body)) };
})(), true)`

// quickly answers like the model server, without a model: for tests that need many conversations.
func quickly(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/x-ndjson")
	_, _ = w.Write([]byte(`{"message":{"role":"assistant","content":"Noted."},"done":false}` + "\n" + `{"message":{"role":"assistant","content":""},"done":true,"done_reason":"stop"}` + "\n"))
}

// fill begins n conversations ("Number 1", "Number 2", …), each with one question and one answer.
func fill(t *testing.T, b harness.Browser, l *model.Line, n int) {
	t.Helper()
	l.Replace(quickly, "/api/chat")
	defer l.Open()
	p := b.Open(t, b.ExtensionURL("tab.js")) // a text: a page of the extension on which no view runs
	p.Eval(typist, nil)
	const step = 100 // at a time: one expression has to end within the patience of the harness
	for from := 1; from <= n; from += step {
		p.Eval(fmt.Sprintf(`(async () => { for (let i = %d; i < %d; i++) await typist.call("message.send", { text: "Number " + i }) })()`,
			from, min(from+step, n+1)), nil)
	}
	p.Close()
}

// lengthen adds n questions with answers to the conversation that was begun last.
func lengthen(t *testing.T, p *harness.Page, l *model.Line, n int) {
	t.Helper()
	l.Replace(quickly, "/api/chat")
	defer l.Open()
	p.Eval(typist, nil)
	p.Eval(fmt.Sprintf(`(async () => {
	  const { conversations } = await typist.call("conversation.list", { limit: 1 });
	  for (let i = 1; i <= %d; i++) {
	    for (;;) try {
	      await typist.call("message.send", { conversation: conversations[0].id, text: "Remark " + i });
	      break;
	    } catch (error) {
	      if (!String(error).includes('"conflict"')) throw error; // the answer before is still being made
	      await new Promise((r) => setTimeout(r, 2));
	    }
	  }
	})()`, n), nil)
}

// keepLong keeps a conversation of n messages, half of them questions ("Question 1", …), half of them answers of some paragraphs and code, and gives
// its id. The runtime takes it as it takes what a person moves in.
func keepLong(t *testing.T, p *harness.Page, n int) string {
	t.Helper()
	p.Eval(typist, nil)
	p.Eval(fmt.Sprintf(`(async () => {
	  const id = (i) => "0190-" + String(i).padStart(6, "0");
	  const created = (i) => new Date(1.7e12 + i * 60_000).toISOString();
	  const prose = (i) => "Some words that take a line or two where there is little room for them, number " + i + ". ";
	  const answer = (i) => "## Answer " + i + "\n\n" + prose(i).repeat(1 + i %% 3) + "\n\n- one\n- two\n\n"
	    + (i %% 4 ? "" : "`+"```"+`go\nfunc number() int { return " + i + " }\n`+"```"+`\n\n") + prose(i).repeat(i %% 5);
	  const message = (i) => i %% 2
	    ? { role: "user", text: "Question " + (i + 1) / 2 }
	    : { role: "assistant", text: answer(i / 2), state: "done", model: "stand-in" };
	  const record = (kind, body) => ({ kind, id: body.id, version: "", body });
	  const all = Array.from({ length: %d }, (_, i) => record("message", { id: id(i + 1), conversation: "long", created: created(i), ...message(i + 1) }));
	  for (let at = 0; at < all.length; at += 500) await typist.call("data.import", { records: all.slice(at, at + 500), next: "more" });
	  const last = created(all.length);
	  await typist.call("data.import", { records: [record("conversation", { id: "long", title: "A long talk", created: created(0), updated: last })] });
	})()`, n), nil)
	return "long"
}
