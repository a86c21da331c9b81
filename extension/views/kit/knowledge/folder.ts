import { t } from "../../../strings";
import { maxFileBytes } from "./extract/extract";

/** Bounds of a folder. What is over them is named and left out. */
export const maxFolderFiles = 1000;
export const maxFolderBytes = 512 << 20;
const maxLooked = 20 * maxFolderFiles; // files and folders of one that was dropped

/** Picked is a file with its path, which begins with the name of the folder that was chosen; of a single file it is the name. */
export interface Picked {
  path: string;
  file: File;
}

/** LeftOut is a file or a folder that was not taken, with the reason. */
export interface LeftOut {
  path: string;
  why: string;
}

/** Folder is what there is in a folder. It is not whole when it was too large to be looked through. */
export interface Folder {
  name: string;
  all: Picked[];
  left: LeftOut[];
  whole: boolean;
}

// What programs fill, and nobody reads.
const filled = new Set(["node_modules", "bower_components", "__pycache__", "venv", "__MACOSX"]);
const aside = (name: string) => name.startsWith(".") || name.startsWith("~$") || filled.has(name);
const foreign = (file: File) => /^(?:image|audio|video|font)\/(?!svg)/.test(file.type);

/** picked gives files that the browser's picker or a drop gave the paths that they have. */
export const picked = (files: Iterable<File>): Picked[] => [...files].map((file) => ({ file, path: file.webkitRelativePath || file.name }));

/** folderOf is the folder that the browser's picker gave. */
export const folderOf = (all: Picked[]): Folder => ({ name: all[0]!.path.split("/")[0]!, all, left: [], whole: true });

/** choose takes from a folder what can be documents, in the order of the paths, and says why the rest is left out. */
export function choose({ all, left: before }: Folder): { files: Picked[]; left: LeftOut[] } {
  const files: Picked[] = [];
  const left = new Map(before.map((l) => [l.path, l.why]));
  let size = 0;
  for (const one of [...all].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const hidden = hiddenIn(one.path);
    if (hidden) left.set(hidden, t.knowledge.aside);
    else if (foreign(one.file)) left.set(one.path, t.knowledge.noText);
    else if (one.file.size > maxFileBytes) left.set(one.path, t.knowledge.tooLarge(maxFileBytes));
    else if (files.length >= maxFolderFiles) left.set(one.path, t.knowledge.tooManyFiles(maxFolderFiles));
    else if (size + one.file.size > maxFolderBytes) left.set(one.path, t.knowledge.tooMuch(maxFolderBytes));
    else {
      size += one.file.size;
      files.push(one);
    }
  }
  return { files, left: [...left].map(([path, why]) => ({ path, why })) };
}

// The first part of a path that nobody looks into; the folder itself was chosen.
function hiddenIn(path: string): string {
  const parts = path.split("/");
  const at = parts.findIndex((part, i) => i > 0 && aside(part));
  return at < 0 ? "" : parts.slice(0, at + 1).join("/") + (at < parts.length - 1 ? "/" : "");
}

/** walk looks through a folder that was dropped. It does not look into what is left out. */
export async function walk(root: FileSystemDirectoryEntry): Promise<Folder> {
  const folder: Folder = { name: root.name, all: [], left: [], whole: true };
  const waiting: { at: FileSystemDirectoryEntry; path: string }[] = [{ at: root, path: root.name }];
  let looked = 0;
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    for (const entry of await entriesOf(next.at)) {
      if (++looked > maxLooked) return { ...folder, whole: false };
      const path = `${next.path}/${entry.name}`;
      if (!entry.isDirectory) await fileOf(entry as FileSystemFileEntry).then((file) => folder.all.push({ path, file }), () => folder.left.push({ path, why: t.knowledge.unreadable }));
      else if (aside(entry.name)) folder.left.push({ path: `${path}/`, why: t.knowledge.aside });
      else waiting.push({ at: entry as FileSystemDirectoryEntry, path });
    }
  }
  return folder;
}

const fileOf = (entry: FileSystemFileEntry) => new Promise<File>((done, fail) => entry.file(done, fail));

// A reader gives a part at a time, and nothing when it is through.
async function entriesOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const out: FileSystemEntry[] = [];
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((done, fail) => reader.readEntries(done, fail));
    if (part.length === 0 || out.length > maxLooked) return out;
    out.push(...part);
  }
}
