import type { Attachment, LibraryAddDocument, LibraryDocument, LibraryState } from "../../../gen/wire";
import { asFault } from "../../../bridge/fault";
import { t } from "../../../strings";
import { sentence, type App } from "../state/app";

/** addFiles reads files one after the other and adds them. One that cannot be read is kept with the reason, and the rest goes on. */
export async function addFiles(app: App, collection: string, files: File[]): Promise<void> {
  const { library } = app;
  if (files.length === 0 || library.adding.peek()) return;
  library.stopped = false;
  library.adding.value = { done: 0, total: files.length };
  const { extract, Problem } = await import("./extract/extract");
  let failed = 0;
  for (const [i, file] of files.entries()) {
    if (library.stopped) break;
    const source = file.webkitRelativePath || file.name;
    const hash = `${file.size}-${file.lastModified}`;
    const base = { collection, title: file.name, source, hash };
    const document = await extract(file).then(
      (text) => add(app, { ...base, text }),
      (error: unknown) => add(app, { ...base, problem: error instanceof Problem ? error.message : t.knowledge.unreadable }),
    );
    if (!document) break; // nothing can be kept now: the others would fail in the same way
    if (document.state === "failed") failed++;
    library.adding.value = { done: i + 1, total: files.length };
  }
  library.adding.value = undefined;
  await library.load();
  if (failed > 0) app.notices.show(t.knowledge.someFailed(failed), undefined, "bad");
}

async function add(app: App, document: LibraryAddDocument): Promise<LibraryDocument | undefined> {
  try {
    const added = await app.client.call("knowledge.add", document);
    app.library.put(added);
    return added;
  } catch (error) {
    app.complain(asFault(error));
    return undefined;
  }
}

/** keepPage keeps a page, or what was selected on it, as a document. In its collection it takes the place of what was kept of that page. */
export async function keepPage(app: App, collection: string, page: Attachment): Promise<boolean> {
  const selection = page.type === "selection";
  const title = selection ? t.knowledge.partOf(page.title) : page.title;
  const source = selection ? undefined : page.url; // of one page several passages may be worth keeping
  const added = await add(app, { collection, title, source, text: page.text });
  if (!added) return false;
  if (added.state === "failed") app.notices.show(added.fault ? sentence(asFault(added.fault)) : t.knowledge.broken, undefined, "bad");
  else app.notices.show(t.knowledge.kept(title, collection));
  return true;
}

/** setState stops a document or lets it go on. */
export async function setState(app: App, d: LibraryDocument, state: LibraryState): Promise<void> {
  await app.attempt(app.client.call("knowledge.set", { id: d.id, state }).then((now) => app.library.put(now)));
}

/** removeDocuments takes documents away and offers to bring them back. */
export async function removeDocuments(app: App, documents: LibraryDocument[], name: string): Promise<void> {
  const set = (removed: boolean) => app.attempt(Promise.all(documents.map((d) => app.client.call("knowledge.set", { id: d.id, removed }))).then(() => app.library.load()));
  if (!(await set(true))) return;
  app.notices.show(t.knowledge.removed(name), { label: t.list.undo, run: () => void set(false) });
}

/** recall finds the passages that a question may be answered from, as attachments of it. */
export async function recall(app: App, words: string, collections: string[]): Promise<Attachment[]> {
  if (!words.trim()) return [];
  const { passages } = await app.client.call("knowledge.find", { words, collections });
  return passages.map((p) => ({ type: "passage", title: p.place ? `${p.title}, ${p.place}` : p.title, url: p.id, text: p.text }));
}
