import { MaxAttachmentBytes, type Attachment } from "../../../gen/wire";
import { t } from "../../../strings";
import { shorten } from "./shorten";

/** Refusal says why a page was not read. With origins, the person can allow it. */
export interface Refusal {
  message: string;
  origins?: string[];
}

/** Captured is what reading a page gave. */
export type Captured = { attachment: Attachment } | { refusal: Refusal };

/** Raw is what the page itself handed over. */
export interface Raw {
  title: string;
  url: string;
  selection: string;
  html: string;
  text: string;
}

/** capturePage reads the tab in front of the person (or the named one): the selection if there is one, else its text. */
export async function capturePage(tabId?: number): Promise<Captured> {
  const tab = tabId === undefined ? await frontTab() : await chrome.tabs.get(tabId);
  if (tab?.id === undefined) return { refusal: { message: t.page.noTab } };
  if (isProtected(tab.url)) return { refusal: { message: t.page.restricted } };
  try {
    const [result] = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: readPage });
    return await attach(result?.result as Raw | undefined);
  } catch (error) {
    return { refusal: refusalFor(tab, error instanceof Error ? error.message : String(error)) };
  }
}

/** grant asks the browser for leave to read pages of these origins. */
export async function grant(origins: string[]): Promise<boolean> {
  return chrome.permissions.request({ origins });
}

async function frontTab(): Promise<chrome.tabs.Tab | undefined> {
  const [tab] = await chrome.tabs.query({ active: true, currentWindow: true });
  return tab;
}

async function attach(raw: Raw | undefined): Promise<Captured> {
  if (!raw) return { refusal: { message: t.page.empty } };
  const selected = raw.selection.trim();
  const text = selected || (await readable(raw));
  if (!text) return { refusal: { message: t.page.empty } };
  const { text: kept, cut } = shorten(text, MaxAttachmentBytes);
  return {
    attachment: {
      type: selected ? "selection" : "page", title: raw.title.trim() || hostOf(raw.url), url: raw.url, text: kept,
      truncated: cut || undefined,
    },
  };
}

async function readable(raw: Raw): Promise<string> {
  const { readableText } = await import("./readable");
  return readableText(raw, (html) => new DOMParser().parseFromString(html, "text/html"));
}

/** isProtected tells addresses that no extension may read. */
export function isProtected(url: string | undefined): boolean {
  return /^(?:chrome|edge|brave|vivaldi|about|view-source|devtools|moz-extension|chrome-extension|resource):/i.test(url ?? "") ||
    /^https:\/\/(?:chromewebstore\.google\.com|chrome\.google\.com\/webstore|addons\.mozilla\.org|microsoftedge\.microsoft\.com\/addons)\b/i.test(url ?? "");
}

function refusalFor(tab: chrome.tabs.Tab, reason: string): Refusal {
  if (/chrome:\/\/|gallery|extension page|webstore|cannot be scripted/i.test(reason)) return { message: t.page.restricted };
  const origin = originOf(tab.url);
  if (origin) return { message: t.page.needAccess(new URL(origin).host), origins: [`${origin}/*`] };
  if (tab.url === undefined || tab.url === "") return { message: t.page.needAccessAny, origins: ["*://*/*"] };
  return { message: t.page.restricted };
}

function originOf(url: string | undefined): string | undefined {
  const match = /^https?:\/\/[^/?#]+/i.exec(url ?? "");
  return match?.[0];
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

// Runs inside the page, so it may use nothing of this file. A page of many megabytes is not copied whole: past a limit
// only its plain text is taken, and only the beginning of that.
function readPage(): Raw {
  const mostHTML = 1_500_000;
  const mostText = 400_000;
  const selection = String(getSelection() ?? "");
  const raw = { title: document.title, url: location.href, selection, html: "", text: "" };
  if (selection.trim() !== "") return { ...raw, selection: selection.slice(0, mostText) };
  const html = document.documentElement?.outerHTML ?? "";
  if (html.length <= mostHTML) raw.html = html;
  const body = document.body as HTMLElement | null;
  raw.text = (html.length <= mostHTML ? body?.innerText : body?.textContent)?.slice(0, mostText) ?? "";
  return raw;
}
