import { isProtected, siteOf } from "../../../page/tab";

/** OpenTab is a tab of the browser, and why it cannot be read, if it cannot. */
export interface OpenTab {
  id: number;
  title: string;
  url: string;
  why?: "protected" | "asleep";
}

/** mayList tells whether the browser shows every tab's title and address to kAI. */
export function mayList(): Promise<boolean> {
  return chrome.permissions.contains({ permissions: ["tabs"] });
}

/** askToList asks the browser for that. It must run in a click. */
export function askToList(): Promise<boolean> {
  return chrome.permissions.request({ permissions: ["tabs"] });
}

/** openTabs lists the tabs that kAI may know of but its own: those that can be read first, of these the latest used. */
export async function openTabs(): Promise<OpenTab[]> {
  const own = chrome.runtime.getURL("");
  const tabs = await chrome.tabs.query({});
  return tabs
    .filter((tab) => tab.id !== undefined && tab.url && !tab.url.startsWith(own))
    .sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0))
    .map((tab) => ({ id: tab.id!, title: tab.title?.trim() || hostOf(tab.url!), url: tab.url!, why: whyNot(tab) }))
    .sort((a, b) => Number(a.why !== undefined) - Number(b.why !== undefined));
}

function whyNot(tab: chrome.tabs.Tab): OpenTab["why"] {
  if (isProtected(tab.url) || !/^https?:/i.test(tab.url!)) return "protected";
  return tab.discarded ? "asleep" : undefined; // the browser let go of its page to save memory
}

/** sitesOf are what the browser is asked for, so that these tabs can be read. */
export function sitesOf(tabs: OpenTab[]): string[] {
  return [...new Set(tabs.map((tab) => siteOf(tab.url)))];
}

/** hostOf is the site of an address. */
export function hostOf(url: string): string {
  return (URL.canParse(url) && new URL(url).host) || url;
}
