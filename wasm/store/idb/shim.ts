// The hot path of the IndexedDB store: one call per operation, the request loop stays on this side.
//
// Go sends a head (JSON text) and bytes and gets the same back. Layout and rules: ARCHITECTURE.md, "Storage layout in the
// browser". A leaf holds one or more consecutive records of a kind and is keyed by the greatest id in it.

import { Output, Scratch, States, type Answer } from "./answer";
import { serveBlobs, type Begin, type ServeBlobs } from "./blobs";
import { Directories, successor } from "./directory";
import { Feed, type FeedQuery, type Fences } from "./feed";
import { arrange, judge, makeLeaf, readLeaf, type Group, type Item, type KindPlan, type Plan, type Stored, type Write } from "./leaf";
import { gather, Loose } from "./gather";
import { servePicture } from "./pictures";
import { Reads } from "./reads";
import { describe, Refusal } from "./refusal";
import { bringUp } from "./upgrade";
import { finished, MAX_CHUNK, wait, Walk, type ListQuery } from "./walk";

export interface IdbShim {
  /** An IDBFactory whose open reports being blocked, and closes what arrives after abandon. */
  factory(blocked: () => void): IdbFactory;
  /** Serves calls on an open database. */
  attach(db: IDBDatabase, plan: string, done: IdbDone): IdbSession;
}
export interface IdbFactory {
  open(name: string, version?: number): IDBOpenDBRequest;
  deleteDatabase(name: string): IDBOpenDBRequest;
  abandon(): void;
}
/** Ends one call with head and data, or, when its number comes back negative, with a fault: JSON {name, message, ...}. Numbers
 *  cross into Go for nothing, each text costs. */
export type IdbDone = (call: number, text: string, data: Uint8Array | null) => void;
export interface IdbSession {
  /** text is the operation, a blank, and its head. The bodies of what is to be written, one after the other, are data, or
   *  follow the head in a line of their own: few bytes cross faster as part of a text that crosses anyway. */
  call(call: number, text: string, data: Uint8Array | null): void;
  close(): void;
}

/** A batch: for each write kind, id, version, length (-1: a tombstone), condition or null, and a key or null for each index. */
interface ApplyHead { strict: boolean; writes: (string | number | null)[] }

const EPOCH = "epoch";
const FENCES = "fences";

export function makeIdbShim(): IdbShim {
  return { factory: makeFactory, attach: (db, plan, done) => new Session(db, JSON.parse(plan) as Plan, done) };
}

function makeFactory(blocked: () => void): IdbFactory {
  let abandoned = false;
  const watch = (request: IDBOpenDBRequest): IDBOpenDBRequest => {
    request.addEventListener("blocked", () => blocked());
    request.addEventListener("upgradeneeded", (event) => { if (event.oldVersion > 0) bringUp(request.transaction as IDBTransaction, event.oldVersion); });
    request.addEventListener("success", () => { if (abandoned && request.result) request.result.close(); });
    return request;
  };
  return {
    open: (name, version) => watch(indexedDB.open(name, version)),
    deleteDatabase: (name) => watch(indexedDB.deleteDatabase(name)),
    abandon: () => { abandoned = true; },
  };
}

class Session implements IdbSession {
  private epoch = 0;
  private head = 0; // the newest number in the change feed
  private told = 0; // the newest number that a write has: what is above it up to head is fences
  private last = new Map<number, string>(); // greatest id of a kind, once known; true while the epoch is ours
  private directories = new Directories();
  private live: number[] | null = null; // records that are not tombstones, by kind, once counted
  private density = new Map<string, number>(); // wanted records a value, by list, as last seen
  private long = new Set<string>(); // lists that were longer than what was asked of them
  private loose = new Loose();
  private writes: Promise<unknown> = Promise.resolve();
  private gone = false;
  private scratch = new Scratch();
  private spare: Scratch[] = []; // for reads by key; several may be under way

  constructor(private db: IDBDatabase, private plan: Plan, private done: IdbDone) {
    db.addEventListener("close", () => { this.gone = true; });
    db.addEventListener("versionchange", () => { this.gone = true; db.close(); });
  }

  call(call: number, text: string, data: Uint8Array | null): void {
    const blank = text.indexOf(" ");
    const line = text.indexOf("\n");
    const head = text.slice(blank + 1, line < 0 ? text.length : line);
    this.run(text.slice(0, blank), head, line < 0 ? data : text.slice(line + 1)).then(
      (answer) => {
        this.done(call, answer.head, answer.data?.(this.scratch) ?? null);
        answer.over?.();
      },
      (error: unknown) => this.done(-call, describe(this.gone ? new Refusal("Closed") : error), null),
    );
  }

