// Reads what a tab shows. For views, and for the background when a model asks for the page.
import { base64OfFile } from "../bridge/base64";

/** Raw is what the page itself handed over. */
export interface Raw {
  title: string;
  url: string;
  selection: string;
  html: string;
  text: string;
  /** What is said in it, as far as the page has that in words. */
  transcript?: string;
  /** The file itself, in base64, if it is a PDF. */
  pdf?: string;
}

/** Read is what reading a tab gave: its page, or why not. Without leave, the origin is what leave is needed for, if it is known. */
export type Read = { raw: Raw } | { refused: "none" | "protected" | "empty" | "large" } | { refused: "leave"; origin?: string };

/** readTab reads what a tab shows: the selection if there is one, else all of it. */
export async function readTab(tab: chrome.tabs.Tab | undefined): Promise<Read> {
  if (tab?.id === undefined) return { refused: "none" };
  if (isProtected(tab.url)) return { refused: "protected" };
  try {
    const [result] = await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: readPage, args: [mostPDF] });
    const raw = result?.result as Raw | undefined;
    if (!raw) return { refused: "empty" };
    if (raw.pdf === "") return { refused: "large" };
    return { raw: raw.pdf ? { ...raw, title: raw.title || nameOf(raw.url) } : raw };
  } catch (error) {
    return (await fetched(tab)) ?? refusalFor(tab, error instanceof Error ? error.message : String(error));
  }
}

/** mostPDF is how many bytes a PDF in a tab may have. */
export const mostPDF = 20_000_000;

// Firefox lets no script into a PDF that it shows. Who has leave for its site can have the file.
async function fetched(tab: chrome.tabs.Tab): Promise<Read | undefined> {
  const url = tab.url ?? "";
  if (!(await hasLeave(url))) return undefined;
  const answer = await fetch(url, { credentials: "include" }).catch(() => undefined);
  if (!answer?.ok || !/^application\/pdf\b/i.test(answer.headers.get("Content-Type") ?? "")) {
    void answer?.body?.cancel();
    return undefined;
  }
  const file = await answer.blob();
  if (file.size > mostPDF) return { refused: "large" };
  return { raw: { title: nameOf(url), url, selection: "", html: "", text: "", pdf: await base64OfFile(file) } };
}

async function hasLeave(url: string): Promise<boolean> {
  return /^https?:/i.test(url) && chrome.permissions.contains({ origins: [siteOf(url)] });
}

/** siteOf is what a browser is asked for, so that pages at an address can be read. A pattern has no port: it holds for all of them. */
export function siteOf(url: string): string {
  const { protocol, hostname } = new URL(url);
  return `${protocol}//${hostname}/*`;
}

