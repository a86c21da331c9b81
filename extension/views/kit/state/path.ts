import type { Entry } from "./entry";

/** Turn is a message on the way through a conversation, with the one that it follows and those that stand beside it, itself included, oldest first. */
export interface Turn {
  entry: Entry;
  follows?: Entry;
  beside: Entry[];
}

/**
 * turns picks the way through a conversation that goes through a branch and on to the newest that follows it. The entries
 * are in the order of their ids; of what is not there, nothing is known. A turn that is as it was before is the same one, so that
 * it is not drawn again.
 */
export function turns(entries: Entry[], branch: string, before: Turn[] = []): Turn[] {
  const parents = parentsOf(entries);
  const beside = new Map<string, Entry[]>();
  for (const e of entries) {
    const parent = parents.get(e.id)!;
    const known = beside.get(parent);
    if (known) known.push(e);
    else beside.set(parent, [e]);
  }
  const out: Turn[] = [];
  let want = newestUnder(entries, parents, branch);
  for (const entry of [...entries].reverse()) {
    if (entry.id > want) continue;
    want = parents.get(entry.id)!;
    out.push({ entry, beside: beside.get(want)! });
    if (want === first) break;
  }
  out.reverse().forEach((turn, i) => (turn.follows = out[i - 1]?.entry));
  const known = new Map(before.map((turn) => [turn.entry, turn]));
  return out.map((turn) => {
    const old = known.get(turn.entry);
    return old && same(old, turn) ? old : turn;
  });
}

function same(a: Turn, b: Turn): boolean {
  return a.follows === b.follows && a.beside.length === b.beside.length && a.beside.every((e, i) => e === b.beside[i]);
}

/** parentOf is the message that an entry follows. */
export function parentOf(entries: Entry[], entry: Entry): string {
  return parentsOf(entries).get(entry.id) ?? first;
}

const first = "-"; // the parent of what nothing is before

// A message of before there were branches follows the one before it. What the oldest one here follows may be unknown: then
// it is taken as first, which ends the way where the entries end.
function parentsOf(entries: Entry[]): Map<string, string> {
  const out = new Map<string, string>();
  let before = first;
  for (const { id, message } of entries) {
    out.set(id, message.peek().parent || before);
    before = id;
  }
  return out;
}

function newestUnder(entries: Entry[], parents: Map<string, string>, branch: string): string {
  const all = entries.at(-1)?.id ?? "";
  if (!entries.some((e) => e.id === branch)) return all;
  const under = new Set([branch]);
  let newest = branch;
  for (const { id } of entries) {
    if (!under.has(parents.get(id)!)) continue;
    under.add(id);
    newest = id;
  }
  return newest;
}
