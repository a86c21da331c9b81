// Seals texts with a key of this browser that no script can read, not even this one: what a record or an export holds of them
// is of no use elsewhere.
const database = "kai-keys";
const store = "keys";
const name = "services";
const ivBytes = 12;

/** seal encrypts a text; open gives it back, here alone. */
export async function seal(text: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(ivBytes));
  const sealed = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await key(), new TextEncoder().encode(text)));
  return btoa(String.fromCharCode(...iv, ...sealed));
}

/** open rejects what was not sealed here, or was changed since. */
export async function open(sealed: string): Promise<string> {
  const bytes = Uint8Array.from(atob(sealed), (c) => c.charCodeAt(0));
  const text = await crypto.subtle.decrypt({ name: "AES-GCM", iv: bytes.subarray(0, ivBytes) }, await key(), bytes.subarray(ivBytes));
  return new TextDecoder().decode(text);
}

let known: Promise<CryptoKey> | undefined;

// Where the browser keeps nothing, records are gone with the program as well.
function key(): Promise<CryptoKey> {
  known ??= keptKey().catch((error: unknown) => {
    console.warn("kAI: keys of services are sealed for this time only:", error);
    return newKey();
  });
  return known;
}

function newKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}

async function keptKey(): Promise<CryptoKey> {
  const fresh = await newKey();
  const request = indexedDB.open(database, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  const db = await done(request);
  try {
    const tx = db.transaction(store, "readwrite", { durability: "strict" });
    const keys = tx.objectStore(store);
    const kept = (await done(keys.get(name))) as CryptoKey | undefined;
    if (kept) return kept;
    keys.put(fresh, name);
    await new Promise<void>((resolve, reject) => {
      tx.oncomplete = () => resolve();
      tx.onabort = () => reject(tx.error ?? new Error("the browser keeps no key"));
    });
    return fresh; // what it seals could be opened never again if it were not kept
  } finally {
    db.close();
  }
}

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("the request failed"));
  });
}
