import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { LibraryAddDocument, LibraryDocument } from "../gen/wire";
import { addDropped, addFolder } from "../views/kit/knowledge/add";
import { choose, folderOf, maxFolderBytes, maxFolderFiles, walk, type Folder, type Picked } from "../views/kit/knowledge/folder";
import { Library } from "../views/kit/knowledge/library";

const file = (path: string, text: string | Uint8Array = path, type = "text/plain"): Picked => ({ path, file: new File([text as BlobPart], path.split("/").at(-1)!, { type, lastModified: 1 }) });
const sized = (path: string, size: number): Picked => ({ path, file: Object.defineProperty(file(path).file, "size", { value: size }) });
const folder = (...all: Picked[]): Folder => folderOf(all);
const paths = (all: { path: string }[]) => all.map((f) => f.path);

test("of a folder the documents are taken, and what is hidden or filled by programs is named once", () => {
  const chosen = choose(folder(file("notes/b.md"), file("notes/a/c.txt"), file("notes/.git/config"), file("notes/.git/HEAD"), file("notes/web/node_modules/x/index.js"), file("notes/.env"), file("notes/~$a.docx")));
  assert.deepEqual(paths(chosen.files), ["notes/a/c.txt", "notes/b.md"]);
  assert.deepEqual(paths(chosen.left).sort(), ["notes/.env", "notes/.git/", "notes/web/node_modules/", "notes/~$a.docx"]);
});

test("a folder that was chosen although it is hidden is looked into", () => {
  assert.deepEqual(paths(choose(folder(file(".notes/a.md"))).files), [".notes/a.md"]);
});

test("pictures and sounds are no documents, but a drawing that is text is", () => {
  const chosen = choose(folder(file("n/a.png", "x", "image/png"), file("n/a.svg", "<svg/>", "image/svg+xml"), file("n/a.mp4", "x", "video/mp4")));
  assert.deepEqual(paths(chosen.files), ["n/a.svg"]);
  assert.deepEqual(chosen.left.map((l) => l.why), ["it is not a text", "it is not a text"]);
});

test("what is over a bound is named", () => {
  const many = choose(folder(...Array.from({ length: maxFolderFiles + 2 }, (_, i) => file(`n/${String(i).padStart(5, "0")}`))));
  assert.equal(many.files.length, maxFolderFiles);
  assert.match(many.left[1]!.why, /more than 1,000 files/);
  const part = maxFolderBytes / 8;
  const large = choose(folder(...Array.from({ length: 9 }, (_, i) => sized(`n/${i}`, part)), sized("n/z", part + 1)));
  assert.equal(large.files.length, 8);
  assert.match(large.left[0]!.why, /more than 512 MB/);
  assert.match(large.left[1]!.why, /larger than 64 MB/);
});

/** An assistant that keeps documents. */
function keeper() {
  const kept: LibraryDocument[] = [];
  const added: LibraryAddDocument[] = [];
  const call = (async (method: string, body: never) => {
    if (method === "knowledge.list") return { documents: [...kept], model: "" };
    if (method !== "knowledge.add") return {};
    const d = body as LibraryAddDocument;
    added.push(d);
    const at = kept.findIndex((k) => k.source === d.source);
    if (at >= 0) kept.splice(at, 1);
    kept.push({ id: `${added.length}`, collection: d.collection, title: d.title, source: d.source, hash: d.hash, created: "", state: d.problem ? "failed" : "ready", passages: 1 });
    return kept.at(-1);
  });
  const said: string[] = [];
  const app = { client: { call }, companion: signal({ state: "absent" }), notices: { show: (text: string) => said.push(text) }, complain: (e: Error) => said.push(e.message), attempt: async (work: Promise<unknown>) => (await work, true) };
  const library = new Library(app as never);
  Object.assign(app, { library });
  return { app: app as never, library, kept, added, said };
}

test("a folder that is added again is read where it has changed, and what is gone is told", async () => {
  const { app, library, added } = keeper();
  await addFolder(app, "Notes", folder(file("notes/a.md"), file("notes/sub/b.md"), file("notes/c.md")));
  assert.deepEqual(added.map((d) => [d.title, d.source]), [["a.md", "notes/a.md"], ["c.md", "notes/c.md"], ["sub/b.md", "notes/sub/b.md"]]);
  added.length = 0;
  const touched = { path: "notes/a.md", file: new File(["notes/a.md"], "a.md", { lastModified: 999 }) };
  await addFolder(app, "Notes", folder(touched, file("notes/sub/b.md", "new"), file("notes/d.md")));
  assert.deepEqual(added.map((d) => [d.source, d.text]), [["notes/d.md", "notes/d.md"], ["notes/sub/b.md", "new"]]);
  const { added: n, same, gone } = library.outcome.value!;
  assert.deepEqual([n, same, gone.map((d) => d.source)], [2, 1, ["notes/c.md"]]);
});

