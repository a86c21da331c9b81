// Looks whether the database is as it must be. What a leaf is stands in wasm/store/idb/leaf.ts.
import { bytesOf, entryOf, idAt, keyIn, lengthAt, ord, seqAt, versionAt, type Leaf, type Stored } from "../../../wasm/store/idb/leaf";
import { bodyAt, indexesOf, pieces, storesOf, type Piece } from "./database";

/** Finding is something that is wrong: a word for the kind of it, where, and what. */
export interface Finding { store: string; key: string; what: Trouble; detail: string }

export type Trouble = "order" | "length" | "body" | "version" | "number" | "feed" | "index";

/** Outcome is what a check saw. */
export interface Outcome { records: number; findings: Finding[] }

const mostFindings = 200;

/** check looks through the whole database; told hears how many records were looked at. Aborting gives what was seen by then. */
export async function check(db: IDBDatabase, told: (records: number) => void, signal: AbortSignal): Promise<Outcome> {
  const out: Outcome = { records: 0, findings: [] };
  const numbers = new Set<number>();
  for (const store of storesOf(db)) {
    const fields = indexesOf(db, store);
    let before = "";
    for await (const piece of pieces(db, store)) {
      if (signal.aborted || out.findings.length >= mostFindings) return out;
      for (const [what, detail] of troubles(piece, before, fields, numbers)) out.findings.push({ store, key: piece.key, what, detail });
      before = piece.key;
      out.records += piece.leaf.size;
      told(out.records);
    }
  }
  return out;
}

/** troubles gives what is wrong with a leaf that comes after a key. numbers are those that records had before. */
export function troubles({ key, stored, leaf }: Piece, before: string, fields: readonly string[], numbers: Set<number>): [Trouble, string][] {
  const out: [Trouble, string][] = [];
  const ids = Array.from({ length: leaf.size }, (_, at) => idAt(leaf, at));
  if (ids.some((id, at) => id <= (at ? ids[at - 1] as string : before)) || ids[leaf.size - 1] !== key) out.push(["order", ids.join(" ")]);
  const length = ids.reduce((sum, _, at) => sum + Math.max(0, lengthAt(leaf, at)), 0);
  if (length !== bytesOf(leaf).length) out.push(["length", `${bytesOf(leaf).length} ≠ ${length}`]);
  for (let at = 0; at < leaf.size; at++) {
    if (!/^[0-9a-f]{12}-[0-9a-f]{4}-./.test(versionAt(leaf, at))) out.push(["version", `${ids[at]}: ${versionAt(leaf, at)}`]);
    if (typeof bodyAt(leaf, at) === "string") out.push(["body", ids[at] as string]);
    if (numbers.has(seqAt(leaf, at))) out.push(["number", `${ids[at]}: ${seqAt(leaf, at)}`]);
    numbers.add(seqAt(leaf, at));
  }
  out.push(...feedTroubles(stored, leaf), ...fields.flatMap((field) => indexTroubles(stored, leaf, field)));
  return out;
}

// Every entry of the feed is the number of a record, and every record is in a run that begins in this leaf.
function feedTroubles(stored: Stored, leaf: Leaf): [Trouble, string][] {
  const entries = new Set([stored.seq].flat());
  const all = Array.from({ length: leaf.size }, (_, at) => seqAt(leaf, at)).sort((a, b) => a - b);
  const starts = all.filter((n, at) => at === 0 || n !== (all[at - 1] as number) + 1);
  const missing = starts.filter((n) => !entries.has(n));
  const strange = [...entries].filter((n) => !all.includes(n));
  return missing.length + strange.length === 0 ? [] : [["feed", [...missing, ...strange].join(" ")]];
}

function indexTroubles(stored: Stored, leaf: Leaf, field: string): [Trouble, string][] {
  const wanted = new Map<string, string>();
  for (let at = 0; at < leaf.size; at++) {
    const value = (bodyAt(leaf, at) as Record<string, unknown> | undefined)?.[field];
    if (typeof value === "string" && value !== "") wanted.set(ord(value), idAt(leaf, at));
  }
  const entries = new Set([stored[`x_${field}`] ?? []].flat());
  const missing = [...wanted].map(([key, id]) => entryOf(key, id)).filter((entry) => !entries.delete(entry));
  return missing.length + entries.size === 0 ? [] : [["index", `${field}: ${[...missing, ...entries].map(keyIn).join(" ")}`]];
}
