import { asFault } from "../../../bridge/fault";
import type { App } from "../state/app";
import { keepThread } from "../state/remember";

interface FirefoxSidebar {
  sidebarAction?: { open(): Promise<void> };
}

/** openElsewhere opens a tab with the same conversation. */
export function openElsewhere(app: App): void {
  const id = app.thread.id.peek();
  void app.attempt(chrome.tabs.create({ url: chrome.runtime.getURL(`tab.html${id ? `#/c/${id}` : "#/new"}`) }));
  if (app.context === "popup") close();
}

/** openPanel opens the side panel with the same conversation. Nothing may be awaited before: it needs the click. */
export function openPanel(app: App): void {
  keepThread("sidepanel", app.thread.id.peek(), Date.now());
  const firefox = (globalThis as { browser?: FirefoxSidebar }).browser?.sidebarAction;
  const opening = firefox ? firefox.open() : openInWindow();
  opening.then(() => app.context === "popup" && close(), (error: unknown) => app.complain(asFault(error)));
}

// windowId is needed with the click still valid, so it is not asked for: the current window is where the view is.
async function openInWindow(): Promise<void> {
  await chrome.sidePanel.open({ windowId: chrome.windows.WINDOW_ID_CURRENT });
}
