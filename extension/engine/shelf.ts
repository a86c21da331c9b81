// Keeps model files in the browser's private file system: ID.gguf, and ID.json, which says what it is and how far it has come.
import type { Model } from "./contract";

/** Note is what is kept of a model beside its file. */
export type Note = Omit<Model, "state" | "have"> & {
  done: boolean;
  /** What the server called this version of the file; another one can't be gone on with. */
  tag: string;
};

/** InPlace is a file that is open for writing, which a worker alone may have. */
export interface InPlace {
  write(piece: Uint8Array, to: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

const folder = "models";

/** Shelf is the folder of models. Only one worker of a profile writes to it. */
export class Shelf {
  private readonly dir = navigator.storage.getDirectory().then((root) => root.getDirectoryHandle(folder, { create: true }));

  /** notes reads what is kept. A file without a note, and a note that can't be read, are what a crash left: they are removed. */
  async notes(): Promise<Note[]> {
    const dir = await this.dir;
    const names: string[] = [];
    for await (const name of dir.keys()) names.push(name);
    const notes: Note[] = [];
    for (const name of names.filter((n) => n.endsWith(".json"))) {
      const note = await this.read(name);
      if (note) notes.push(note);
    }
    const known = new Set(notes.flatMap(({ id }) => [`${id}.json`, `${id}.gguf`]));
    for (const name of names) if (!known.has(name)) await dir.removeEntry(name).catch(() => undefined); // the next time, then
    return notes.sort((a, b) => a.name.localeCompare(b.name));
  }

  private async read(name: string): Promise<Note | undefined> {
    try {
      const file = await (await (await this.dir).getFileHandle(name)).getFile();
      const note = JSON.parse(await file.text()) as Note;
      return note.id === name.slice(0, -5) ? note : undefined;
    } catch {
      return undefined;
    }
  }

  /** note writes down what is known of a model, whole or not at all. */
  async note(note: Note): Promise<void> {
    const handle = await (await this.dir).getFileHandle(`${note.id}.json`, { create: true });
    const to = await handle.createWritable();
    await to.write(JSON.stringify(note));
    await to.close();
  }

  /** file opens a model's file for reading. */
  async file(id: string): Promise<File> {
    return (await (await this.dir).getFileHandle(`${id}.gguf`)).getFile();
  }

  /** size tells how much of a model's file is here. */
  async size(id: string): Promise<number> {
    return this.file(id).then((f) => f.size, () => 0);
  }

  /** open opens a model's file for writing, in place. */
  async open(id: string): Promise<InPlace> {
    const handle = await (await this.dir).getFileHandle(`${id}.gguf`, { create: true });
    return (handle as unknown as { createSyncAccessHandle(): Promise<InPlace> }).createSyncAccessHandle();
  }

  /** remove takes a model off the disk. */
  async remove(id: string): Promise<void> {
    const dir = await this.dir;
    for (const name of [`${id}.json`, `${id}.gguf`]) {
      await dir.removeEntry(name).catch((error: unknown) => {
        if ((error as DOMException).name !== "NotFoundError") throw error;
      });
    }
  }
}

/** free tells how many bytes the browser may still keep for kAI. */
export async function free(): Promise<number> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  return Math.max(0, quota - usage);
}
