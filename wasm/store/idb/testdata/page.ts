// Loaded before the tests of this package run in a browser: the shim, and hand-written JavaScript to compare with.
import { makeIdbShim } from "../shim";

interface Message { id: string; conversation: string; role: string; text: string; created: string; version: string }

const wait = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const finished = (tx: IDBTransaction): Promise<void> => new Promise((resolve, reject) => {
  tx.oncomplete = () => resolve();
  tx.onabort = () => reject(tx.error);
});

/** One object a message and one index: what one would write by hand. */
class Plain {
  private db!: IDBDatabase;

  async open(name: string): Promise<void> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("messages", { keyPath: "id" }).createIndex("conversation", "conversation");
    };
    this.db = await wait(request);
  }

  async bulk(json: string): Promise<number> {
    const messages = JSON.parse(json) as Message[];
    const begin = performance.now();
    const tx = this.db.transaction("messages", "readwrite", { durability: "relaxed" });
    for (const m of messages) tx.objectStore("messages").put(m);
    await finished(tx);
    return performance.now() - begin;
  }

  async single(json: string): Promise<number> {
    const m = JSON.parse(json) as Message;
    const begin = performance.now();
    const tx = this.db.transaction("messages", "readwrite", { durability: "strict" });
    tx.objectStore("messages").put(m);
    await finished(tx);
    return performance.now() - begin;
  }

  async get(json: string): Promise<number> {
    const ids = JSON.parse(json) as string[];
    const begin = performance.now();
    const tx = this.db.transaction("messages", "readonly");
    const found = await Promise.all(ids.map((id) => wait(tx.objectStore("messages").get(id))));
    if (found.some((m) => m === undefined)) throw new Error("a message is missing");
    return performance.now() - begin;
  }

  async list(conversation: string, limit: number): Promise<number> {
    const begin = performance.now();
    const index = this.db.transaction("messages", "readonly").objectStore("messages").index("conversation");
    const found = await wait(index.getAll(conversation, limit));
    if (found.length !== limit) throw new Error(`${found.length} messages`);
    return performance.now() - begin;
  }
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

  async stores(name: string): Promise<string> {
    const db = await wait(indexedDB.open(name));
    db.close();
    return [...db.objectStoreNames].join(" ");
  },

  async count(name: string, store: string): Promise<number> {
    const db = await wait(indexedDB.open(name));
    const n = await wait(db.transaction(store).objectStore(store).count());
    db.close();
    return n;
  },
};

Object.assign(globalThis, { kaiTest: { idb: makeIdbShim(), plain: new Plain(), trouble } });
