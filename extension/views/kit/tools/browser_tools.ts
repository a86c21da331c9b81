// The tools of the browser itself. The page that hosts the program loads this when a model calls the first of them.
import type { Read } from "../../../page/tab";
import { t } from "../../../strings";
import { wordsOf } from "../page/words";
import { callGuest } from "./guests/run";
import { find } from "./guests/shelf";
import { guestSource } from "./own";

/** callBrowserTool calls one. The answer is JSON: { text }, or { fault } with what went wrong. */
export async function callBrowserTool(name: string, source: string, given: string, readPage: () => Promise<Read>): Promise<string> {
  try {
    return JSON.stringify({ text: source === guestSource ? await guest(name, given) : await page(readPage) });
  } catch (error) {
    return JSON.stringify({ fault: error instanceof Error ? error.message : String(error) });
  }
}

async function guest(name: string, given: string): Promise<string> {
  const found = await find(name);
  if (!found) throw new Error(t.guests.gone(name));
  return callGuest(found.manifest, new Uint8Array(await found.module.arrayBuffer()), given);
}

async function page(readPage: () => Promise<Read>): Promise<string> {
  const read = await readPage();
  if (!("raw" in read)) throw new Error(t.tools.page[read.refused]);
  const { raw } = read;
  const text = await wordsOf(raw);
  if (!text) throw new Error(t.tools.page.empty);
  return `Title: ${raw.title.trim()}\nAddress: ${raw.url}\nPart: ${raw.selection.trim() ? "selection" : "all"}\n\n${text}`;
}
