// Blobs beside the records: what a store keeps under the SHA-256 of its bytes, in parts, so that no call carries much.
//
// A row of "blobs" says which upload has the bytes of a name; "blob_parts" has them, by upload and place. So a blob that comes
// is seen when it is whole, by one transaction, and nothing is copied then.

import type { Answer } from "./answer";
import type { Plan, Stored } from "./leaf";
import { Refusal } from "./refusal";
import { FENCE, finished, MAX_CHUNK, wait } from "./walk";

const ROWS = "blobs";
const PARTS = "blob_parts";

/** put is when it was last put, in milliseconds since 1970. */
interface Row { upload: string; size: number; put: number }

export type Begin = (stores: string[], mode: IDBTransactionMode, strict?: boolean) => IDBTransaction;

/** serveBlobs for one database. */
export type ServeBlobs = (op: string, words: string[], data: Uint8Array | null) => Promise<Answer>;

/** Serves the operations on blobs, whose heads are words. epoch is this life's. */
export async function serveBlobs(op: string, words: string[], data: Uint8Array | null, begin: Begin, plan: Plan, epoch: number): Promise<Answer> {
  const done = { head: "[]" };
  const [first = "", second = "", third, fourth] = words;
  switch (op) {
    case "blobPart": { // upload, place
      const tx = begin([PARTS], "readwrite");
      tx.objectStore(PARTS).put(data ?? new Uint8Array(), [first, Number(second)]);
      return ended(tx, done);
    }
    case "blobKeep": { // name, upload, size, put: a blob that is there already is replaced, which also mends a damaged one
      const tx = begin([ROWS, PARTS], "readwrite", true);
      const before = await row(tx, first);
      if (before) tx.objectStore(PARTS).delete(partsOf(before.upload));
      tx.objectStore(ROWS).put({ upload: second, size: Number(third), put: Number(fourth) } satisfies Row, first);
      return ended(tx, done);
    }
    case "blobDrop": { // upload
      const tx = begin([PARTS], "readwrite");
      tx.objectStore(PARTS).delete(partsOf(first));
      return ended(tx, done);
    }
    case "blobFind": { // name; answers upload, size
      const found = await row(begin([ROWS], "readonly"), first);
      return { head: JSON.stringify(found ? [found.upload, found.size] : []) };
    }
    case "blobRead": { // upload, place
      const part = (await wait(begin([PARTS], "readonly").objectStore(PARTS).get([first, Number(second)]))) as Uint8Array | undefined;
      return part ? { head: "[]", data: () => part } : done;
    }
    case "blobList": { // after, limit; answers name, size, put of each
      const rows = begin([ROWS], "readonly").objectStore(ROWS);
      const range = IDBKeyRange.lowerBound(first, true);
      const [names, found] = await Promise.all([wait(rows.getAllKeys(range, Number(second))), wait(rows.getAll(range, Number(second)) as IDBRequest<Row[]>)]);
      return { head: JSON.stringify(found.flatMap(({ size, put }, i) => [names[i], size, put])) };
    }
    case "blobSweep": return sweep(begin, plan, Number(first), `${epoch}.`); // before
    default: throw new Refusal("Unknown", { op });
  }
}

/** Deletes the blobs that no record names and that were put before a time, and the parts of uploads that an earlier life left
 *  unfinished. A blob is put before the record that names it, so the records may be read first. It answers name, size, put of
 *  each blob that went. */
async function sweep(begin: Begin, plan: Plan, before: number, mine: string): Promise<Answer> {
  const old = ({ put }: Row) => put < before;
  const some = (await wait(begin([ROWS], "readonly").objectStore(ROWS).getAll() as IDBRequest<Row[]>)).some(old);
  const held = some ? await named(begin, plan) : new Set<string>();
  const tx = begin([ROWS, PARTS], "readwrite", true);
  const rows = tx.objectStore(ROWS);
  const parts = tx.objectStore(PARTS);
  const [names, all, places] = await Promise.all([wait(rows.getAllKeys()), wait(rows.getAll() as IDBRequest<Row[]>), wait(parts.getAllKeys())]);
  const gone: (string | number)[] = [];
  const kept = new Set<string>();
  const left = new Set<string>();
  all.forEach((row, i) => {
    const { upload, size, put } = row;
    const name = names[i] as string;
    if (held.has(name) || !some || !old(row)) { kept.add(upload); return; }
    rows.delete(name);
    left.add(upload);
    gone.push(name, size, put);
  });
  for (const [upload] of places as [string, number][]) if (!kept.has(upload) && !upload.startsWith(mine)) left.add(upload);
  for (const upload of left) parts.delete(partsOf(upload));
  return ended(tx, { head: JSON.stringify(gone) });
}

const decoder = new TextDecoder();

/** The names of blobs in all records. Any letter of a name may be escaped. */
async function named(begin: Begin, plan: Plan): Promise<Set<string>> {
  const out = new Set<string>();
  for (const { store } of plan.kinds) {
    const objects = begin([store], "readonly").objectStore(store);
    for (let from: string | undefined = FENCE; from !== undefined;) {
      const range: IDBKeyRange = IDBKeyRange.lowerBound(from, true);
      const [keys, leaves]: [IDBValidKey[], Stored[]] = await Promise.all([wait(objects.getAllKeys(range, MAX_CHUNK)), wait(objects.getAll(range, MAX_CHUNK))]);
      for (const leaf of leaves) {
        const text = typeof leaf.text === "string" ? leaf.text : decoder.decode(leaf.text);
        const plain = text.includes("\\u") ? text.replace(/\\u00([2-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))) : text;
        for (const [name] of plain.matchAll(/sha256:[0-9a-f]{64}/g)) out.add(name);
      }
      from = keys.length === MAX_CHUNK ? (keys[keys.length - 1] as string) : undefined;
    }
  }
  return out;
}

function row(tx: IDBTransaction, name: string): Promise<Row | undefined> {
  return wait(tx.objectStore(ROWS).get(name) as IDBRequest<Row | undefined>);
}

/** All places of an upload: a list comes after every number. */
function partsOf(upload: string): IDBKeyRange {
  return IDBKeyRange.bound([upload], [upload, []]);
}

async function ended(tx: IDBTransaction, answer: Answer): Promise<Answer> {
  await finished(tx);
  return answer;
}
