import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import { takeOutsideQuestion } from "../views/kit/shell/outside_question";
import { dom, settle } from "./harness";

dom();

// area is session storage in memory.
function area(): { kept: Record<string, unknown>; put: (value: unknown) => void } {
  const kept: Record<string, unknown> = {};
  const hear = new Set<(changes: Record<string, unknown>) => void>();
  const session = {
    get: async (key: string) => ({ [key]: kept[key] }),
    remove: async (key: string) => void delete kept[key],
    onChanged: { addListener: (f: never) => hear.add(f), removeListener: (f: never) => hear.delete(f) },
  };
  Object.defineProperty(globalThis, "chrome", { value: { storage: { session } }, configurable: true });
  let last: Promise<unknown> = Promise.resolve();
  const locks = { request: (_: string, work: () => Promise<unknown>) => (last = last.then(work)) };
  Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
  return { kept, put: (value) => { kept["kai-ask"] = value; for (const f of [...hear]) f({ "kai-ask": { newValue: value } }); } };
}

// view is what a question is handed to: it notes what it is asked.
function view(context: string, some: { draft?: string; model?: boolean } = {}) {
  const asked: string[] = [];
  const attachments = signal<unknown[]>([]);
  const app = {
    context, settings: signal({}), away: signal(false), loaded: signal(true), welcome: signal(false), choice: signal(some.model === false ? undefined : { service: "s", model: "m" }),
    picked: signal(undefined), beginning: signal({}), open: () => asked.push("open"), remember: () => undefined, put: () => undefined, complain: () => undefined,
    library: { chosen: signal([]), picked: signal(undefined) },
    thread: { id: signal(""), entries: signal([]), pend: () => ({}), sent: () => undefined, unpend: () => undefined },
    client: { call: async (_: string, body: { text: string; attachments: unknown[] }) => (asked.push(`send ${body.text} ${body.attachments.length}`), { conversation: { id: "c" } }) },
  };
  const ask = {
    attachments,
    aboutPage: async (text: string, tab: number) => { asked.push(`page ${text}${tab}`); attachments.value = [{ title: "Herons", url: "https://a.test/" }]; },
    giveBack: (text: string, back: unknown[]) => asked.push(`back ${text} ${back.length}`),
  };
  const stop = takeOutsideQuestion(app as never, ask as never);
  return { asked, stop };
}

test("a task of the menu is asked at once, in a conversation of its own, about the page", async () => {
  const { put, kept } = area();
  const { asked } = view("sidepanel");
  put({ view: "sidepanel", tab: 7, text: "Explain this.", at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["open", "page 7", "send Explain this. 1"]);
  assert.deepEqual(kept, {});
});

test("the places of a task are filled from the page", async () => {
  const { put } = area();
  const { asked } = view("sidepanel");
  put({ view: "sidepanel", tab: 7, text: "Explain {{selection}} of {{title}}.", at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["open", "page 7", "send Explain the selected text of “Herons”. 1"]);
});

test("a task with a place that the page does not fill waits for the person, with the page", async () => {
  const { put } = area();
  const { asked } = view("sidepanel");
  put({ view: "sidepanel", tab: 7, text: "Rewrite {{title}} in a {{ tone }} tone.", at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["open", "page 7", "back Rewrite “Herons” in a {{ tone }} tone. 1"]);
});

test("places in a question of the address bar are the person's own words", async () => {
  const { put } = area();
  const { asked } = view("tab");
  put({ view: "tab", text: "What is {{title}}?", at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["open", "send What is {{title}}? 0"]);
});

test("a question about a page without words waits for the person's", async () => {
  const { put } = area();
  const { asked } = view("sidepanel");
  put({ view: "sidepanel", tab: 7, at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["page 7"]);
});

test("a question of the address bar is taken by one view of the kind that was opened", async () => {
  const { put } = area();
  const views = [view("popup"), view("tab"), view("tab")];
  put({ view: "tab", text: "Why?", at: Date.now() });
  await settle();
  assert.deepEqual(views.map((v) => v.asked).sort(), [[], [], ["open", "send Why? 0"]]);
});

test("what cannot be answered yet goes to the text box", async () => {
  const { put } = area();
  const { asked } = view("tab", { model: false });
  put({ view: "tab", text: "Why?", at: Date.now() });
  await settle();
  assert.deepEqual(asked, ["open", "back Why? 0"]);
});

for (const [name, value] of [
  ["of long ago", { view: "tab", text: "Why?", at: Date.now() - 60_000 }],
  ["without a time", { view: "tab", text: "Why?" }],
  ["that is none", "Why?"],
] as const) {
  test(`a question ${name} is left alone`, async () => {
    const { put } = area();
    const { asked } = view("tab");
    put(value);
    await settle();
    assert.deepEqual(asked, []);
  });
}
