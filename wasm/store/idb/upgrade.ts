// Databases of earlier versions become one of this version, in the transaction that the browser opens for it: all of it or
// nothing. Object stores that are missing are made by open_js.go afterwards.

import { entryOf, ord, type Stored } from "./leaf";

/** The index that is the change feed (feed.ts). */
const FEED = "seq";

/** The indexes that conversations have had since version 4, by the names of the bodies' fields. */
const SHELVES = ["pinned", "shelf"];

type Flat = (string | number | null)[];
type Change = (value: Stored) => void;

/** Brings a database up from a version. */
export function bringUp(tx: IDBTransaction, from: number): void {
  if (from < 4) makeRoom(tx.db);
  for (const name of [...tx.db.objectStoreNames]) {
    const store = tx.objectStore(name);
    const changes: Change[] = [];
    if (from < 2) changes.push(...feed(store));
    if (from < 4 && name === "conversations") changes.push(shelve(store));
    if (changes.length > 0) each(store, (value) => { for (const change of changes) change(value); });
  }
}

/** Version 2: the numbers of the change feed are an index of the leaves. Before, they and the fences were in an object store
 *  of their own. */
function feed(store: IDBObjectStore): Change[] {
  if (store.name === "sync_outbox") store.clear();
  else if (store.name === "meta") store.delete("fences");
  else {
    store.createIndex(FEED, FEED, { unique: true, multiEntry: true });
    return [number];
  }
  return [];
}

function number(value: Stored): void {
  const flat = JSON.parse(value.head) as Flat;
  // Of each record's values the third is its number, and a number stands nowhere else but behind it.
  value.seq = flat.flatMap((n, i) => (typeof n === "number" && typeof flat[i + 1] === "number" ? [n] : []));
}

/** Version 4: what was reserved for these kinds, and empty, is made anew with the indexes that they have. */
function makeRoom(db: IDBDatabase): void {
  for (const name of ["images", "personas", "prompts"]) if (db.objectStoreNames.contains(name)) db.deleteObjectStore(name);
}

/** Version 4: a leaf of conversations, which holds one, has two keys more. An earlier kAI may have been given bodies that
 *  have them. */
function shelve(store: IDBObjectStore): Change {
  for (const name of SHELVES) store.createIndex(name, `x_${name}`, { multiEntry: true });
  return (value) => {
    const flat = JSON.parse(value.head) as Flat;
    if (flat.length === 0) return; // the fences
    const body = (value.text === "" ? {} : JSON.parse(value.text as string)) as Record<string, unknown>;
    for (const name of SHELVES) {
      const key = typeof body[name] === "string" && body[name] !== "" ? body[name] : null;
      flat.push(key);
      value[`x_${name}`] = key === null ? [] : entryOf(ord(key), flat[0] as string);
    }
    value.head = JSON.stringify(flat);
  };
}

/** Changes every value of an object store. */
function each(store: IDBObjectStore, change: Change): void {
  store.openCursor().onsuccess = function () {
    const cursor = this.result;
    if (!cursor) return;
    const value = cursor.value as Stored;
    change(value);
    cursor.update(value);
    cursor.continue();
  };
}
