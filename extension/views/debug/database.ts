// Reads the database as it lies, past the program: it must be possible to look when the program does not run.
import { idAt, lengthAt, readLeaf, seqAt, start, bytesOf, versionAt, type KindPlan, type Leaf, type Stored } from "../../../wasm/store/idb/leaf";

/** Database is the name in the specification (debug tool indexeddb-inspector). */
export const Database = "kai-cd";

const feed = "seq"; // the index that is the change feed
const meta = "meta"; // the one store that holds no records
const fence = ""; // the key of a value that is no leaf

/** Index is an index of a store with the number of its entries. */
export interface Index { name: string; entries: number }

/** StoreFacts is what is in an object store. bytes are of the texts, without what the browser adds. */
export interface StoreFacts { name: string; leaves: number; records: number; deleted: number; bytes: number; indexes: Index[] }

/** Row is a record as it is kept; body is undefined for a deletion. */
export interface Row { id: string; version: string; time: number; seq: number; bytes: number; body: unknown }

/** Piece is a leaf with its key. */
export interface Piece { key: string; stored: Stored; leaf: Leaf }

/** openDatabase opens what is there; undefined when there is nothing. It never keeps an upgrade waiting. */
export async function openDatabase(): Promise<IDBDatabase | undefined> {
  const known = await indexedDB.databases();
  if (!known.some((d) => d.name === Database)) return undefined;
  const request = indexedDB.open(Database);
  const db = await wait(request);
  db.onversionchange = () => db.close();
  return db;
}

/** storesOf lists the object stores that hold records, and then what else there is. */
export function storesOf(db: IDBDatabase): string[] {
  return [...db.objectStoreNames].filter((name) => name !== meta);
}

/** factsOf counts what is in a store. */
export async function factsOf(db: IDBDatabase, name: string): Promise<StoreFacts> {
  const facts: StoreFacts = { name, leaves: 0, records: 0, deleted: 0, bytes: 0, indexes: [] };
  for await (const piece of pieces(db, name)) {
    facts.leaves++;
    facts.bytes += piece.stored.head.length + bytesOf(piece.leaf).length;
    for (let at = 0; at < piece.leaf.size; at++) {
      facts.records++;
      if (lengthAt(piece.leaf, at) < 0) facts.deleted++;
    }
  }
  const store = db.transaction(name).objectStore(name);
  for (const index of store.indexNames) facts.indexes.push({ name: index, entries: await wait(store.index(index).count()) });
  return facts;
}

/** pieces walks through the leaves of a store after a key, a few hundred at a time. */
export async function* pieces(db: IDBDatabase, name: string, after?: string): AsyncGenerator<Piece> {
  const many = 200;
  const plan = planOf(db, name);
  for (let last = after; ;) {
    const store = db.transaction(name).objectStore(name);
    const range = last === undefined ? undefined : IDBKeyRange.lowerBound(last, true);
    const [keys, values] = await Promise.all([wait(store.getAllKeys(range, many)), wait(store.getAll(range, many))]);
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      last = key;
      if (key !== fence && isStored(values[at])) yield { key, stored: values[at], leaf: readLeaf(values[at], plan) as Leaf };
    }
    if (keys.length < many) return;
  }
}

/** rows reads about so many records after a place, and says where they end; no next when that is the end. */
export async function rows(db: IDBDatabase, name: string, after: string | undefined, most: number): Promise<{ rows: Row[]; next: string | undefined }> {
  const out: Row[] = [];
  for await (const piece of pieces(db, name, after)) {
    out.push(...rowsOf(piece.leaf));
    if (out.length >= most) return { rows: out, next: piece.key };
  }
  return { rows: out, next: undefined };
}

/** rowsOf reads the records of a leaf. */
export function rowsOf(leaf: Leaf): Row[] {
  const out: Row[] = [];
  for (let at = 0; at < leaf.size; at++) {
    const version = versionAt(leaf, at);
    out.push({
      id: idAt(leaf, at), version, time: Number.parseInt(version.slice(0, 12), 16), seq: seqAt(leaf, at),
      bytes: Math.max(0, lengthAt(leaf, at)), body: bodyAt(leaf, at),
    });
  }
  return out;
}

/** bodyAt reads a body; one that is not JSON comes as its text. */
export function bodyAt(leaf: Leaf, at: number): unknown {
  const length = lengthAt(leaf, at);
  if (length < 0) return undefined;
  const from = start(leaf, at);
  const text = new TextDecoder().decode(bytesOf(leaf).subarray(from, from + length));
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** indexesOf names the indexes of a store that are of bodies, as fields of them. */
export function indexesOf(db: IDBDatabase, name: string): string[] {
  return [...db.transaction(name).objectStore(name).indexNames].filter((index) => index !== feed);
}

function planOf(db: IDBDatabase, name: string): KindPlan {
  return { kind: name, store: name, indexes: indexesOf(db, name), packed: false };
}

function isStored(value: unknown): value is Stored {
  const v = value as Partial<Stored> | null;
  return typeof v?.head === "string" && (typeof v.text === "string" || v.text instanceof ArrayBuffer);
}

/** masked is a value without what must not be seen: keys of services and the like. */
export function masked(value: unknown, name = ""): unknown {
  if (Array.isArray(value)) return value.map((v) => masked(v, name));
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, masked(v, k)]));
  return typeof value === "string" && value !== "" && /^(api_?)?key$|password|passphrase|secret|token$|authorization|credential/i.test(name) ? "***" : value;
}

export function wait<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("IndexedDB"));
  });
}
