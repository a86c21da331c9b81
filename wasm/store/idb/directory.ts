// Where each record of a packed kind is: the keys of its leaves, in memory, so that finding a leaf asks the database
// nothing. Whoever holds the database's epoch is its only writer, so it is true between writes; a reader who does not find a
// record by it asks the database.

import { wait } from "./walk";
import type { Write } from "./leaf";

export class Directories {
  private known = new Map<number, string[]>(); // by kind, once somebody read several records of it

  /** The keys of a kind's leaves in order, if they have been read. */
  get(kind: number): string[] | undefined {
    return this.known.get(kind);
  }

  /** The keys of a kind's leaves in order, read at first use. */
  async load(kind: number, store: IDBObjectStore): Promise<string[]> {
    const known = this.known.get(kind);
    if (known) return known;
    const keys = (await wait(store.getAllKeys())) as string[];
    this.known.set(kind, keys);
    return keys;
  }

  /** The key of the first leaf that is not before each write, for writes in the order of ids. */
  async successors(kind: number, store: IDBObjectStore, writes: Write[]): Promise<(string | undefined)[]> {
    if (writes.length === 0) return [];
    const keys = writes.length > 16 ? await this.load(kind, store) : this.known.get(kind);
    if (keys) return writes.map((w) => successor(keys, w.id));
    return Promise.all(writes.map((w) => wait(store.getKey(IDBKeyRange.lowerBound(w.id))) as Promise<string | undefined>));
  }

  /** Takes in a leaf that was committed. */
  add(kind: number, key: string): void {
    const keys = this.known.get(kind);
    if (!keys) return;
    const at = place(keys, key);
    if (keys[at] !== key) keys.splice(at, 0, key);
  }

  /** Leaves out leaves that were joined to others. */
  remove(kind: number, keys: string[]): void {
    const known = this.known.get(kind);
    if (!known || keys.length === 0) return;
    const gone = new Set(keys);
    this.known.set(kind, known.filter((key) => !gone.has(key)));
  }
}

/** The first key that is not before an id. */
export function successor(keys: string[], id: string): string | undefined {
  return keys[place(keys, id)];
}

function place(keys: string[], id: string): number {
  let low = 0;
  let high = keys.length;
  if (high > 0 && (keys[high - 1] as string) < id) return high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((keys[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  return low;
}
