import type { Raw } from "../../../page/tab";
import { readableText } from "./readable";

/** wordsOf gives what of a tab is read: what is selected, else the text of the page or of the PDF. What of a PDF cannot be read is an Error that says why. */
export async function wordsOf(raw: Raw): Promise<string> {
  const selected = raw.selection.trim();
  if (selected) return selected;
  if (raw.pdf) return pagesOf(raw.pdf);
  return readableText(raw, (html) => new DOMParser().parseFromString(html, "text/html"));
}

async function pagesOf(pdf: string): Promise<string> {
  const { readPdf } = await import("../knowledge/extract/pdf");
  const text = await readPdf(new Blob([Uint8Array.from(atob(pdf), (c) => c.charCodeAt(0))]));
  return text.split("\f").map((page) => page.trim()).join("\n\n");
}