function nameOf(url: string): string {
  const last = new URL(url).pathname.split("/").pop() ?? "";
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

/** mayRead says whether a tab may be read without reading it: true, what leave is lacking, or undefined when nobody can give it. */
export async function mayRead(tab: chrome.tabs.Tab | undefined): Promise<true | { origin?: string } | undefined> {
  if (tab?.id === undefined || isProtected(tab.url)) return undefined;
  try {
    await chrome.scripting.executeScript({ target: { tabId: tab.id }, func: () => true });
    return true;
  } catch (error) {
    if (await hasLeave(tab.url ?? "")) return true;
    const why = refusalFor(tab, error instanceof Error ? error.message : String(error));
    return "refused" in why && why.refused === "leave" ? { origin: why.origin } : undefined;
  }
}

/** frontTab is the tab that the person looks at, in the window of a view or in the one that was used last. */
export async function frontTab(window: "current" | "last"): Promise<chrome.tabs.Tab | undefined> {
  const [tab] = await chrome.tabs.query({ active: true, ...(window === "current" ? { currentWindow: true } : { lastFocusedWindow: true }) });
  return tab;
}

/** isProtected tells addresses that no extension may read. */
export function isProtected(url: string | undefined): boolean {
  return /^(?:chrome|edge|brave|vivaldi|about|view-source|devtools|moz-extension|chrome-extension|resource):/i.test(url ?? "") ||
    /^https:\/\/(?:chromewebstore\.google\.com|chrome\.google\.com\/webstore|addons\.mozilla\.org|microsoftedge\.microsoft\.com\/addons)\b/i.test(url ?? "");
}

function refusalFor(tab: chrome.tabs.Tab, reason: string): Read {
  if (/chrome:\/\/|gallery|extension page|webstore|cannot be scripted/i.test(reason)) return { refused: "protected" };
  const origin = /^https?:\/\/[^/?#]+/i.exec(tab.url ?? "")?.[0];
  if (origin || !tab.url) return { refused: "leave", origin };
  return { refused: "protected" };
}

// Runs inside the page, so it may use nothing of this file. What the person can't see is left out: a page may hide there what
// only the model is to read. A page of many megabytes is not copied whole: past a limit only its plain text is taken, and
// only the beginning of that. Words of a video are those of its captions, which anybody can turn on, else of a transcript in sight.
async function readPage(mostPDF: number): Promise<Raw> {
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

  // A track that nobody turned on has not been loaded: it is, unseen, and is put back as it was.
  const cuesOf = async (track: HTMLTrackElement): Promise<string[]> => {
    const before = track.track.mode;
    if (before === "disabled") track.track.mode = "hidden";
    const loaded = 2;
    const gone = 3;
    if (track.readyState < loaded) await new Promise<void>((done) => { // a tab that is not in front has slow timers: its events tell
      for (const end of ["load", "error"]) track.addEventListener(end, () => done(), { once: true });
      setTimeout(done, 3000);
    });
    const cues = track.readyState >= gone ? [] : [...(track.track.cues ?? [])];
    const lines = cues.map((c) => ("text" in c ? String(c.text) : "").replace(/<[^>]*>/g, "").trim());
    track.track.mode = before;
    return lines;
  };
  const captions = async (): Promise<string> => {
    let text = "";
    for (const media of document.querySelectorAll("video, audio")) {
      const tracks = [...media.querySelectorAll<HTMLTrackElement>("track")].filter((x) => /^(?:captions|subtitles)$/.test(x.kind));
      const best = tracks.find((x) => x.track.mode === "showing") ?? tracks.find((x) => x.default) ??
        tracks.find((x) => x.srclang && document.documentElement.lang.startsWith(x.srclang)) ?? tracks[0];
      const lines = best ? await cuesOf(best) : [];
      text += lines.filter((line, i) => line && line !== lines[i - 1]).join("\n"); // captions that roll repeat their lines
      if (text.length > mostText) break;
    }
    return text.slice(0, mostText);
  };
  const panel = (): string => {
    const marked = '[id*="transcript" i], [class*="transcript" i], [aria-label*="transcript" i]';
    const texts = [...document.querySelectorAll<HTMLElement>(`:is(${marked}):not(button, a, :is(button, a) *)`)].map((e) => (e.checkVisibility?.() ? e.innerText : ""));
    const longest = texts.reduce((a, b) => (b.length > a.length ? b : a), "");
    return longest.split("\n").length > 2 ? longest.slice(0, mostText) : ""; // a heading or a button is none
  };

  // The page around a PDF is the browser's; the file is had once more, most often from the browser's cache. "" is one that is too large.
  const pdf = async (): Promise<string> => {
    const file = await (await fetch(location.href, { credentials: "include" })).blob();
    if (file.size > mostPDF) return "";
    const reader = new FileReader();
    await new Promise((done) => { reader.onloadend = done; reader.readAsDataURL(file); });
    return String(reader.result ?? "").replace(/^.*?,/, "");
  };

  const selection = String(getSelection() ?? "");
  const raw: Raw = { title: document.title, url: location.href, selection, html: "", text: "" };
  if (selection.trim() !== "") return { ...raw, selection: selection.slice(0, mostText) };
  if (document.contentType === "application/pdf") return { ...raw, pdf: await pdf() };
  raw.transcript = (await captions()) || panel();
  if (!(document.body instanceof HTMLElement)) return { ...raw, text: document.documentElement?.textContent?.slice(0, mostText) ?? "" };
  if (document.documentElement.outerHTML.length > mostHTML) return { ...raw, text: seenText() };
  return { ...raw, html: seenHTML(), text: document.body.innerText.slice(0, mostText) };
}
