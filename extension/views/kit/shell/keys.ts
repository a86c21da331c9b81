import type { Ask } from "../chat/ask";
import { stop } from "../state/actions";
import type { App } from "../state/app";

/** serveKeys listens for the keys that work anywhere in a view. */
export function serveKeys(app: App, ask: Ask): () => void {
  const listener = (e: KeyboardEvent) => {
    if (e.defaultPrevented || e.isComposing || document.querySelector("dialog.dialog[open]")) return;
    if (run(e, app, ask)) e.preventDefault();
  };
  addEventListener("keydown", listener);
  return () => removeEventListener("keydown", listener);
}

function run(e: KeyboardEvent, app: App, ask: Ask): boolean {
  const control = e.ctrlKey || e.metaKey;
  const key = e.key.toLowerCase();
  if (control && key === "k") return search(app);
  if (control && e.shiftKey && key === "o") return fresh(app, ask);
  if (control && key === ",") return settings(app);
  if (e.key === "Escape") return leave(app);
  if (e.key === "/" && !control && !typing()) return focus(ask);
  return false;
}

function search(app: App): boolean {
  const inColumn = document.querySelector<HTMLElement>(".sidebar #search");
  if (!inColumn || inColumn.offsetParent === null) app.drawer.value = true;
  requestAnimationFrame(() => {
    const boxes = [...document.querySelectorAll<HTMLInputElement>("#search")];
    boxes.find((b) => b.offsetParent !== null)?.focus();
  });
  return true;
}

function fresh(app: App, ask: Ask): boolean {
  app.open("");
  requestAnimationFrame(() => ask.box?.focus());
  return true;
}

function settings(app: App): boolean {
  app.screen.value = app.screen.peek() === "settings" ? "chat" : "settings";
  return true;
}

// Escape closes what is nearest: the settings or the help, else the answer that is being made.
function leave(app: App): boolean {
  if (app.screen.peek() === "settings" || app.screen.peek() === "help") {
    app.screen.value = "chat";
    return true;
  }
  if (!app.thread.live.peek()) return false;
  void stop(app);
  return true;
}

function focus(ask: Ask): boolean {
  ask.box?.focus();
  return true;
}

function typing(): boolean {
  return document.activeElement?.matches("input, textarea, select, [contenteditable]") ?? false;
}
