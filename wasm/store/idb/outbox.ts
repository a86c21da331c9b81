// The change feed: what was written, by number. Adding to it also shows whether another writer has taken over.

import type { Plan, Write } from "./leaf";

/** Lines of the change feed: numbers first, first + 1, … of a kind. A fence has no ids, and as first the newest number before
 *  it. Stored as text, which a browser writes faster than an object. */
export interface OutboxEntry { kind: string; first: number; ids: string[] }

/** Reads an entry as it is stored. */
export function readEntry(text: string): OutboxEntry {
  return JSON.parse(text) as OutboxEntry;
}

function asText(entry: OutboxEntry): string {
  return JSON.stringify(entry);
}

/** How many fences stay. Nobody who was taken over so often is still about to write. */
const KEPT_FENCES = 100;

/** Writes what was won, numbered from next on, and fails with a ConstraintError where a fence is. A few writes get an entry
 *  each, which the record's next write deletes; many share entries, whose keys lie between the numbers so that no such
 *  deletion hits them. */
export function note(outbox: IDBObjectStore, plan: Plan, won: Write[], next: number): void {
  for (const w of won) if (w.oldSeq > 0) outbox.delete(w.oldSeq);
  const kindOf = (w: Write): string => plan.kinds[w.kind]?.kind ?? "";
  if (won.length <= 4) {
    for (const w of won) outbox.add(asText({ kind: kindOf(w), first: w.seq, ids: [w.id] }), w.seq);
    return;
  }
  outbox.add(null, next);
  outbox.delete(next);
  let entry: OutboxEntry | undefined;
  won.forEach((w, i) => {
    entry ??= { kind: kindOf(w), first: w.seq, ids: [] };
    entry.ids.push(w.id);
    const after = won[i + 1];
    if (!after || entry.ids.length === 256 || kindOf(after) !== entry.kind) {
      outbox.put(asText(entry), w.seq + 0.5);
      entry = undefined;
    }
  });
}

/** Puts a fence at a number, and takes away the oldest of those that stand. Answers those that stand now. */
export function fence(outbox: IDBObjectStore, at: number, told: number, standing: number[]): number[] {
  outbox.put(asText({ kind: "", first: told, ids: [] }), at);
  const kept = [...standing, at].slice(-KEPT_FENCES);
  for (const old of standing) if (!kept.includes(old)) outbox.delete(old);
  return kept;
}
