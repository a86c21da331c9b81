// Loaded before the tests of this package run in a browser: the shim, and what makes trouble for it.
import { makeIdbShim } from "../shim";

const wait = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

interface Snapshot {
  version: number;
  stores: { name: string; indexes: { name: string; keyPath: string; unique: boolean; multiEntry: boolean }[]; keys: IDBValidKey[]; values: unknown[] }[];
}

/** Other holders of a database, and a browser that refuses. */
const trouble = {
  /** A database of another version, held open; a stubborn one does not let go for an upgrade. */
  async hold(name: string, version: number, stubborn: boolean): Promise<() => void> {
    const request = indexedDB.open(name, version);
    request.onupgradeneeded = () => { request.result.createObjectStore("old"); };
    const db = await wait(request);
    if (!stubborn) db.onversionchange = () => db.close();
    return () => db.close();
  },

  /** Has another page's request close every connection, as clearing site data does. */
  async upset(name: string, version: number): Promise<void> {
    (await wait(indexedDB.open(name, version))).close();
  },

  /** From now on writing fails as it does when the disk is full. The answer mends it. */
  refuse(error: string): () => void {
    const put = IDBObjectStore.prototype.put;
    IDBObjectStore.prototype.put = function () { throw new DOMException("refused for the test", error); };
    return () => { IDBObjectStore.prototype.put = put; };
  },

  /** From now on opening fails as it does where a person forbids storage: at once, or in a moment. The answer mends it. */
  async forbid(name: string, error: string, atOnce: boolean): Promise<() => void> {
    (await wait(indexedDB.open(name, 1000))).close(); // so that the real request fails, whose error is replaced
    const open = IDBFactory.prototype.open;
    IDBFactory.prototype.open = function () {
      if (atOnce) throw new DOMException("forbidden for the test", error);
      const request = open.call(this, name, 1);
      Object.defineProperty(request, "error", { get: () => new DOMException("forbidden for the test", error) });
      return request;
    };
    return () => { IDBFactory.prototype.open = open; };
  },

  /** Takes the database away as clearing site data does: nobody is asked for long. */
  async erase(name: string): Promise<void> {
    await wait(indexedDB.deleteDatabase(name));
  },

  async stores(name: string): Promise<string> {
    const db = await wait(indexedDB.open(name));
    db.close();
    return [...db.objectStoreNames].join(" ");
  },

  /** Lines of the change feed: entries of the index that it is. */
  async lines(name: string, store: string): Promise<number> {
    const db = await wait(indexedDB.open(name));
    const n = await wait(db.transaction(store).objectStore(store).index("seq").count());
    db.close();
    return n;
  },

  /** A database as the first layout had it, where bodies that share a value are a text: message 1 has number 5, message 2 has 1, and the feed stands by itself. */
  async first(name: string): Promise<void> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      const db = request.result;
      for (const store of ["conversations", "sessions", "services", "settings", "sync_outbox", "meta"]) db.createObjectStore(store);
      db.createObjectStore("messages").createIndex("conversation", "x_conversation", { multiEntry: true });
      const tx = request.transaction!;
      const texts = ["påcked one", "packed two"].map((text) => JSON.stringify({ conversation: "c", text }));
      const line = (n: number, seq: number) => [`m00000${n}`, `00000000000${n}-0000-test`, seq, new TextEncoder().encode(texts[n - 1]).length, "c"];
      tx.objectStore("messages").put({ head: JSON.stringify([...line(1, 5), ...line(2, 1)]), text: texts.join(""), x_conversation: "c\0m000002" }, "m000002");
      tx.objectStore("sync_outbox").put(JSON.stringify({ kind: "message", first: 5, ids: ["m000001"] }), 5);
      tx.objectStore("sync_outbox").put(JSON.stringify({ kind: "", first: 5, ids: [] }), 6);
      tx.objectStore("meta").put(3, "epoch");
      tx.objectStore("meta").put([6], "fences");
    };
    (await wait(request)).close();
  },

  /** All that a database is made of, as text. */
  async snapshot(name: string): Promise<string> {
    const db = await wait(indexedDB.open(name));
    const stores = [];
    for (const store of db.objectStoreNames) {
      const objects = db.transaction(store).objectStore(store);
      const indexes = [...objects.indexNames].map((index) => objects.index(index)).map(({ name, keyPath, unique, multiEntry }) => ({ name, keyPath, unique, multiEntry }));
      const [keys, values] = await Promise.all([wait(objects.getAllKeys()), wait(objects.getAll())]);
      stores.push({ name: store, indexes, keys, values });
    }
    db.close();
    return JSON.stringify({ version: db.version, stores }, (_, value) => (value instanceof ArrayBuffer ? { bytes: new TextDecoder().decode(value) } : value));
  },

  /** Makes the database of a snapshot, or one that says it is of another version. */
  async restore(name: string, text: string, version: number): Promise<void> {
    const shot = JSON.parse(text, (_, value) => (typeof value?.bytes === "string" ? new TextEncoder().encode(value.bytes).buffer : value)) as Snapshot;
    const request = indexedDB.open(name, version || shot.version);
    request.onupgradeneeded = () => {
      for (const { name: store, indexes, keys, values } of shot.stores) {
        const objects = request.result.createObjectStore(store);
        for (const { name: index, keyPath, unique, multiEntry } of indexes) objects.createIndex(index, keyPath, { unique, multiEntry });
        keys.forEach((key, i) => objects.put(values[i], key));
      }
    };
    (await wait(request)).close();
  },

  /** Changes one byte of the second part of a blob, as a failing disk does. */
  async spoil(name: string): Promise<void> {
    const db = await wait(indexedDB.open(name));
    const parts = db.transaction("blob_parts", "readwrite").objectStore("blob_parts");
    const key = (await wait(parts.getAllKeys()))[1] as IDBValidKey;
    const part = (await wait(parts.get(key))) as Uint8Array;
    part[7]! ^= 1;
    await wait(parts.put(part, key));
    db.close();
  },

  /** The bytes of the largest value. */
  async largest(name: string, store: string): Promise<number> {
    const db = await wait(indexedDB.open(name));
    const values = await wait(db.transaction(store).objectStore(store).getAll() as IDBRequest<Uint8Array[]>);
    db.close();
    return Math.max(...values.map((value) => value.length));
  },

  async count(name: string, store: string): Promise<number> {
    const db = await wait(indexedDB.open(name));
    const n = await wait(db.transaction(store).objectStore(store).count());
    db.close();
    return n;
  },
};

Object.assign(globalThis, { kaiTest: { idb: makeIdbShim(), trouble } });
