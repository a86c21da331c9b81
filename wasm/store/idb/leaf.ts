// What a leaf is and how leaves are read and rewritten. A leaf holds one or more consecutive records of a kind and is
// keyed by the greatest id in it, so that a record is in the first leaf whose key is not before its id.

export interface KindPlan { kind: string; store: string; indexes: string[]; packed: boolean }
export interface Plan { kinds: KindPlan[]; outbox: string; meta: string; packRecords: number; packBytes: number; packFrom: number }

/** One value of a kind's object store: texts, which a browser reads and writes faster than lists and bytes. head is a flat
 *  JSON list: for each record id, version, number in the change feed, length of the body in bytes (-1: a tombstone) and,
 *  for each index, a key or null. text is the bodies one after the other. x_<index> are the entries of the multiEntry
 *  index: each distinct key once, with the greatest id that has it, as one text; a single entry stands alone. */
export interface Stored {
  head: string;
  text: string;
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
  return key.replace(/[\0\x01]/g, (c) => (c === "\0" ? "\x01\x01" : "\x01\x02"));
}

/** A leaf read apart; keys are by index, then by record. */
export interface Leaf {
  ids: string[];
  ver: string[];
  seq: number[];
  len: number[];
  keys: (string | null)[][];
  text: string;
  bytes?: Uint8Array; // of text, once needed
}

/** One record on its way into a leaf; its body is data from at on, or all of a text. */
export interface Item { id: string; ver: string; seq: number; len: number; keys: (string | null)[]; data: Uint8Array | string; at: number; fresh: boolean }
export interface Write extends Item { kind: number; cond: string | null; held: string; oldSeq: number; oldLive: boolean; won: boolean; atEnd: boolean }

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
  let low = 0;
  let high = leaf.ids.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((leaf.ids[middle] as string) < id) low = middle + 1;
    else high = middle;
  }
  return leaf.ids[low] === id ? low : -1;
}

/** Reads a value apart. */
export function readLeaf(stored: Stored | undefined, kind: KindPlan): Leaf | undefined {
  if (!stored) return undefined;
  const flat = JSON.parse(stored.head) as (string | number | null)[];
  const leaf: Leaf = { ids: [], ver: [], seq: [], len: [], keys: kind.indexes.map(() => []), text: stored.text };
  for (let i = 0; i < flat.length;) {
    leaf.ids.push(flat[i++] as string);
    leaf.ver.push(flat[i++] as string);
    leaf.seq.push(flat[i++] as number);
    leaf.len.push(flat[i++] as number);
    for (const keys of leaf.keys) keys.push(flat[i++] as string | null);
  }
  return leaf;
}

/** The key of a leaf: the greatest id in it. */
export function greatest(stored: Stored): string {
  const flat = JSON.parse(stored.head) as unknown[];
  for (let i = flat.length - 1; ; i--) if (typeof flat[i] === "number") return flat[i - 3] as string;
}

/** The bodies of a leaf as bytes. */
function bytesOf(leaf: Leaf): Uint8Array {
  return (leaf.bytes ??= new TextEncoder().encode(leaf.text));
}

/** Where the body of a record starts, in bytes. */
function start(leaf: Leaf, at: number): number {
  let sum = 0;
  for (let i = 0; i < at; i++) sum += Math.max(0, leaf.len[i] as number);
  return sum;
}

/** Compares each write with what is stored: the newer version wins. */
export function judge(group: Group): void {
  for (const w of group.writes) {
    const at = group.leaf ? find(group.leaf, w.id) : -1;
    if (group.leaf && at >= 0) {
      w.held = group.leaf.ver[at] as string;
      w.oldSeq = group.leaf.seq[at] as number;
      w.oldLive = (group.leaf.len[at] as number) >= 0;
    }
    w.won = w.ver > w.held;
    w.atEnd = group.key === undefined;
  }
}

/** Says which leaves replace `leaf` when the won writes are in. Many writes of a packed kind pack; a few stand alone, so
 *  that a record which is rewritten often costs only itself. No record ever leaves, so the old key is always reused. */
export function arrange(leaf: Leaf | undefined, won: Write[], kind: KindPlan, plan: Plan): Item[][] {
  const last = won[won.length - 1] as Write;
  const gap = !leaf || last.id < (leaf.ids[0] as string);
  const items = gap ? won : merge(itemsOf(leaf), won);
  return kind.packed && won.length >= plan.packFrom ? pack(items, plan) : single(items);
}

