// Walks the records of one kind in the order of their ids or of an index, in either direction, leaf by leaf.

import { behind, entryOf, greatest, idAt, keyAt, keyIn, lengthAt, ord, readLeaf, type KindPlan, type Leaf, type Stored } from "./leaf";
import { Refusal } from "./refusal";

/** A list as Go asks for it. Empty from, to and afterId are open; to is exclusive. */
export interface ListQuery {
  kind: number; index: string; from: string; to: string; reverse: boolean; limit: number; deleted: boolean; afterKey: string; afterId: string;
}

interface Entry { key?: IDBValidKey; value: Stored }
type Source = IDBObjectStore | IDBIndex;
type Visit = (leaf: Leaf, at: number) => boolean;

/** The key of the value that holds the fences of an object store (feed.ts): before every id. */
export const FENCE = "";

/** The most values read in one request. */
export const MAX_CHUNK = 512;

export function wait<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
  });
}

export function finished(tx: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    tx.oncomplete = () => resolve();
    tx.onabort = () => reject(tx.error ?? new Refusal("AbortError"));
  });
}

export class Walk {
  private readonly from: string;
  private readonly to: string;
  private readonly start: string; // of the entries of from
  private readonly afterKey: string;
  private readonly index: number; // -1: by id
  private readonly equal: boolean; // only one key of the index is wanted
  /** How many values were read, and how many records in them were wanted. */
  read = 0;
  matched = 0;
  /** The ids of the records that lay alone in a value, in the order of the list. */
  readonly alone: string[] = [];
  /** Whether the list turned out to be longer than one request. */
  long = false;

  /** short says that one request may well read the whole list. */
  constructor(private q: ListQuery, private kind: KindPlan, private source: Source, private chunk: number, private short: boolean) {
    this.from = ord(q.from);
    this.to = ord(q.to);
    this.start = entryOf(this.from, "");
    this.afterKey = ord(q.afterKey);
    this.equal = this.to === this.from + "\0";
    this.index = kind.indexes.indexOf(q.index);
  }

  /** Visits records in order until visit says false. */
  async each(visit: Visit): Promise<void> {
    for (const entry of await this.probe()) if (!this.leaf(entry, visit)) return;
    let range = this.range();
    let count = this.chunk;
    const whole = await this.whole(range, count);
    if (whole) {
      for (const entry of whole) if (!this.leaf(entry, visit)) return;
      return;
    }
    while (range !== null) {
      const entries = await this.fetch(range, this.q.reverse, count);
      for (const entry of entries) if (!this.leaf(entry, visit)) return;
      if (entries.length < count) return;
      range = this.beyond(this.keyOf(entries[entries.length - 1] as Entry));
      count = this.next();
    }
  }

  /** A list from its end on, read forwards where one request reads it all: that takes half as long as backwards. */
  private async whole(range: IDBKeyRange | undefined | null, count: number): Promise<Entry[] | undefined> {
    if (!range || !this.q.reverse || !this.equal || this.q.afterId || !this.short) return undefined;
    const entries = await this.fetch(range, false, count);
    this.long = entries.length === count;
    return this.long ? undefined : entries.reverse();
  }

  /** How many values probably hold what is still missing, by what this walk has met so far. */
  private next(): number {
    const missing = Math.max(1, this.q.limit + 1 - this.matched);
    return Math.min(MAX_CHUNK, this.q.limit ? Math.ceil((missing * this.read) / Math.max(1, this.matched)) + 1 : MAX_CHUNK);
  }

  /** Reads values with their keys. Most keys can be told from the value, which is much faster than asking for them. */
  private async fetch(range: IDBKeyRange | undefined, reverse: boolean, count: number): Promise<Entry[]> {
    if (this.q.index && this.kind.packed && !this.equal) {
      return readEntries(this.source, range, reverse ? "prev" : "next", count);
    }
    const values = await readValues(this.source, range, reverse, count);
    return values.map((value) => ({ value }));
  }

  private keyOf({ key, value }: Entry): IDBValidKey {
    if (key !== undefined) return key;
    if (!this.q.index) return greatest(value, this.kind);
    const entries = value[`x_${this.q.index}`] ?? [];
    if (typeof entries === "string") return entries;
    return entries.find((entry) => entry.startsWith(this.start)) ?? entries[0] ?? "";
  }

  /** The key of a place. */
  private place(key: string, id: string): IDBValidKey {
    return this.q.index ? entryOf(key, id) : id || key;
  }

