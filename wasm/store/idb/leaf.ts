// What a leaf is and how leaves are read and rewritten. A leaf holds one or more consecutive records of a kind and is
// keyed by the greatest id in it, so that a record is in the first leaf whose key is not before its id.

export interface KindPlan { kind: string; store: string; indexes: string[]; packed: boolean }
export interface Plan { kinds: KindPlan[]; outbox: string; meta: string; packRecords: number; packBytes: number; packFrom: number }

/** One value of a kind's object store. len is -1 for a tombstone. k_<index> holds each record's index key or null;
 *  x_<index> the entries of the multiEntry index: each distinct key once, with the greatest id that has it. */
export interface Leaf {
  ids: string[];
  ver: string[];
  seq: number[];
  len: number[];
  data: Uint8Array;
  [index: `k_${string}`]: (string | null)[];
  [index: `x_${string}`]: [string, string][];
}

/** One record on its way into a leaf; its body is data from at on. */
export interface Item { id: string; ver: string; seq: number; len: number; keys: (string | null)[]; data: Uint8Array; at: number; fresh: boolean }
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

/** Where the body of a record starts. */
export function start(leaf: Leaf, at: number): number {
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
  const items = gap ? won : merge(itemsOf(leaf, kind), won);
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

function itemsOf(leaf: Leaf, kind: KindPlan): Item[] {
  let at = 0;
  return leaf.ids.map((id, i) => {
    const len = leaf.len[i] as number;
    const keys = kind.indexes.map((name) => leaf[`k_${name}`]?.[i] ?? null);
    const item = { id, ver: leaf.ver[i] as string, seq: leaf.seq[i] as number, len, keys, data: leaf.data, at, fresh: false };
    at += Math.max(0, len);
    return item;
  });
}

export function makeLeaf(items: Item[], kind: KindPlan): Leaf {
  const leaf: Leaf = {
    ids: items.map((i) => i.id), ver: items.map((i) => i.ver), seq: items.map((i) => i.seq), len: items.map((i) => i.len), data: join(items),
  };
  kind.indexes.forEach((name, n) => {
    const greatest = new Map<string, string>();
    for (const item of items) {
      const key = item.keys[n];
      if (key) greatest.set(ord(key), item.id);
    }
    leaf[`k_${name}`] = items.map((item) => item.keys[n] ?? null);
    leaf[`x_${name}`] = [...greatest];
  });
  return leaf;
}

/** The bodies one after the other, in a buffer of their own: a view would take its whole buffer along to disk. */
function join(items: Item[]): Uint8Array {
  const [first] = items;
  if (first && items.length === 1) return first.data.slice(first.at, first.at + Math.max(0, first.len));
  const out = new Uint8Array(items.reduce((sum, item) => sum + Math.max(0, item.len), 0));
  let at = 0;
  for (const item of items) {
    if (item.len <= 0) continue;
    out.set(item.data.subarray(item.at, item.at + item.len), at);
    at += item.len;
  }
  return out;
}

/** Collects an answer: a flat JSON array, and the bodies of the records in it one after the other. */
export class Output {
  count = 0;
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
  }

  missing(): void {
    this.head.push("", 0);
  }

  answer(): { head: string; data: Uint8Array } {
    const data = new Uint8Array(this.parts.reduce((sum, p) => sum + p.to - p.from, 0));
    let at = 0;
    for (const p of this.parts) {
      data.set(p.leaf.data.subarray(p.from, p.to), at);
      at += p.to - p.from;
    }
    return { head: JSON.stringify(this.head), data };
  }
}
