import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { h, render } from "preact";
import type { Client, Link } from "../bridge/client";
import type { Conversation } from "../gen/wire";
import { Row } from "../views/kit/list/row";
import { App } from "../views/kit/state/app";
import { AppContext } from "../views/kit/ui/context";
import { dom } from "./harness";

const page = dom();
globalThis.requestAnimationFrame = (work) => page.window.requestAnimationFrame(work);
mock.timers.enable({ apis: ["setTimeout"] });

const conversation = (id: string, day: number): Conversation => ({ id, title: `title ${id}`, created: "2026-01-01", updated: `2026-01-0${day}` });
const frame = () => new Promise<void>((done) => page.window.requestAnimationFrame(() => page.window.requestAnimationFrame(() => done())));

/** list shows three rows under two headings, as the list of conversations does, and follows what is deleted. */
function list(): App {
  const client = { call: () => Promise.resolve({}), link: { state: "ready" } as Link } as unknown as Client;
  const app = new App("tab", client, false);
  app.conversations.reset({ conversations: [conversation("a", 3), conversation("b", 2), conversation("c", 1)] });
  const Rows = () => h("ul", null, app.conversations.list.value.flatMap((c) => [
    h("li", { class: "group", key: `head ${c.id}` }, h("h3", null, c.id)), h(Row, { key: c.id, conversation: c, top: 0 }),
  ]));
  render(null, document.body);
  render(h(AppContext.Provider, { value: app }, h(Rows, null)), document.body);
  return app;
}

const row = (title: string) => [...document.querySelectorAll<HTMLElement>("button.row")].find((b) => b.textContent === title)!;
const press = (on: Element, key: string) => on.dispatchEvent(new page.window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
const focused = () => document.activeElement?.textContent;

test("deleting a row leaves the focus on the one after it, or before it at the end", async () => {
  list();
  row("title b").focus();
  press(row("title b"), "Delete");
  await frame();
  assert.equal(focused(), "title c");
  press(row("title c"), "Delete");
  await frame();
  assert.equal(focused(), "title a");
});

for (const key of ["Enter", "Escape"]) {
  test(`renaming that ends with ${key} gives the focus back to the row`, async () => {
    list();
    row("title b").focus();
    press(row("title b"), "F2");
    await frame();
    const box = document.querySelector<HTMLInputElement>(".title-box")!;
    assert.equal(box.getAttribute("aria-label"), "Title");
    box.focus();
    box.value = "new";
    press(box, key);
    await frame();
    assert.equal(focused(), key === "Enter" ? "new" : "title b");
  });
}
