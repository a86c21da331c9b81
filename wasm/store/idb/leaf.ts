// What a leaf is and how leaves are read and rewritten. A leaf holds one or more consecutive records of a kind and is
// keyed by the greatest id in it, so that a record is in the first leaf whose key is not before its id.

export interface KindPlan { kind: string; store: string; indexes: string[]; packed: boolean }
export interface Plan { kinds: KindPlan[]; meta: string; packRecords: number; packBytes: number; packFrom: number; gatherFrom: number }

/** One value of a kind's object store: texts, which a browser reads and writes faster than lists. head is a flat
 *  JSON list: for each record id, version, number in the change feed, length of the body in bytes (-1: a tombstone) and,
 *  for each index, a key or null. text is the body of one record, or the bodies of several, one after the other, as bytes:
 *  what a request answered stays until all memory is looked through, and bytes lie outside of what is copied until then.
 *  (Before version 6 of the database several were a text too.) seq are the entries of the change feed: the
 *  first number of each run of numbers in the leaf. x_<index> are the entries of the multiEntry index: each distinct key
 *  once, with the greatest id that has it, as one text. A single entry stands alone. */
export interface Stored {
  head: string;
  text: string | ArrayBuffer;
  seq: number | number[];
  [index: `x_${string}`]: string | string[];
}

/** An entry of an index, or, without an id, the place before all entries of a key. Texts are written and read five times as
 *  fast as lists of two, and order alike: what parts key and id comes before every character that a key has left. */
export function entryOf(key: string, id: string): string {
  return `${escaped(key)}\0${id}`;
}

/** The place behind all entries of a key. */
export function behind(key: string): string {
  return `${escaped(key)}\x01`;
}

/** The key of an entry. */
export function keyIn(entry: string): string {
  return entry.slice(0, entry.indexOf("\0")).replace(/\x01[\x01\x02]/g, (pair) => (pair === "\x01\x01" ? "\0" : "\x01"));
}

function escaped(key: string): string {
  return !/[\0\x01]/.test(key) ? key : key.replace(/[\0\x01]/g, (c) => (c === "\0" ? "\x01\x01" : "\x01\x02"));
}

/** A leaf read apart: head as the list that it is, width values a record. */
export interface Leaf {
  flat: (string | number | null)[];
  width: number;
  size: number; // records
  text: string | Uint8Array;
}

export const idAt = (leaf: Leaf, at: number): string => leaf.flat[at * leaf.width] as string;
export const versionAt = (leaf: Leaf, at: number): string => leaf.flat[at * leaf.width + 1] as string;
export const seqAt = (leaf: Leaf, at: number): number => leaf.flat[at * leaf.width + 2] as number;
export const lengthAt = (leaf: Leaf, at: number): number => leaf.flat[at * leaf.width + 3] as number;
export const keyAt = (leaf: Leaf, at: number, index: number): string | null => leaf.flat[at * leaf.width + 4 + index] as string | null;

/** One record on its way into a leaf; its body is data from at on, or all of a text. */
export interface Item { id: string; ver: string; seq: number; len: number; keys: (string | null)[]; data: Uint8Array | string; at: number; fresh: boolean }
export interface Write extends Item { kind: number; cond: string | null; held: string; oldLive: boolean; won: boolean; atEnd: boolean }

/** Writes of a kind whose place is in or just before the same leaf; no key means behind the last one. */
export interface Group { kind: number; key: IDBValidKey | undefined; leaf: Leaf | undefined; writes: Write[] }

/** Text in an order that equals the order of its UTF-8 bytes; IndexedDB orders by UTF-16 units, where characters beyond
 *  U+FFFF come too early. */
export function ord(text: string): string {
  if (!/[\ud800-\uffff]/.test(text)) return text;
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    out += String.fromCharCode(unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
  }
  return out;
}

/** The place of an id in a leaf, or -1. */
export function find(leaf: Leaf, id: string): number {
  for (let at = 0; at < leaf.size; at++) if (idAt(leaf, at) === id) return at;
  return -1;
}

/** Reads a value apart. */
export function readLeaf(stored: Stored | undefined, kind: KindPlan): Leaf | undefined {
  if (!stored) return undefined;
  const flat = JSON.parse(stored.head) as (string | number | null)[];
  const width = 4 + kind.indexes.length;
  return { flat, width, size: flat.length / width, text: typeof stored.text === "string" ? stored.text : new Uint8Array(stored.text) };
}

/** The key of a leaf: the greatest id in it. */
export function greatest(stored: Stored, kind: KindPlan): string {
  const leaf = readLeaf(stored, kind) as Leaf;
  return idAt(leaf, leaf.size - 1);
}

/** The bodies of a leaf as bytes. */
export function bytesOf(leaf: Leaf): Uint8Array {
  if (typeof leaf.text === "string") leaf.text = new TextEncoder().encode(leaf.text);
  return leaf.text;
}

