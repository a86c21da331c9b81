// The store that a competent person writes by hand: one object a message, one index, requests queued without waiting in
// between, commit called early. What the store through WebAssembly is compared with.

export interface Message { id: string; conversation: string; role: string; text: string; created: string; state: string; service: string; model: string }

const wait = <T>(request: IDBRequest<T>): Promise<T> => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const finished = (tx: IDBTransaction): Promise<void> => new Promise((resolve, reject) => {
  tx.oncomplete = () => resolve();
  tx.onabort = () => reject(tx.error);
});

export class Plain {
  private constructor(private readonly db: IDBDatabase) {}

  static async open(name: string): Promise<Plain> {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("messages", { keyPath: "id" }).createIndex("conversation", "conversation");
    };
    return new Plain(await wait(request));
  }

  /** put writes messages in one transaction; they are on disk when it ends. */
  async put(messages: Message[]): Promise<void> {
    const tx = this.db.transaction("messages", "readwrite", { durability: "strict" });
    const store = tx.objectStore("messages");
    for (const m of messages) store.put(m);
    tx.commit();
    await finished(tx);
  }

  async get(ids: string[]): Promise<Message[]> {
    const store = this.db.transaction("messages", "readonly").objectStore("messages");
    return Promise.all(ids.map((id) => wait(store.get(id) as IDBRequest<Message>)));
  }

  /** list reads the newest messages of a conversation in the order in which they were written. */
  async list(conversation: string, limit: number): Promise<Message[]> {
    const index = this.db.transaction("messages", "readonly").objectStore("messages").index("conversation");
    const all = await wait(index.getAll(conversation) as IDBRequest<Message[]>);
    return all.slice(-limit);
  }

  close(): void {
    this.db.close();
  }
}