  close(): void {
    this.gone = true;
    this.db.close();
  }

  private async run(op: string, head: string, data: Uint8Array | string | null): Promise<Answer> {
    if (this.gone) throw new Refusal("Closed");
    switch (op) {
      case "open": return this.open(JSON.parse(head) as { epoch: number });
      case "get": return this.get(JSON.parse(head) as (number | string)[]);
      case "list": return this.list(JSON.parse(head) as ListQuery);
      case "changes": return this.changes(JSON.parse(head) as FeedQuery);
      case "measure": return this.measure();
      case "apply": return this.inOrder(() => this.apply(JSON.parse(head) as ApplyHead, data ?? ""));
      default: return this.blobs(op, head, data);
    }
  }

  /** Blobs are served in parts to the program, and whole to whoever it only passes on for (pictures.ts). */
  private blobs(op: string, head: string, data: Uint8Array | string | null): Promise<Answer> {
    const begin: Begin = (...of) => this.transaction(...of);
    const serve: ServeBlobs = (name, words, bytes) => serveBlobs(name, words, bytes, begin, this.plan, this.epoch);
    if (op.startsWith("blob.")) return servePicture(op, head, serve, this.epoch);
    return serve(op, head.split(" "), data as Uint8Array | null);
  }

  /** Writes run one after the other, so that what is cached between them is true. */
  private inOrder<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.writes.then(work, work);
    this.writes = turn.catch(() => undefined);
    return turn;
  }

  private transaction(stores: string[], mode: IDBTransactionMode, strict = false): IDBTransaction {
    try {
      return this.db.transaction(stores, mode, { durability: strict ? "strict" : "relaxed" });
    } catch (error) {
      if ((error as Error).name === "InvalidStateError") this.gone = true;
      throw error;
    }
  }

  private kind(at: number): KindPlan {
    const kind = this.plan.kinds[at];
    if (!kind) throw new Refusal("Unknown", { kind: at });
    return kind;
  }

  /** Takes over the database (epoch 0) or comes back to it as the same writer. Who takes over puts a fence where the writer
   *  before would write next, so that its next batch fails; nobody has to ask before writing who the writer is. */
  private async open(head: { epoch: number }): Promise<Answer> {
    const tx = this.transaction([this.plan.meta, ...this.plan.kinds.map((k) => k.store)], "readwrite", true);
    const end = finished(tx);
    const meta = tx.objectStore(this.plan.meta);
    const [stored, fences] = await Promise.all([wait(meta.get(EPOCH)) as Promise<number | undefined>, wait(meta.get(FENCES)) as Promise<Fences | undefined>]);
    if (head.epoch !== 0 && head.epoch !== stored) throw new Refusal(stored === undefined ? "Deleted" : "Fenced");
    this.epoch = head.epoch || (stored ?? 0) + 1;
    const feed = new Feed(tx, this.plan.kinds);
    ({ head: this.head, told: this.told } = await feed.ends(fences));
    meta.put(this.epoch, EPOCH);
    if (head.epoch === 0) meta.put(feed.fence(++this.head, this.told, fences), FENCES);
    await end;
    return { head: JSON.stringify([this.epoch, this.told]) };
  }

  private async get(keys: (number | string)[]): Promise<Answer> {
    const stores = new Set<string>();
    for (let i = 0; i < keys.length; i += 2) stores.add(this.kind(keys[i] as number).store);
    const tx = this.transaction([...stores], "readonly");
    const out = new States(keys.length >> 1, this.spare.pop() ?? new Scratch());
    await this.lookAgain(tx, keys, out, await this.look(tx, keys, out));
    return out.answer((scratch) => this.spare.push(scratch));
  }

  /** Reads what is asked for and says the places of what was not found. Keys that share a packed leaf read it once. */
  private async look(tx: IDBTransaction, keys: (number | string)[], out: States): Promise<number[]> {
    const several = keys.length > 2;
    for (const at of new Set(several ? keys.filter((_, i) => i % 2 === 0) : [])) {
      const kind = this.kind(at as number);
      if (kind.packed) await this.directories.load(at as number, tx.objectStore(kind.store));
    }
    const reads = new Reads(out);
    for (let i = 0; i < keys.length; i += 2) {
      const kind = this.kind(keys[i] as number);
      const id = keys[i + 1] as string;
      const directory = kind.packed ? this.directories.get(keys[i] as number) : undefined;
      const key = directory ? successor(directory, id) : id;
      const range = kind.packed && !directory ? IDBKeyRange.lowerBound(id) : key;
      if (key === undefined) reads.missed.push(i >> 1);
      else reads.add(tx, kind, key, range as IDBValidKey | IDBKeyRange, { id, at: i >> 1 });
    }
    await reads.all();
    return reads.missed;
  }

  /** Asks the database itself for what the directory did not lead to: leaves are joined beside readers. */
  private async lookAgain(tx: IDBTransaction, keys: (number | string)[], out: States, missed: number[]): Promise<void> {
    const reads = new Reads(out);
    for (const at of missed) {
      const kind = this.kind(keys[2 * at] as number);
      const id = keys[2 * at + 1] as string;
      if (kind.packed && this.directories.get(keys[2 * at] as number)) reads.add(tx, kind, id, IDBKeyRange.lowerBound(id), { id, at });
    }
    await reads.all();
  }

  private async list(q: ListQuery): Promise<Answer> {
    const kind = this.kind(q.kind);
    const tx = this.transaction([kind.store], "readonly");
    const store = tx.objectStore(kind.store);
    const walk = new Walk(q, kind, q.index ? store.index(q.index) : store, this.chunk(q, kind), !this.long.has(listName(q)));
    const out = new Output([0]);
    await walk.each((leaf, at) => {
      if (out.count === q.limit) {
        out.head[0] = 1;
        return false;
      }
      out.record(leaf, at);
      return true;
    });
    this.learnDensity(q, walk);
    const loose = kind.packed ? this.loose.range(listName(q), walk.alone, q.reverse, this.plan.gatherFrom) : undefined;
    if (loose) void this.inOrder(() => this.gather(q.kind, loose));
    return out.answer();
  }

  /** Joins leaves that a list met one by one. It need not be on disk at once, and that it fails loses nothing: the leaves stay
   *  as they were. Who is fenced lets it be, since it would not meet a fence. */
  private async gather(at: number, range: IDBKeyRange): Promise<void> {
    const kind = this.kind(at);
    const tx = this.transaction([this.plan.meta, kind.store], "readwrite");
    const end = finished(tx);
    end.catch(() => undefined);
    try {
      if ((await wait(tx.objectStore(this.plan.meta).get(EPOCH))) !== this.epoch) throw new Refusal("Fenced");
      const gone = await gather(tx.objectStore(kind.store), kind, this.plan, range);
      tx.commit?.();
      await end;
      this.directories.remove(at, gone);
    } catch {
      try { tx.abort(); } catch { /* it has ended already */ }
    }
  }

  /** How many values to read first: as many as held a page of this list when it was last read. */
  private chunk(q: ListQuery, kind: KindPlan): number {
    const each = kind.packed ? (this.density.get(listName(q)) ?? 1) : 1;
    return Math.min(MAX_CHUNK, Math.ceil((q.limit + 1) / each) + (each > 1 ? 1 : 0));
  }

  private learnDensity(q: ListQuery, walk: Walk): void {
    if (this.density.size > 200) this.density.clear();
    if (this.long.size > 200) this.long.clear();
    if (walk.long) this.long.add(listName(q));
    if (walk.read > 0) this.density.set(listName(q), Math.max(1, walk.matched / walk.read));
  }

  private async changes(q: FeedQuery): Promise<Answer> {
    if (q.since > this.told) throw new Refusal("Ahead", { head: this.told });
    const tx = this.transaction(this.plan.kinds.map((k) => k.store), "readonly");
    return (await new Feed(tx, this.plan.kinds).read(q, this.told)).answer();
  }

  private async measure(): Promise<Answer> {
    const live = this.live ?? (await this.inOrder(() => this.count()));
    const estimate = await navigator.storage?.estimate?.().catch(() => ({}) as StorageEstimate);
    return { head: JSON.stringify([estimate?.usage ?? 0, estimate?.quota ?? 0, ...live]) };
  }

  private async count(): Promise<number[]> {
    const tx = this.transaction(this.plan.kinds.map((k) => k.store), "readonly");
    const live = await Promise.all(this.plan.kinds.map(async (kind, at) => {
      const all: ListQuery = { kind: at, index: "", from: "", to: "", reverse: false, limit: 0, deleted: false, afterKey: "", afterId: "" };
      let n = 0;
      await new Walk(all, kind, tx.objectStore(kind.store), MAX_CHUNK, false).each(() => { n++; return true; });
      return n;
    }));
    this.live = live;
    return live;
  }

  private async apply(head: ApplyHead, data: Uint8Array | string): Promise<Answer> {
    const writes = this.read(head.writes, data);
    if (writes.length === 0) return { head: JSON.stringify([this.told, ""]) };
    const kinds = [...new Set(writes.map((w) => w.kind))];
    const tx = this.transaction(kinds.map((k) => this.kind(k).store), "readwrite", head.strict);
    const end = finished(tx);
    end.catch(() => undefined); // reported below, or by the step that failed first
    try {
      const found = await Promise.all(kinds.map((kind) => this.successors(tx, kind, writes.filter((w) => w.kind === kind))));
      return await this.commit(tx, end, writes, found);
    } catch (error) {
      try { tx.abort(); } catch { /* it has ended already, for this very error */ }
      throw error;
    }
  }

  private read(flat: (string | number | null)[], data: Uint8Array | string): Write[] {
    const out: Write[] = [];
    for (let i = 0, at = 0; i < flat.length;) {
      const kind = flat[i] as number;
      const len = flat[i + 3] as number;
      const end = i + 5 + this.kind(kind).indexes.length;
      out.push({
        kind, id: flat[i + 1] as string, ver: flat[i + 2] as string, len, cond: flat[i + 4] as string | null,
        keys: flat.slice(i + 5, end) as (string | null)[], data, at, seq: 0, fresh: true, held: "", oldLive: false, won: false, atEnd: false,
      });
      at += Math.max(0, len);
      i = end;
    }
    if (typeof data === "string" && out.length > 1) {
      const bytes = new TextEncoder().encode(data);
      for (const w of out) w.data = bytes;
    }
    return out;
  }

  /** Groups a kind's writes, in the order of ids, by the leaf that holds or follows them. */
  private async successors(tx: IDBTransaction, kind: number, writes: Write[]): Promise<Group[]> {
    const plan = this.kind(kind);
    const store = tx.objectStore(plan.store);
    const last = this.last.get(kind);
    writes.sort((a, b) => (a.id < b.id ? -1 : 1));
    const inside = last === undefined ? writes : writes.filter((w) => w.id <= last);
    const keys = plan.packed ? await this.directories.successors(kind, store, inside) : inside.map((w) => w.id);
    const groups: Group[] = [];
    writes.forEach((w, i) => {
      const key = i < inside.length ? keys[i] : undefined;
      const group = groups[groups.length - 1];
      if (group && group.key === key) group.writes.push(w);
      else groups.push({ kind, key, writes: [w], leaf: undefined });
    });
    const held = groups.filter((g) => g.key !== undefined);
    if (held.length > 0) await Promise.all(held.map(async (g) => { g.leaf = readLeaf((await wait(store.get(g.key as string))) as Stored | undefined, plan); }));
    return groups;
  }

  private async commit(tx: IDBTransaction, end: Promise<void>, writes: Write[], found: Group[][]): Promise<Answer> {
    for (const groups of found) for (const group of groups) judge(group);
    for (const w of writes) {
      if (w.cond !== null && w.cond !== w.held) throw new Refusal("Conflict", { kind: w.kind, id: w.id, held: w.held });
    }
    const won = writes.filter((w) => w.won);
    won.forEach((w, i) => (w.seq = this.head + 1 + i));
    const put = found.flatMap((groups) => groups.flatMap((group) => this.put(tx, group)));
    tx.commit?.();
    await end.catch((error: unknown) => { throw (error as Error).name === "ConstraintError" ? new Refusal("Fenced") : error; });
    if (won.length > 0) this.told = this.head += won.length;
    this.learn(writes);
    for (const { kind, key } of put) this.directories.add(kind, key);
    return { head: JSON.stringify([this.told, writes.map((w) => (w.won ? "1" : "0")).join("")]) };
  }

  private put(tx: IDBTransaction, group: Group): { kind: number; key: string }[] {
    const won = group.writes.filter((w) => w.won);
    if (won.length === 0) return [];
    const plan = this.kind(group.kind);
    const store = tx.objectStore(plan.store);
    const leaves = arrange(group.leaf, won, plan, this.plan);
    const put = (items: Item[]): { kind: number; key: string } => {
      const key = (items[items.length - 1] as Item).id;
      store.put(makeLeaf(items, plan, this.head + 1), key);
      return { kind: group.kind, key };
    };
    // The last one replaces the leaf that was there, whose numbers the others can only take when it has let go of them.
    // Else in the order of keys, in which databases write fastest.
    return group.leaf ? leaves.reverse().map(put).reverse() : leaves.map(put);
  }

  private learn(writes: Write[]): void {
    for (const w of writes) {
      const last = this.last.get(w.kind);
      if (w.won && (last !== undefined ? w.id > last : w.atEnd)) this.last.set(w.kind, w.id);
      if (w.won && this.live) this.live[w.kind] = (this.live[w.kind] ?? 0) + (w.len >= 0 ? 1 : 0) - (w.oldLive ? 1 : 0);
    }
  }
}

/** Names what a list goes over, for what is remembered of it. */
function listName(q: ListQuery): string {
  return `${q.kind} ${q.index} ${q.index ? q.from : ""}`;
}
