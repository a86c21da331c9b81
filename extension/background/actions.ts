// The toolbar button, the shortcuts and the menus: which of them exist follows ui_mode.
//
// A click on any of them also grants activeTab for the page at hand, which is what lets a view read the page when the
// person asks about it. That is why the button is handled here instead of by the browser's own "open the panel on click".
import { onConfigChange, readUIMode, type UIMode } from "./platform";

interface Sidebar {
  open(): Promise<void>;
}
type Tab = chrome.tabs.Tab | undefined;
type View = "popup" | "sidepanel" | "tab";

// Firefox's own name for the side panel.
const sidebar = (globalThis as { browser?: { sidebarAction?: Sidebar } }).browser?.sidebarAction;

// Panels open only within the click itself, before anything is awaited; until the mode is read, the default holds.
let mode: UIMode = "all";

/** askKey is where a view finds, in session storage, that the person asked about a page from the menu: an Ask. */
export const askKey = "kai-ask";

/** Ask is a page, or what is selected in it, that the person asked about from the page's menu. */
export interface Ask {
  type: "page" | "selection";
  tab: number;
  at: number;
}

/** serveActions sets up everything that opens a view. */
export function serveActions(): void {
  chrome.action?.onClicked?.addListener((tab) => open(mode === "tab" ? "tab" : "sidepanel", tab));
  chrome.commands?.onCommand?.addListener((command, tab) => open(viewOf(command), tab));
  chrome.contextMenus?.onClicked?.addListener((info, tab) => chosen(String(info.menuItemId), tab));
  onConfigChange(() => void apply());
  void apply();
}

function viewOf(command: string): View {
  if (command === "open-popup") return "popup";
  return command === "open-tab" ? "tab" : "sidepanel";
}

function chosen(item: string, tab: Tab): void {
  if (item.startsWith("open-")) return open(viewOf(item), tab);
  open(exists("sidepanel") ? "sidepanel" : mode === "popup" ? "popup" : "tab", tab);
  if (tab?.id === undefined) return;
  const ask: Ask = { type: item === "ask-selection" ? "selection" : "page", tab: tab.id, at: Date.now() };
  void chrome.storage.session?.set({ [askKey]: ask });
}

function exists(view: View): boolean {
  return mode === "all" || mode === view;
}

function open(view: View, tab: Tab): void {
  const opening = view === "sidepanel" ? openPanel(tab) : view === "popup" ? openPopup() : openTab();
  opening.catch((error: unknown) => {
    console.warn(`kAI: the ${view} did not open, a tab does instead:`, error);
    return openTab();
  });
}

async function openPanel(tab: Tab): Promise<void> {
  if (sidebar) return sidebar.open();
  await chrome.sidePanel.open({ windowId: tab?.windowId ?? chrome.windows.WINDOW_ID_CURRENT });
}

// The button has a popup only while one is asked for, else it could not open the panel.
async function openPopup(): Promise<void> {
  void chrome.action.setPopup({ popup: "popup.html" });
  try {
    await chrome.action.openPopup();
  } finally {
    await setPopup();
  }
}

async function openTab(): Promise<void> {
  const url = chrome.runtime.getURL("tab.html");
  const contexts = await chrome.runtime.getContexts({ contextTypes: ["TAB" as chrome.runtime.ContextType] });
  const there = contexts.find((c) => c.documentUrl?.startsWith(url));
  if (!there) return void (await chrome.tabs.create({ url }));
  await chrome.tabs.update(there.tabId, { active: true });
  await chrome.windows.update(there.windowId, { focused: true });
}

async function apply(): Promise<void> {
  mode = await readUIMode();
  await setPopup();
  await chrome.sidePanel?.setOptions({ enabled: exists("sidepanel"), path: "sidepanel.html" });
  await chrome.sidePanel?.setPanelBehavior({ openPanelOnActionClick: false });
  await setMenus();
}

function setPopup(): Promise<void> {
  return chrome.action.setPopup({ popup: mode === "popup" ? "popup.html" : "" });
}

async function setMenus(): Promise<void> {
  await chrome.contextMenus?.removeAll();
  const add = (id: string, title: string, contexts: string[]) =>
    chrome.contextMenus?.create({ id, title, contexts } as chrome.contextMenus.CreateProperties, () => void chrome.runtime.lastError);
  if (exists("popup")) add("open-popup", "Open kAI in a popup", ["action"]);
  if (exists("sidepanel")) add("open-panel", "Open kAI in the side panel", ["action"]);
  if (exists("tab")) add("open-tab", "Open kAI in a tab", ["action"]);
  add("ask-page", "Ask kAI about this page", ["page"]);
  add("ask-selection", "Ask kAI about “%s”", ["selection"]);
}
