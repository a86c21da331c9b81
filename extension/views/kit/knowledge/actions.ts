import type { Attachment, LibraryAddDocument, LibraryDocument, LibraryState } from "../../../gen/wire";
import { asFault } from "../../../bridge/fault";
import { t } from "../../../strings";
import { sentence, type App } from "../state/app";

/** add adds one document; undefined when nothing can be kept now, which the person is told. */
export async function add(app: App, document: LibraryAddDocument): Promise<LibraryDocument | undefined> {
  try {
    return await app.client.call("knowledge.add", document);
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
  app.library.put(added);
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
  const all = async (removed: boolean) => {
    for (const { id } of documents) await app.client.call("knowledge.set", { id, removed }); // one after the other: a folder has many
    await app.library.load();
  };
  const set = (removed: boolean) => app.attempt(all(removed));
  if (!(await set(true))) return;
  app.notices.show(t.knowledge.removed(name), { label: t.list.undo, run: () => void set(false) });
}

/** recall finds the passages that a question may be answered from, as attachments of it. */
export async function recall(app: App, words: string, collections: string[]): Promise<Attachment[]> {
  if (!words.trim()) return [];
  const { passages } = await app.client.call("knowledge.find", { words, collections });
  return passages.map((p) => ({ type: "passage", title: p.place ? `${p.title}, ${p.place}` : p.title, url: p.id, text: p.text }));
}
