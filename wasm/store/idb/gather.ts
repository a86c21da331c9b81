// Joins leaves of one record that lie side by side: what was written one record at a time is then read as fast as what was
// loaded at once. A chat is written so, and a list notices. Numbers, versions and texts stay as they are; only values go.

import { makeLeaf, pack, readLeaf, type Item, type KindPlan, type Leaf, type Plan, type Stored } from "./leaf";
import { MAX_CHUNK, wait } from "./walk";

/** The newest records of a list stay alone: who writes an answer rewrites one of them again and again. */
const LOOSE = 8;

/** What lists met of leaves of one record, by list: says when joining them pays. */
export class Loose {
  private readonly least = new Map<string, number>(); // by list, how many there were at best

  /** The ids from where to where leaves are to be joined, if a list that met these has enough of them. */
  range(name: string, ids: string[], reverse: boolean, enough: number): IDBKeyRange | undefined {
    if (this.least.size > 200) this.least.clear();
    const least = this.least.get(name) ?? 0;
    if (ids.length < least + enough) {
      this.least.set(name, Math.min(least, ids.length));
      return undefined;
    }
    this.least.set(name, ids.length); // joined or not, the next ones have to be worth it again
    const settled = reverse ? ids.slice(LOOSE).reverse() : ids.slice(0, -LOOSE);
    return settled.length > 1 ? IDBKeyRange.bound(settled[0], settled[settled.length - 1]) : undefined;
  }
}

/** Joins what lies alone in a range of ids and gives the keys of the values that went. */
export async function gather(store: IDBObjectStore, kind: KindPlan, plan: Plan, range: IDBKeyRange): Promise<string[]> {
  const gone: string[] = [];
  let alone: Item[] = [];
  const join = (): void => {
    for (const items of pack(alone, plan)) gone.push(...replace(store, kind, items));
    alone = [];
  };
  for (const stored of (await wait(store.getAll(range, MAX_CHUNK))) as Stored[]) {
    const leaf = readLeaf(stored, kind) as Leaf;
    if (leaf.size === 1) alone.push(only(leaf));
    else join();
  }
  join();
  return gone;
}

/** Puts records that lay alone under the key of the last one. The others let go of their numbers first. */
function replace(store: IDBObjectStore, kind: KindPlan, items: Item[]): string[] {
  if (items.length === 1) return [];
  const gone = items.slice(0, -1).map((item) => item.id);
  store.delete(IDBKeyRange.bound(gone[0], gone[gone.length - 1])); // nothing else lies between them
  store.put(makeLeaf(items, kind, -1), (items[items.length - 1] as Item).id);
  return gone;
}

function only(leaf: Leaf): Item {
  const [id, ver, seq, len, ...keys] = leaf.flat as [string, string, number, number, ...(string | null)[]];
  return { id, ver, seq, len, keys, data: leaf.text, at: 0, fresh: false };
}