/** Where the body of a record starts, in bytes. */
export function start(leaf: Leaf, at: number): number {
  let sum = 0;
  for (let i = 0; i < at; i++) sum += Math.max(0, lengthAt(leaf, i));
  return sum;
}

/** Compares each write with what is stored: the newer version wins. */
export function judge(group: Group): void {
  for (const w of group.writes) {
    const at = group.leaf ? find(group.leaf, w.id) : -1;
    if (group.leaf && at >= 0) {
      w.held = versionAt(group.leaf, at);
      w.oldLive = lengthAt(group.leaf, at) >= 0;
    }
    w.won = w.ver > w.held;
    w.atEnd = group.key === undefined;
  }
}

/** Says which leaves replace `leaf` when the won writes are in. Many writes of a packed kind pack; a few stand alone, so
 *  that a record which is rewritten often costs only itself. No record ever leaves here, so the old key is always reused. */
export function arrange(leaf: Leaf | undefined, won: Write[], kind: KindPlan, plan: Plan): Item[][] {
  const last = won[won.length - 1] as Write;
  const gap = !leaf || last.id < idAt(leaf, 0);
  const items = gap ? won : merge(itemsOf(leaf), won);
  return kind.packed && won.length >= plan.packFrom ? pack(items, plan) : single(items);
}

function merge(old: Item[], won: Item[]): Item[] {
  const replaced = new Set(won.map((w) => w.id));
  return [...old.filter((item) => !replaced.has(item.id)), ...won].sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** Says which items share a leaf. */
export function pack(items: Item[], plan: Plan): Item[][] {
  const out: Item[][] = [];
  let room = 0;
  for (const item of items) {
    const size = Math.max(0, item.len);
    const current = out[out.length - 1];
    if (current && current.length < plan.packRecords && size <= room) {
      current.push(item);
      room -= size;
    } else {
      out.push([item]);
      room = plan.packBytes - size;
    }
  }
  return out;
}

function single(items: Item[]): Item[][] {
  const out: Item[][] = [];
  let open = false;
  for (const item of items) {
    const current = out[out.length - 1];
    if (open && current && !item.fresh) current.push(item);
    else out.push([item]);
    open = !item.fresh;
  }
  return out;
}

function itemsOf(leaf: Leaf): Item[] {
  const data = bytesOf(leaf);
  const out: Item[] = [];
  for (let i = 0, at = 0; i < leaf.size; i++) {
    const len = lengthAt(leaf, i);
    const keys = leaf.flat.slice(i * leaf.width + 4, (i + 1) * leaf.width) as (string | null)[];
    out.push({ id: idAt(leaf, i), ver: versionAt(leaf, i), seq: seqAt(leaf, i), len, keys, data, at, fresh: false });
    at += Math.max(0, len);
  }
  return out;
}

/** Makes the value of some records. next is the first number of the batch: it starts a run, come what may. */
export function makeLeaf(items: Item[], kind: KindPlan, next: number): Stored {
  const flat: (string | number | null)[] = [];
  for (const item of items) flat.push(item.id, item.ver, item.seq, item.len, ...item.keys);
  const stored: Stored = { head: JSON.stringify(flat), text: join(items), seq: runs(items, next) };
  kind.indexes.forEach((name, n) => { stored[`x_${name}`] = entries(items, n); });
  return stored;
}

function entries(items: Item[], index: number): string | string[] {
  const [first] = items as [Item];
  if (items.length === 1 && first.keys[index]) return entryOf(ord(first.keys[index]), first.id);
  const greatest = new Map<string, string>();
  for (const item of items) {
    const key = item.keys[index];
    if (key) greatest.set(ord(key), item.id);
  }
  const all = [...greatest].map(([key, id]) => entryOf(key, id));
  return all.length === 1 ? (all[0] as string) : all;
}

function runs(items: Item[], next: number): number | number[] {
  if (items.length === 1) return (items[0] as Item).seq;
  const all = items.map((item) => item.seq).sort((a, b) => a - b);
  const starts = all.filter((seq, i) => i === 0 || seq === next || seq !== (all[i - 1] as number) + 1);
  return starts.length === 1 ? (starts[0] as number) : starts;
}

function join(items: Item[]): string | ArrayBuffer {
  const [first] = items as [Item];
  if (items.length > 1) return bytes(items);
  return typeof first.data === "string" ? first.data : decoder.decode(first.data.subarray(first.at, first.at + Math.max(0, first.len)));
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

function bytes(items: Item[]): ArrayBuffer {
  const out = new Uint8Array(items.reduce((sum, item) => sum + Math.max(0, item.len), 0));
  let at = 0;
  for (const { data, at: from, len } of items) {
    if (len <= 0) continue;
    if (typeof data === "string") new TextEncoder().encodeInto(data, out.subarray(at));
    else out.set(data.subarray(from, from + len), at);
    at += len;
  }
  return out.buffer;
}
