// The change feed: what was written, by number. It is an index on the leaves themselves, so that a write touches one object
// store and no more. An entry is the first number of a run; no two values share one, and there the fences lie.

import { Output } from "./answer";
import { readLeaf, seqAt, type KindPlan, type Leaf, type Stored } from "./leaf";
import { FENCE, wait } from "./walk";

/** The index of each kind's object store that is the change feed. Its entries are unique. */
const FEED = "seq";

/** How many fences stay. Nobody who was taken over so often is still about to write. */
const KEPT_FENCES = 100;

/** The most numbers looked at in one go. */
const WINDOW = 512;

export interface FeedQuery { since: number; limit: number }

/** Where the feed ends: the newest entry or number, and the newest number that a write has. */
export interface Ends { head: number; told: number }

/** Fences as they are kept beside the epoch: their numbers, and the newest number before the newest of them. */
export interface Fences { at: number[]; told: number }

interface Place { kind: number; leaf: Leaf; at: number }

/** The feed of several kinds, in one transaction. */
export class Feed {
  private readonly found = new Map<number, Place>(); // by number, what is still to be given out

  constructor(private readonly tx: IDBTransaction, private readonly kinds: KindPlan[]) {}

  private index(kind: KindPlan): IDBIndex {
    return this.tx.objectStore(kind.store).index(FEED);
  }

  /** Finds where the feed ends. */
  async ends(before: Fences | undefined): Promise<Ends> {
    const ends = { head: 0, told: before?.told ?? 0 };
    const newest = await Promise.all(this.kinds.map((kind) => wait(this.index(kind).openCursor(null, "prev"))));
    this.kinds.forEach((kind, i) => {
      const cursor = newest[i];
      if (!cursor) return;
      const last = cursor.primaryKey === FENCE ? (cursor.key as number) : lastOf(readLeaf(cursor.value as Stored, kind) as Leaf);
      ends.head = Math.max(ends.head, last);
      if (cursor.primaryKey !== FENCE) ends.told = Math.max(ends.told, last);
    });
    return ends;
  }

  /** Puts a fence at a number, for every kind, and takes away the oldest of those that stand. A batch that starts with that
   *  number fails with a ConstraintError. */
  fence(at: number, told: number, before: Fences | undefined): Fences {
    const standing = [...(before?.at ?? []), at].slice(-KEPT_FENCES);
    const value: Stored = { head: "[]", text: "", seq: standing };
    for (const kind of this.kinds) this.tx.objectStore(kind.store).put(value, FENCE);
    return { at: standing, told };
  }

  /** Reads what was written after a number, up to the end. */
  async read(q: FeedQuery, end: number): Promise<Output> {
    const out = new Output([0, q.since]);
    const [first] = await Promise.all([this.next(q.since), this.spanning(q.since)]);
    for (let from = first; from < Infinity || this.found.size > 0; from = await this.next(from)) {
      const to = Math.min(from + Math.min(q.limit, WINDOW), end);
      await this.window(from, to);
      if (this.giveOut(to, q.limit, out) || to === end) break;
      from = to;
    }
    return out;
  }

  /** The first entry after a number. */
  private async next(after: number): Promise<number> {
    const range = IDBKeyRange.lowerBound(after, true);
    const keys = await Promise.all(this.kinds.map((kind) => wait(this.index(kind).openKeyCursor(range))));
    return Math.min(...keys.map((cursor) => (cursor ? (cursor.key as number) : Infinity)));
  }

  /** Finds the numbers after `since` in runs that start before or there. */
  private async spanning(since: number): Promise<void> {
    const range = IDBKeyRange.upperBound(since);
    const before = await Promise.all(this.kinds.map((kind) => wait(this.index(kind).openCursor(range, "prev"))));
    before.forEach((cursor, kind) => { if (cursor) this.take(kind, cursor.value as Stored, since); });
  }

  /** Finds the numbers of runs that start in a window. What is before it was found with the windows before, and given out. */
  private async window(from: number, to: number): Promise<void> {
    if (from > to) return;
    const range = IDBKeyRange.bound(from, to);
    const values = await Promise.all(this.kinds.map((kind) => wait(this.index(kind).getAll(range)) as Promise<Stored[]>));
    values.forEach((list, kind) => { for (const value of list) this.take(kind, value, from - 1); });
  }

  private take(kind: number, value: Stored, since: number): void {
    const leaf = readLeaf(value, this.kinds[kind] as KindPlan) as Leaf;
    for (let at = 0; at < leaf.size; at++) if (seqAt(leaf, at) > since) this.found.set(seqAt(leaf, at), { kind, leaf, at });
  }

  /** Adds what was found up to a number in its order; true when the answer is full and something is left. */
  private giveOut(to: number, limit: number, out: Output): boolean {
    for (const seq of [...this.found.keys()].filter((n) => n <= to).sort((a, b) => a - b)) {
      const { kind, leaf, at } = this.found.get(seq) as Place;
      if (out.count === limit) {
        out.head[0] = 1;
        return true;
      }
      this.found.delete(seq);
      out.head[1] = seq;
      out.head.push(kind);
      out.record(leaf, at);
    }
    return false;
  }
}

function lastOf(leaf: Leaf): number {
  let last = 0;
  for (let at = 0; at < leaf.size; at++) last = Math.max(last, seqAt(leaf, at));
  return last;
}
