import type { App } from "../state/app";
import type { Places } from "./places";

const kept = 64; // pixels of a page that are still seen on the next

/**
 * serveScrollKeys has the keys that scroll a page scroll the conversation, where a person would expect it: while nothing else has the focus, and in
 * the text box as far as it has no use for them. Only what is loaded is scrolled by browsers themselves.
 */
export function serveScrollKeys(app: App, places: Places): () => void {
  const listener = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing || document.querySelector("dialog.dialog[open]")) return;
    if (isFind(e)) void app.attempt(places.whole()); // and the browser's search opens
    else if (run(e, app, places)) e.preventDefault();
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}

function isFind(e: KeyboardEvent): boolean {
  return e.key === "F3" || ((e.ctrlKey || e.metaKey) && !e.altKey && ["f", "g"].includes(e.key.toLowerCase()));
}

function run(e: KeyboardEvent, app: App, places: Places): boolean {
  const { box } = places;
  if (!box || e.altKey || e.shiftKey) return false;
  if (e.key === "Escape" && app.thread.gathering.peek()) {
    app.thread.stopLoading();
    return true;
  }
  const key = e.metaKey ? { ArrowUp: "Home", ArrowDown: "End" }[e.key] : e.key;
  if (!key || !["Home", "End", "PageUp", "PageDown"].includes(key) || !isFor(box, key)) return false;
  if (key === "Home") void places.first();
  else if (key === "End") places.last();
  else if (box.contains(document.activeElement)) return false; // browsers do that, and smoothly
  else box.scrollBy(0, (key === "PageUp" ? -1 : 1) * Math.max(box.clientHeight - kept, kept));
  return true;
}

// Whether a key is for the conversation, and not for what has the focus.
function isFor(box: HTMLElement, key: string): boolean {
  const active = document.activeElement;
  if (!active || active === document.body) return true;
  if (active instanceof HTMLTextAreaElement && active.id === "message") {
    return key === "Home" || key === "End" ? active.value === "" : active.scrollHeight <= active.clientHeight + 1;
  }
  return box.contains(active) && !active.matches("input, textarea, select, [contenteditable]") && !scrollsItself(active, box);
}

function scrollsItself(active: Element, box: Element): boolean {
  for (let e: Element | null = active; e && e !== box; e = e.parentElement) {
    if (e.scrollHeight > e.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(e).overflowY)) return true;
  }
  return false;
}
