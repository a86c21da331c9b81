// Walks the records of one kind in the order of their ids or of an index, in either direction, leaf by leaf.

import { ord, type KindPlan, type Leaf } from "./leaf";

/** A list as Go asks for it. Empty from, to and afterId are open; to is exclusive. */
export interface ListQuery {
  kind: number; index: string; from: string; to: string; reverse: boolean; limit: number; deleted: boolean; afterKey: string; afterId: string;
}

interface Entry { key: IDBValidKey; value: Leaf }
type Source = IDBObjectStore | IDBIndex;
type Visit = (leaf: Leaf, at: number) => boolean;

/** The most values read in one request. */
export const MAX_CHUNK = 512;

export function wait<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
  });
}

export class Walk {
  private readonly from: string;
  private readonly to: string;
  private readonly afterKey: string;

  constructor(private q: ListQuery, private kind: KindPlan, private source: Source, private chunk = 0) {
    this.from = ord(q.from);
    this.to = ord(q.to);
    this.afterKey = ord(q.afterKey);
  }

  /** Visits records in order until visit says false. */
  async each(visit: Visit): Promise<void> {
    for (const entry of await this.probe()) if (!this.leaf(entry, visit)) return;
    let range = this.range();
    let count = this.chunk || this.firstChunk();
    while (range !== null) {
      const entries = await read(this.source, range, this.q.reverse, count);
      for (const entry of entries) if (!this.leaf(entry, visit)) return;
      if (entries.length < count) return;
      range = this.beyond((entries[entries.length - 1] as Entry).key);
      count = Math.min(MAX_CHUNK, count * 4);
    }
  }

  private firstChunk(): number {
    const wanted = this.q.limit + 1;
    return Math.min(MAX_CHUNK, this.kind.packed ? Math.max(4, Math.ceil(wanted / 8)) : wanted);
  }

  /** The key of a place: an index entry is [key, greatest id]. */
  private place(key: string, id: string): IDBValidKey {
    if (!this.q.index) return id || key;
    return id ? [key, id] : [key];
  }

  /** In reverse a packed leaf that ends behind the starting place may begin before it. */
  private async probe(): Promise<Entry[]> {
    const { q } = this;
    if (!q.reverse || !this.kind.packed) return [];
    if (q.index) {
      if (!q.afterId) return [];
      return read(this.source, IDBKeyRange.bound([this.afterKey, q.afterId], [this.afterKey, []]), false, 1);
    }
    const upper = q.afterId || q.to;
    return upper ? read(this.source, IDBKeyRange.lowerBound(upper), false, 1) : [];
  }

  private range(): IDBKeyRange | undefined | null {
    const { q } = this;
    const after = q.afterId ? this.place(this.afterKey, q.afterId) : undefined;
    const from = this.from ? this.place(this.from, "") : undefined;
    const to = this.to && (q.index || q.reverse || !this.kind.packed) ? this.place(this.to, "") : undefined;
    return q.reverse ? bound(from, false, after ?? to, true) : bound(after ?? from, after !== undefined, to, true);
  }

  private beyond(key: IDBValidKey): IDBKeyRange | undefined | null {
    const whole = this.range();
    if (whole === null) return null;
    return this.q.reverse ? bound(whole?.lower, whole?.lowerOpen ?? false, key, true) : bound(key, true, whole?.upper, true);
  }

  /** Visits the wanted records of one leaf; false ends the walk. */
  private leaf(entry: Entry, visit: Visit): boolean {
    const leaf = entry.value;
    const key = this.q.index ? (entry.key as string[])[0] : undefined;
    const keys = this.q.index ? leaf[`k_${this.q.index}`] : undefined;
    for (let n = 0; n < leaf.ids.length; n++) {
      const at = this.q.reverse ? leaf.ids.length - 1 - n : n;
      if (!this.q.deleted && (leaf.len[at] as number) < 0) continue;
      if (keys && (keys[at] === null || ord(keys[at] ?? "") !== key)) continue;
      const wanted = this.wanted(key, leaf.ids[at] as string);
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

interface WithRecords { getAllRecords?(options: { query: IDBKeyRange | undefined; count: number; direction: IDBCursorDirection }): IDBRequest<Entry[]> }

/** Reads up to count entries: in one request where the browser can, else by a cursor. */
function read(source: Source, range: IDBKeyRange | undefined, reverse: boolean, count: number): Promise<Entry[]> {
  const direction = reverse ? "prev" : "next";
  const fast = source as WithRecords;
  if (fast.getAllRecords) return wait(fast.getAllRecords({ query: range, count, direction }));
  return new Promise((resolve, reject) => {
    const out: Entry[] = [];
    const request = source.openCursor(range, direction);
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
    request.onsuccess = () => {
      const cursor = request.result;
      if (!cursor) return resolve(out);
      out.push({ key: cursor.key, value: cursor.value as Leaf });
      if (out.length === count) return resolve(out);
      cursor.continue();
    };
  });
}