test("the same folder in another collection is another", async () => {
  const { app, library, added } = keeper();
  await addFolder(app, "One", folder(file("notes/a.md")));
  await addFolder(app, "Two", folder(file("notes/b.md")));
  assert.equal(added.length, 2);
  assert.deepEqual(library.outcome.value?.gone, []);
});

test("in a folder a file that is no text is only named, and one that is broken is kept with the reason", async () => {
  const { app, library, added } = keeper();
  await addFolder(app, "Notes", folder(file("n/a.bin", Uint8Array.of(1, 0, 2)), file("n/a.docx", "no zip"), file("n/z.md")));
  assert.deepEqual(added.map((d) => [d.title, d.problem]), [["a.docx", "the file is damaged, or not what its name says"], ["z.md", undefined]]);
  assert.deepEqual(library.outcome.value?.left, [{ path: "n/a.bin", why: "it is not a text" }]);
  assert.deepEqual([library.outcome.value?.added, library.outcome.value?.failed], [1, 1]);
});

test("a stop leaves what is not read yet", async () => {
  const { app, library, added } = keeper();
  const slow = file("n/b.md");
  Object.defineProperty(slow.file, "arrayBuffer", { value: async () => ((library.stopped = true), new ArrayBuffer(1)) });
  await addFolder(app, "Notes", folder(file("n/a.md"), slow, file("n/c.md")));
  assert.deepEqual(added.map((d) => d.title), ["a.md", "b.md"]);
  assert.equal(library.adding.value, undefined);
});

/** A folder as a browser gives one that is dropped; each name has a text or a folder. */
type Tree = { [name: string]: string | Tree };
function dropped(name: string, tree: Tree): FileSystemDirectoryEntry {
  const entries = Object.entries(tree).map(([n, t]) => (typeof t === "string" ? { name: n, isDirectory: false, file: (done: (f: File) => void, fail: (e: Error) => void) => (t === "locked" ? fail(new Error("no")) : done(new File([t], n))) } : dropped(n, t)));
  const createReader = () => {
    const parts = [entries.slice(0, 1), entries.slice(1), []];
    return { readEntries: (done: (part: unknown[]) => void) => done(parts.shift() ?? []) };
  };
  return { name, isDirectory: true, createReader } as unknown as FileSystemDirectoryEntry;
}

test("a folder that is dropped is walked without what is left out", async () => {
  const got = await walk(dropped("n", { "a.md": "a", sub: { "b.md": "b", deep: { "c.md": "c" } }, ".git": { HEAD: "x" }, "d.md": "locked" }));
  assert.deepEqual(paths(got.all), ["n/a.md", "n/sub/b.md", "n/sub/deep/c.md"]);
  assert.deepEqual(paths(got.left), ["n/.git/", "n/d.md"]);
  assert.equal(got.whole, true);
});

test("of a folder that was not walked to its end nothing is said to be gone", async () => {
  const endless = Object.fromEntries(Array.from({ length: 20 * maxFolderFiles + 1 }, (_, i) => [`${i}.md`, "x"]));
  const got = await walk(dropped("n", endless));
  assert.equal(got.whole, false);
  const { app, library } = keeper();
  await addFolder(app, "Notes", folder(file("n/gone.md")));
  await addFolder(app, "Notes", { ...got, all: got.all.slice(0, 1) });
  assert.deepEqual(library.outcome.value?.gone, []);
});

test("files and folders can be dropped together", async () => {
  const { app, added } = keeper();
  const entry = dropped("n", { "a.md": "a" });
  const list = { files: [new File(["x"], "single.md"), new File([], "n")], items: [{ webkitGetAsEntry: () => ({ isDirectory: false }) }, { webkitGetAsEntry: () => entry }] };
  await addDropped(app, "Notes", list as unknown as DataTransfer);
  assert.deepEqual(added.map((d) => d.source), ["single.md", "n/a.md"]);
});

test("kai is asked for the folders that it watches, and an older one has none", async () => {
  const { app, library } = keeper();
  const asked: string[] = [];
  let folders: unknown = [{ path: "/notes", collection: "Notes", documents: 1 }];
  const call = async (method: string) => {
    asked.push(method);
    if (method !== "knowledge.folders") return { documents: [] };
    if (!folders) throw new Error("not known on this side");
    return { folders };
  };
  Object.assign(app, { client: { call } });
  await library.load();
  assert.equal(library.folders.value, undefined);
  Object.assign(app, { companion: signal({ state: "connected" }) });
  await library.load();
  assert.deepEqual(library.folders.value, folders);
  folders = undefined;
  await library.load();
  assert.deepEqual([library.folders.value, library.fault.value], [undefined, undefined]);
  assert.equal(asked.filter((m) => m === "knowledge.folders").length, 2);
});
