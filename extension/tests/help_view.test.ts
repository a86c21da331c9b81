import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import { h, options, render } from "preact";
import { beforeEach, test } from "node:test";
import { WhatsNew } from "../views/kit/help/news";
import { Tour } from "../views/kit/help/tour";
import { TourCard } from "../views/kit/help/tour_card";
import { AppContext } from "../views/kit/ui/context";
import { dom } from "./harness";

// Preact runs effects after a frame, or 35 ms where there is none: a wait for that is a race. Here they run in their turn, after what was asked for before.
Object.assign(options, { requestAnimationFrame: (work: () => void) => setTimeout(work) });
const drawn = async () => { for (let i = 0; i < 8; i++) await new Promise((done) => setTimeout(done)); };

function show(view: () => unknown, some: object): HTMLElement {
  const root = document.body.appendChild(document.createElement("div"));
  render(h(AppContext.Provider, { value: some as never, children: h(view as never, {}) }), root);
  return root;
}

function press(root: Element, name: string): void {
  const button = [...root.querySelectorAll("button")].find((b) => (b.getAttribute("aria-label") ?? b.textContent) === name);
  assert.ok(button, `no button ${name} in ${root.textContent}`);
  button.click();
}

let page: ReturnType<typeof dom>;

beforeEach(() => {
  page = dom();
  for (const name of ["requestAnimationFrame", "cancelAnimationFrame"] as const) Object.defineProperty(globalThis, name, { value: page.window[name].bind(page.window), configurable: true });
});

test("the steps of the tour are walked with its buttons, and each is in focus once it is reached", async () => {
  const tour = new Tour({ settings: signal({ toured: true }), open: () => undefined } as never);
  const root = show(TourCard, { tour });
  assert.equal(root.textContent, "");
  tour.begin();
  await drawn();
  assert.match(root.textContent!, /Step 1 of 3/);
  assert.notEqual(document.activeElement?.tagName, "H2", "it does not take the focus by itself");
  press(root, "Next");
  await drawn();
  assert.equal(document.activeElement?.textContent, "Your history stays with you");
  press(root, "Back");
  await drawn();
  press(root, "Next");
  await drawn();
  press(root, "Next");
  await drawn();
  assert.match(root.textContent!, /Step 3 of 3/);
  press(root, "Done");
  await drawn();
  assert.equal(root.textContent, "");
});

test("Escape skips the tour, and nothing else hears of it", async () => {
  const tour = new Tour({ settings: signal({ toured: true }), open: () => undefined } as never);
  const root = show(TourCard, { tour });
  tour.begin();
  await drawn();
  const key = new page.window.KeyboardEvent("keydown", { key: "Escape", bubbles: true, cancelable: true });
  root.querySelector("button")!.dispatchEvent(key);
  await drawn();
  assert.equal(root.textContent, "");
  assert.equal(key.defaultPrevented, true);
});

test("the line of what is new says it on demand and goes for good when it is dismissed", async () => {
  localStorage.setItem("kai-version", '"0.0.1"');
  const app = { version: signal("0.1.0") };
  const root = show(WhatsNew, app);
  await drawn();
  assert.match(root.textContent!, /^New in 0\.1\.0/);
  assert.equal(root.querySelector("details")!.open, false);
  assert.equal(root.querySelectorAll("li").length, 4);
  press(root, "Dismiss");
  await drawn();
  assert.equal(root.textContent, "");
  const again = show(WhatsNew, app);
  await drawn();
  assert.equal(again.textContent, "");
});
