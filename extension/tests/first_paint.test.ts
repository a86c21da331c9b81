import assert from "node:assert/strict";
import { test } from "node:test";
import { keepDraft, keepThread, readDraft, startThread } from "../views/kit/state/remember";
import { dom, source } from "./harness";

const rows = [
  { id: "c1", title: "<img src=x onerror=alert(1)>", created: "", updated: "" },
  { id: "c2", title: "", created: "", updated: "" },
  null,
];

const words = {
  language: "de", conversations: "Unterhaltungen", main: "Unterhaltung", message: "Nachricht", placeholder: "\"><b>Frag", greeting: "Hallo", recent: "Zuletzt",
  untitled: "Neu",
};

test("theme, language, rows and a usable text box are there before anything else is loaded", async () => {
  const page = dom('<!doctype html><html data-context="sidepanel"><body><div id="app"></div></body></html>');
  localStorage.setItem("kai-snapshot", JSON.stringify({ settings: { theme: "dark", language: "de", welcomed: true }, conversations: rows }));
  localStorage.setItem("kai-words", JSON.stringify(words));
  keepDraft("", "a draft");
  await import("../views/kit/first_paint");
  assert.equal(document.documentElement.dataset.theme, "dark");
  const names = [...document.querySelectorAll("button.row")].map((b) => b.textContent);
  assert.deepEqual(names, ["<img src=x onerror=alert(1)>", "Neu", "Neu"]);
  assert.equal(document.documentElement.lang, "de");
  assert.equal(document.querySelector("img"), null);
  const box = document.querySelector<HTMLTextAreaElement>("#message")!;
  assert.equal(box.value, "a draft");
  assert.equal(document.activeElement, box);
  assert.equal(box.getAttribute("aria-label"), "Nachricht");
  assert.equal(box.placeholder, words.placeholder);
  assert.equal(document.querySelector("b"), null);

  const press = (key: string, more = {}) => box.dispatchEvent(new page.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  box.value = "first";
  press("Enter", { shiftKey: true });
  assert.deepEqual(window.kaiFirst?.sent, []);
  press("Enter");
  box.value = "   ";
  press("Enter");
  assert.deepEqual(window.kaiFirst?.sent, ["first"]);
  assert.equal(document.querySelector(".bubble")?.textContent, "first");
  window.kaiFirst?.letGo();
  box.value = "after";
  press("Enter");
  assert.deepEqual(window.kaiFirst?.sent, ["first"]);
});

test("it needs no library: what is bundled into it stays small", () => {
  const text = source("views", "kit", "first_paint.ts") + source("views", "kit", "first_rows.ts") + source("views", "kit", "state", "remember.ts");
  assert.doesNotMatch(text, /from "(?:preact|@preact|marked|dompurify)/);
});

test("a view opens with the address, else what it had open lately, else nothing in particular", () => {
  dom();
  const now = 1_000_000_000;
  assert.equal(startThread("tab", "#/c/0192-ab", now), "0192-ab");
  assert.equal(startThread("tab", "#/new", now), "");
  assert.equal(startThread("tab", "", now), undefined);
  keepThread("tab", "c9", now - 60_000);
  assert.equal(startThread("tab", "", now), "c9");
  assert.equal(startThread("popup", "", now), undefined);
  assert.equal(startThread("tab", "", now + 5 * 3_600_000), undefined);
  assert.equal(startThread("tab", "#/c/<script>", now), "c9");
});

test("what is kept may be broken or forbidden, and nothing happens", () => {
  dom();
  localStorage.setItem("kai-open:tab", "{");
  localStorage.setItem("kai-draft:new", "7");
  assert.equal(startThread("tab", "", 1), undefined);
  assert.equal(readDraft(""), "");
  Object.defineProperty(globalThis, "localStorage", { get: () => { throw new Error("refused"); }, configurable: true });
  assert.equal(readDraft(""), "");
  assert.doesNotThrow(() => keepDraft("", "x"));
});
