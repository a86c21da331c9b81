import type { LibraryDocument } from "../../../gen/wire";
import { t } from "../../../strings";
import type { App } from "../state/app";
import { add } from "./actions";
import { maxFileBytes } from "./extract/extract";
import { choose, picked, walk, type Folder, type LeftOut, type Picked } from "./folder";

const drawnEvery = 200; // milliseconds, while files are read

/** Outcome is what came of a folder that was added. Gone are the documents of what it has no more. */
export interface Outcome extends Tally {
  name: string;
  left: LeftOut[];
  gone: LibraryDocument[];
}

interface Tally {
  added: number;
  same: number;
  failed: number;
}

/** addFiles reads files one after the other and adds them. One that cannot be read is kept with the reason, and the rest goes on. */
export async function addFiles(app: App, collection: string, files: Picked[]): Promise<void> {
  const tally = await addAll(app, collection, files);
  if (tally && tally.failed > 0) app.notices.show(t.knowledge.someFailed(tally.failed), undefined, "bad");
}

/** addFolder adds what can be documents of a folder. What is there unchanged is not read again, and what is no text is only named. */
export async function addFolder(app: App, collection: string, folder: Folder): Promise<void> {
  const { name, all, whole } = folder;
  const { files, left } = choose(folder);
  const tally = await addAll(app, collection, files, name, left);
  if (!tally) return;
  const there = new Set(all.map((f) => f.path));
  const isGone = (d: LibraryDocument) => d.collection === collection && d.source?.startsWith(`${name}/`) && !there.has(d.source);
  app.library.outcome.value = { name, left, ...tally, gone: whole ? (app.library.documents.peek() ?? []).filter(isGone) : [] };
}

/** addDropped adds what was dropped: files as they are, folders as folders. */
export async function addDropped(app: App, collection: string, dropped: DataTransfer): Promise<void> {
  const files = picked(dropped.files);
  const entries = [...dropped.items].map((item) => item.webkitGetAsEntry?.()); // the browser forgets them with the event
  const folders = entries.filter((e): e is FileSystemDirectoryEntry => e?.isDirectory === true);
  const names = new Set(folders.map((f) => f.name)); // a browser lists a folder among the files, too
  const single = files.filter((f) => !names.has(f.path));
  if (single.length > 0) await addFiles(app, collection, single);
  for (const folder of folders) {
    await app.attempt(walk(folder).then((all) => addFolder(app, collection, all)));
  }
}

// Undefined when files are being read already, or nothing can be kept now. Of a folder, what is no text goes into left.
async function addAll(app: App, collection: string, files: Picked[], folder?: string, left: LeftOut[] = []): Promise<Tally | undefined> {
  const { library } = app;
  if (library.adding.peek()) return undefined;
  library.stopped = false;
  library.outcome.value = undefined;
  library.adding.value = { done: 0, total: files.length };
  await library.load();
  const known = new Map((library.documents.peek() ?? []).filter((d) => d.collection === collection && d.state !== "failed").map((d) => [d.source, d.hash]));
  const tally = { added: 0, same: 0, failed: 0 };
  const fresh: LibraryDocument[] = [];
  let drawn = Date.now();
  for (const [i, one] of files.entries()) {
    if (library.stopped) break;
    if (Date.now() - drawn > drawnEvery) {
      library.put(...fresh.splice(0));
      library.adding.value = { done: i, total: files.length };
      drawn = Date.now();
    }
    const hash = await hashOf(one.file).catch(() => "");
    if (hash && known.get(one.path) === hash) {
      tally.same++;
      continue;
    }
    const got = await read(one.file);
    if (folder !== undefined && got.foreign) {
      left.push({ path: one.path, why: t.knowledge.noText });
      continue;
    }
    const title = folder === undefined ? one.file.name : one.path.slice(folder.length + 1);
    const document = await add(app, { collection, title, source: one.path, hash, text: got.text, problem: got.problem });
    if (!document) break; // nothing can be kept now: the others would fail in the same way
    tally[document.state === "failed" ? "failed" : "added"]++;
    fresh.push(document);
  }
  library.adding.value = undefined;
  await library.load();
  return tally;
}

async function read(file: File): Promise<{ text?: string; problem?: string; foreign?: boolean }> {
  const { extract, Problem } = await import("./extract/extract");
  try {
    return { text: await extract(file) };
  } catch (error) {
    return error instanceof Problem ? { problem: error.message, foreign: error.foreign } : { problem: t.knowledge.unreadable };
  }
}

// A page that came over plain HTTP from another computer has no SHA-256; what is too large to be read is not read for it.
async function hashOf(file: File): Promise<string> {
  if (!crypto.subtle || file.size > maxFileBytes) return `${file.size}-${file.lastModified}`;
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return `sha256:${[...sum].map((b) => b.toString(16).padStart(2, "0")).join("")}`;
}
