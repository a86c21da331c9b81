// The copy of the conversations that a browser keeps of the web app's kai, and the worker that serves it while kai is away.
import { fault } from "./fault";
import type { Transport } from "./connection";

/** CopyRequest is what a page says to the worker before frames: to run, the lock that it holds while it is there, or to end. */
export type CopyRequest = { run: true } | { join: string } | { wipe: true };

/** CopyAnswer is what the worker says beside frames. */
export type CopyAnswer = { ready: true } | { ended: string };

const ownerKey = "kai-copy-of";
const wishKey = "kai-copy";
const databases = "kai-cd-";
const patience = 5000; // ms

/** copyRuns tells whether this browser can keep a copy: it needs a worker that tabs share, and a page that is secure. */
export function copyRuns(): boolean {
  return typeof SharedWorker === "function" && isSecureContext && "locks" in navigator && "serviceWorker" in navigator;
}

/** copyKept tells whether there is one. */
export function copyKept(): boolean {
  return copyRuns() && read(ownerKey) !== "";
}

/** copyWanted tells whether one is to be kept: as the person said, else on this computer itself and where no password guards kai. */
export function copyWanted(guarded: boolean): boolean {
  const wish = read(wishKey);
  const here = location.hostname === "localhost" || location.hostname === "[::1]" || location.hostname.startsWith("127.");
  return copyRuns() && (wish ? wish === "on" : here && !guarded);
}

/** wantCopy keeps what the person said. */
export function wantCopy(on: boolean): void {
  localStorage.setItem(wishKey, on ? "on" : "off");
}

/** startCopy begins to keep a copy of the kai that answers here, or goes on with it. */
export async function startCopy(): Promise<void> {
  const answer = await fetch("/api/copy");
  if (!answer.ok) return;
  const { kai } = (await answer.json()) as { kai: string };
  await navigator.serviceWorker.ready; // it keeps what the worker loads
  localStorage.setItem(ownerKey, kai);
  worker(kai).port.postMessage({ run: true } satisfies CopyRequest);
}

/** openCopy connects to the copy. */
export function openCopy(signal: AbortSignal): Promise<Transport> {
  const { port } = worker(read(ownerKey));
  const lock = `kai-view ${crypto.randomUUID()}`;
  let leave: () => void = () => undefined;
  const transport: Transport = {
    maxFrame: 0,
    onframe: () => undefined,
    onclose: () => undefined,
    post: (frame) => port.postMessage(frame),
    close: () => leave(),
  };
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => leave(), { once: true });
    port.onmessage = (event: MessageEvent<CopyAnswer | string>) => {
      const said = event.data;
      if (typeof said === "string") return transport.onframe(said);
      if ("ready" in said) return resolve(transport);
      reject(fault("internal", said.ended));
      transport.onclose(said.ended);
    };
    void navigator.locks.request(lock, () => {
      port.postMessage({ join: lock } satisfies CopyRequest);
      return new Promise<void>((resolve) => (leave = resolve));
    });
  });
}

/** wipeCopy ends the worker and removes all that this browser keeps of any kai that was at this address. */
export async function wipeCopy(): Promise<void> {
  const owner = read(ownerKey);
  localStorage.removeItem(ownerKey);
  if (!copyRuns()) return;
  const kept = (await indexedDB.databases()).map(({ name = "" }) => name).filter((name) => name.startsWith(databases));
  const owners = new Set([owner, ...kept.map((name) => name.slice(databases.length))]);
  for (const one of owners) if (one) worker(one).port.postMessage({ wipe: true } satisfies CopyRequest);
  await ended().catch(() => undefined); // one that hangs loses its database all the same
  const all = await indexedDB.databases();
  await Promise.all(all.map(({ name = "" }) => (name.startsWith(databases) ? deleted(name) : undefined)));
  await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).delete("/kai.wasm")));
}

// The program holds this lock for as long as its worker lives.
async function ended(): Promise<void> {
  await navigator.locks.request("kai-runtime", { signal: AbortSignal.timeout(patience) }, () => undefined);
}

function deleted(name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(name);
    request.onsuccess = () => resolve();
    request.onerror = () => reject(fault("internal", "what this browser keeps could not be removed", "remove this page's data in the browser's settings"));
  });
}

function worker(kai: string): SharedWorker {
  const made = new SharedWorker("/offline.js", { name: kai });
  made.port.start();
  return made;
}

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return ""; // storage is refused
  }
}
