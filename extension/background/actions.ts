// The toolbar button, the shortcuts and the menus: which of them exist follows ui_mode.
//
// A click on any of them also grants activeTab for the page at hand, which is what lets a view read the page when the
// person asks about it. That is why the button is handled here instead of by the browser's own "open the panel on click".
import { actionsOf, languageKey, menuKey, readCopy, titleOf, type Action } from "../prompts/menu";
import { languageOf } from "../strings/languages";
import { menuWords } from "../strings/menu";
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

/** askKey is where a view finds, in session storage, what the person asked from outside of it: an Ask. */
export const askKey = "kai-ask";

/** Ask is a page, or what is selected in it, that the person asked about from the page's menu, or a question from the address bar. */
export interface Ask {
  view: View;
  tab?: number;
  /** What is asked at once, with places to fill in where a page is asked about; without it, the person writes the question. */
  text?: string;
  at: number;
}

/** serveActions sets up everything that opens a view. */
export function serveActions(): void {
  chrome.action?.onClicked?.addListener((tab) => open(mode === "tab" ? "tab" : "sidepanel", tab));
  chrome.commands?.onCommand?.addListener((command, tab) => open(viewOf(command), tab));
  chrome.contextMenus?.onClicked?.addListener((info, tab) => chosen(String(info.menuItemId), tab));
  chrome.omnibox?.onInputEntered?.addListener((text) => typed(text));
  onConfigChange(() => void apply());
  chrome.storage.onChanged.addListener((changes, area) => void (area === "local" && (menuKey in changes || languageKey in changes) && setMenus()));
  void apply();
}

function viewOf(command: string): View {
  if (command === "open-popup") return "popup";
  return command === "open-tab" ? "tab" : "sidepanel";
}

function chosen(item: string, tab: Tab): void {
  if (item.startsWith("open-")) return open(viewOf(item), tab);
  const view: View = exists("sidepanel") ? "sidepanel" : mode === "popup" ? "popup" : "tab";
  open(view, tab);
  if (tab?.id !== undefined) void handPage(view, tab.id, item);
}

async function handPage(view: View, tab: number, item: string): Promise<void> {
  const action = (await actions()).find((a) => itemOf(a) === item);
  hand({ view, tab, text: action?.template, at: Date.now() });
}

// What was typed into the address bar after the keyword is asked in a tab, or where else kAI is shown.
function typed(text: string): void {
  if (!text.trim()) return open(exists("tab") ? "tab" : "sidepanel", undefined);
  const view: View = exists("tab") ? "tab" : exists("sidepanel") ? "sidepanel" : "popup";
  open(view, undefined);
  hand({ view, text: text.trim(), at: Date.now() });
}

function hand(ask: Ask): void {
  void chrome.storage.session?.set({ [askKey]: ask });
}

// Read anew each time: this script may have been started by the click itself.
async function actions(): Promise<Action[]> {
  const { choice, copy } = await readMenu();
  return actionsOf(readCopy(copy), languageOf(choice));
}

async function readMenu(): Promise<{ choice: string | undefined; copy: unknown }> {
  const kept = await chrome.storage.local.get([menuKey, languageKey]);
  const choice = kept[languageKey];
  return { choice: typeof choice === "string" ? choice : undefined, copy: kept[menuKey] };
}

function itemOf(action: Action): string {
  return `action ${action.id}`;
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

// One after the other: two at once would each add to what the other has removed.
let menus = Promise.resolve();

function setMenus(): Promise<void> {
  return (menus = menus.then(makeMenus).catch((error: unknown) => console.warn("kAI: the menus could not be made:", error)));
}

async function makeMenus(): Promise<void> {
  const { choice, copy } = await readMenu();
  const words = menuWords[languageOf(choice)];
  chrome.omnibox?.setDefaultSuggestion?.({ description: words.ask });
  await chrome.contextMenus?.removeAll();
  const add = (id: string, title: string, contexts: string[]) =>
    chrome.contextMenus?.create({ id, title, contexts } as chrome.contextMenus.CreateProperties, () => void chrome.runtime.lastError);
  if (exists("popup")) add("open-popup", words.openPopup, ["action"]);
  if (exists("sidepanel")) add("open-panel", words.openPanel, ["action"]);
  if (exists("tab")) add("open-tab", words.openTab, ["action"]);
  add("ask-page", words.askPage, ["page"]);
  add("ask-selection", words.askSelection, ["selection"]);
  for (const action of actionsOf(readCopy(copy), languageOf(choice))) add(itemOf(action), titleOf(action, choice), [action.page ? "page" : "selection"]);
}
