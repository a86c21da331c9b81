import { t } from "../../../../strings";
import { parseManifest, Wrong, type Manifest } from "./manifest";
import { prepare } from "./module";

/** The database of the guests. It is beside the program's own: the program knows nothing of what a guest is. */
const database = "kai-guests";
const store = "guests";

/** Guest is an installed tool. */
export interface Guest {
  name: string;
  manifest: Manifest;
  module: Blob;
  size: number;
}

/** install keeps a guest, once it is known that it can be run. One of that name is replaced. */
export async function install(files: File[]): Promise<Manifest> {
  const manifest = files.find((f) => f.name.endsWith(".json"));
  const module = files.find((f) => f.name.endsWith(".wasm"));
  if (!manifest || !module) throw new Wrong(t.guests.two);
  const m = parseManifest(await manifest.text());
  const bytes = new Uint8Array(await module.arrayBuffer());
  await prepare(bytes, m.memory_mb);
  await within("readwrite", (s) => s.put({ name: m.name, manifest: m, module: new Blob([bytes]), size: bytes.length } satisfies Guest));
  return m;
}

/** installed lists the guests by name. */
export function installed(): Promise<Guest[]> {
  return within<Guest[]>("readonly", (s) => s.getAll());
}

/** find gives a guest, or undefined when it is not installed. */
export function find(name: string): Promise<Guest | undefined> {
  return within<Guest | undefined>("readonly", (s) => s.get(name));
}

/** remove takes a guest away. */
export function remove(name: string): Promise<unknown> {
  return within("readwrite", (s) => s.delete(name));
}

/** removeAll takes all away. */
export function removeAll(): Promise<unknown> {
  return within("readwrite", (s) => s.clear());
}

async function within<T>(mode: IDBTransactionMode, ask: (s: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(store, mode);
      const request = ask(transaction.objectStore(store));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(transaction.error ?? new Error(t.guests.unkept));
    });
  } finally {
    db.close();
  }
}

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(database, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(store, { keyPath: "name" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error(t.guests.unkept));
  });
}