function merge(old: Item[], won: Item[]): Item[] {
  const replaced = new Set(won.map((w) => w.id));
  return [...old.filter((item) => !replaced.has(item.id)), ...won].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function pack(items: Item[], plan: Plan): Item[][] {
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
  let at = 0;
  return leaf.ids.map((id, i) => {
    const len = leaf.len[i] as number;
    const keys = leaf.keys.map((key) => key[i] ?? null);
    const item = { id, ver: leaf.ver[i] as string, seq: leaf.seq[i] as number, len, keys, data, at, fresh: false };
    at += Math.max(0, len);
    return item;
  });
}

export function makeLeaf(items: Item[], kind: KindPlan): Stored {
  const flat: (string | number | null)[] = [];
  for (const item of items) flat.push(item.id, item.ver, item.seq, item.len, ...item.keys);
  const stored: Stored = { head: JSON.stringify(flat), text: join(items) };
  kind.indexes.forEach((name, n) => {
    const greatest = new Map<string, string>();
    for (const item of items) {
      const key = item.keys[n];
      if (key) greatest.set(ord(key), item.id);
    }
    const entries = [...greatest].map(([key, id]) => entryOf(key, id));
    stored[`x_${name}`] = entries.length === 1 ? (entries[0] as string) : entries;
  });
  return stored;
}

/** The bodies one after the other; often they lie so already. */
function join(items: Item[]): string {
  const [first] = items as [Item];
  if (items.length === 1 && typeof first.data === "string") return first.data;
  const parts = items.map((item) => (typeof item.data === "string" ? new TextEncoder().encode(item.data) : item.data));
  let end = first.at;
  for (let i = 0; i < items.length; i++) {
    const item = items[i] as Item;
    if (parts[i] !== parts[0] || item.at !== end) return text(copy(items, parts));
    end += Math.max(0, item.len);
  }
  return text((parts[0] as Uint8Array).subarray(first.at, end));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

function copy(items: Item[], parts: Uint8Array[]): Uint8Array {
  const out = new Uint8Array(items.reduce((sum, item) => sum + Math.max(0, item.len), 0));
  let at = 0;
  items.forEach((item, i) => {
    if (item.len <= 0) return;
    out.set((parts[i] as Uint8Array).subarray(item.at, item.at + item.len), at);
    at += item.len;
  });
  return out;
}

/** Collects an answer: a flat JSON list, and the bodies of the records in it one after the other. */
export class Output {
  count = 0;
  private size = 0;
  private parts: { leaf: Leaf; from: number; to: number }[] = [];

  constructor(readonly head: (string | number)[] = []) {}

  /** Adds id, version, length and body of a record. */
  record(leaf: Leaf, at: number): void {
    this.head.push(leaf.ids[at] as string);
    this.state(leaf, at);
  }

  /** Adds version, length and body of a record whose id the reader knows. */
  state(leaf: Leaf, at: number): void {
    const len = leaf.len[at] as number;
    this.count++;
    this.head.push(leaf.ver[at] as string, len);
    if (len <= 0) return;
    const from = start(leaf, at);
    const before = this.parts[this.parts.length - 1];
    if (before && before.leaf === leaf && before.to === from) before.to = from + len;
    else this.parts.push({ leaf, from, to: from + len });
    this.size += len;
  }

  missing(): void {
    this.head.push("", 0);
  }

  answer(): { head: string; data: Uint8Array } {
    const data = new Uint8Array(this.size);
    const encoder = new TextEncoder();
    let at = 0;
    for (const { leaf, from, to } of this.parts) {
      if (leaf.ids.length === 1) encoder.encodeInto(leaf.text, data.subarray(at));
      else if (isPlain(leaf)) encoder.encodeInto(leaf.text.slice(from, to), data.subarray(at));
      else data.set(bytesOf(leaf).subarray(from, to), at);
      at += to - from;
    }
    return { head: JSON.stringify(this.head), data };
  }
}

/** Whether a place in the text is the same place in its bytes: every character is of one byte. */
function isPlain(leaf: Leaf): boolean {
  return leaf.text.length === start(leaf, leaf.len.length);
}