  /** In reverse a packed leaf that ends behind the starting place may begin before it. */
  private async probe(): Promise<Entry[]> {
    const { q } = this;
    if (!q.reverse || !this.kind.packed) return [];
    if (q.index) {
      if (!q.afterId) return [];
      return this.fetch(IDBKeyRange.bound(entryOf(this.afterKey, q.afterId), behind(this.afterKey)), false, 1);
    }
    const upper = q.afterId || q.to;
    return upper ? this.fetch(IDBKeyRange.lowerBound(upper), false, 1) : [];
  }

  private range(): IDBKeyRange | undefined | null {
    const { q } = this;
    const after = q.afterId ? this.place(this.afterKey, q.afterId) : undefined;
    const from = this.from ? this.place(this.from, "") : q.index ? undefined : FENCE;
    const to = this.to && (q.index || q.reverse || !this.kind.packed) ? this.place(this.to, "") : undefined;
    const open = from === FENCE;
    return q.reverse ? bound(from, open, after ?? to, true) : bound(after ?? from, open || after !== undefined, to, true);
  }

  private beyond(key: IDBValidKey): IDBKeyRange | undefined | null {
    const whole = this.range();
    if (whole === null) return null;
    return this.q.reverse ? bound(whole?.lower, whole?.lowerOpen ?? false, key, true) : bound(key, true, whole?.upper, true);
  }

  /** Visits the wanted records of one leaf; false ends the walk. */
  private leaf(entry: Entry, visit: Visit): boolean {
    const leaf = readLeaf(entry.value, this.kind) as Leaf;
    this.read++;
    if (leaf.size === 1) this.alone.push(idAt(leaf, 0));
    const key = !this.q.index ? undefined : this.equal ? this.from : keyIn(this.keyOf(entry) as string);
    for (let n = 0; n < leaf.size; n++) {
      const at = this.q.reverse ? leaf.size - 1 - n : n;
      if (!this.q.deleted && lengthAt(leaf, at) < 0) continue;
      if (this.index >= 0 && ord(keyAt(leaf, at, this.index) ?? "") !== key) continue;
      const wanted = this.wanted(key, idAt(leaf, at));
      if (wanted === "yes") this.matched++;
      if (wanted === "end" || (wanted === "yes" && !visit(leaf, at))) return false;
    }
    return true;
  }

  private wanted(key: string | undefined, id: string): "yes" | "no" | "end" {
    const { q } = this;
    if (q.afterId && (key === undefined || key === this.afterKey) && (q.reverse ? id >= q.afterId : id <= q.afterId)) return "no";
    if (key !== undefined) return "yes"; // the range on the index is exact
    if (this.to && id >= this.to) return q.reverse ? "no" : "end";
    if (this.from && id < this.from) return q.reverse ? "end" : "no";
    return "yes";
  }
}

/** A range, undefined for all, null for none. */
function bound(lower: IDBValidKey | undefined, lowerOpen: boolean, upper: IDBValidKey | undefined, upperOpen: boolean): IDBKeyRange | undefined | null {
  if (lower === undefined && upper === undefined) return undefined;
  if (lower === undefined) return IDBKeyRange.upperBound(upper, upperOpen);
  if (upper === undefined) return IDBKeyRange.lowerBound(lower, lowerOpen);
  const order = indexedDB.cmp(lower, upper);
  return order > 0 || (order === 0 && (lowerOpen || upperOpen)) ? null : IDBKeyRange.bound(lower, upper, lowerOpen, upperOpen);
}

/** Newer browsers take a direction here, and came with getAllRecords. */
interface Directed {
  getAllRecords?: unknown;
  getAll(options: { query: IDBKeyRange | undefined; count: number; direction: IDBCursorDirection }): IDBRequest<Stored[]>;
}

/** Reads up to count values, in one request where the browser can. */
function readValues(source: Source, range: IDBKeyRange | undefined, reverse: boolean, count: number): Promise<Stored[]> {
  if (!reverse) return wait(source.getAll(range, count)) as Promise<Stored[]>;
  const directed = source as unknown as Directed;
  if (directed.getAllRecords) return wait(directed.getAll({ query: range, count, direction: "prev" }));
  return readEntries(source, range, "prev", count).then((entries) => entries.map((entry) => entry.value));
}

/** Reads up to count values with the keys that the source has them under. */
function readEntries(source: Source, range: IDBKeyRange | undefined, direction: IDBCursorDirection, count: number): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const out: Entry[] = [];
    const request = source.openCursor(range, direction);
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve(out);
      out.push({ key: cursor.key, value: cursor.value as Stored });
      if (out.length === count) return resolve(out);
      cursor.continue();
    };
  });
}
