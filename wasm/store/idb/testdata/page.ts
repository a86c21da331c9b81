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

Object.assign(globalThis, { kaiTest: { idb: makeIdbShim(), plain: new Plain() } });
