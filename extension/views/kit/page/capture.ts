import { MaxAttachmentBytes, type Attachment } from "../../../gen/wire";
import { t } from "../../../strings";
import type { Raw } from "./readable";
import { shorten } from "./shorten";

/** Refusal says why a page was not read. With origins, the person can allow it. */
export interface Refusal {
  message: string;
  origins?: string[];
}

/** Captured is what reading a page gave. */
export type Captured = { attachment: Attachment } | { refusal: Refusal };

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

// Runs inside the page, so it may use nothing of this file. What the person can't see is left out: a page may hide there what
// only the model is to read. A page of many megabytes is not copied whole: past a limit only its plain text is taken, and
// only the beginning of that.
function readPage(): Raw {
  const mostHTML = 1_500_000;
  const mostText = 400_000;
  const silent = /^(?:SCRIPT|STYLE|NOSCRIPT|TEMPLATE|IFRAME|OBJECT|SVG)$/i;
  const hides = (e: Element) => silent.test(e.tagName) || getComputedStyle(e).display === "none";
  const veils = (e: Element) => getComputedStyle(e).visibility !== "visible"; // its own text; what is inside may be seen

  // The copy has the same elements in the same order as the page.
  const seenHTML = (): string => {
    const copy = document.documentElement.cloneNode(true) as Element;
    const copies = [...copy.querySelectorAll("body *")];
    document.querySelectorAll("body *").forEach((e, i) => {
      if (hides(e)) copies[i]?.remove();
      else if (veils(e)) copies[i]?.childNodes.forEach((n) => n.nodeType === Node.TEXT_NODE && (n.nodeValue = ""));
    });
    return copy.outerHTML;
  };
  const seenText = (): string => {
    const pick = (n: Node) => (n instanceof Element && hides(n) ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT, pick);
    let text = "";
    for (let n = walk.nextNode(); n && text.length < mostText; n = walk.nextNode()) {
      if (n instanceof Element) text += getComputedStyle(n).display.startsWith("inline") ? "" : "\n";
      else if (n.parentElement && !veils(n.parentElement)) text += n.nodeValue ?? "";
    }
    return text.slice(0, mostText);
  };

  const selection = String(getSelection() ?? "");
  const raw = { title: document.title, url: location.href, selection, html: "", text: "" };
  if (selection.trim() !== "") return { ...raw, selection: selection.slice(0, mostText) };
  if (!(document.body instanceof HTMLElement)) return { ...raw, text: document.documentElement?.textContent?.slice(0, mostText) ?? "" };
  if (document.documentElement.outerHTML.length > mostHTML) return { ...raw, text: seenText() };
  return { ...raw, html: seenHTML(), text: document.body.innerText.slice(0, mostText) };
}
