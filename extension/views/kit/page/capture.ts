import { MaxAttachmentBytes, type Attachment } from "../../../gen/wire";
import { frontTab, mostPDF, readTab, siteOf, type Raw, type Read } from "../../../page/tab";
import { t } from "../../../strings";
import { sentence } from "../state/app";
import { shorten } from "./shorten";
import { hostOf } from "./tabs";

/** Refusal says why a page was not read. With origins, the person can allow it. */
export interface Refusal {
  message: string;
  origins?: string[];
}

/** Captured is what reading a page gave. */
export type Captured = { attachment: Attachment } | { refusal: Refusal };

/** capturePage reads the tab in front of the person (or the named one): the selection if there is one, else its text, at most so many bytes. */
export async function capturePage(tabId?: number, most = MaxAttachmentBytes): Promise<Captured> {
  const read = await readTab(tabId === undefined ? await frontTab("current") : await chrome.tabs.get(tabId));
  if ("raw" in read) return attach(read.raw, most);
  return { refusal: wordsFor(read) };
}

/** grant asks the browser for leave to read pages of these origins. */
export async function grant(origins: string[]): Promise<boolean> {
  return chrome.permissions.request({ origins });
}

async function attach(raw: Raw, most: number): Promise<Captured> {
  const { wordsOf } = await import("./words");
  let text: string;
  try {
    text = await wordsOf(raw);
  } catch (error) {
    return { refusal: { message: sentence({ message: (error as Error).message }) } };
  }
  if (!text) return { refusal: { message: t.page.empty } };
  const { text: kept, cut } = shorten(text, most);
  return {
    attachment: {
      type: raw.selection.trim() ? "selection" : "page", title: raw.title.trim() || hostOf(raw.url), url: raw.url, text: kept,
      truncated: cut || undefined,
    },
  };
}

/** wordsFor says why a page was not read, and how it can be. */
export function wordsFor(read: Exclude<Read, { raw: Raw }>): Refusal {
  switch (read.refused) {
    case "none": return { message: t.page.noTab };
    case "empty": return { message: t.page.empty };
    case "large": return { message: t.page.large(mostPDF) };
    case "protected": return { message: t.page.restricted };
    case "leave": return read.origin
      ? { message: t.page.needAccess(new URL(read.origin).host), origins: [siteOf(read.origin)] }
      : { message: t.page.needAccessAny, origins: ["*://*/*"] };
  }
}
