// Keeps the web app itself for when kai does not run: its pages, scripts and program; no answer, no conversation, no token.
const kept = "kai-away-{{version}}";
const app = "/";
const away = "/away.html";
const files = ["{{files}}"]; // kept at once
const program = ["/offline.js", "/wasm_exec.js", "/kai.wasm"]; // kept once the web app has asked for them

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(dropOld().then(() => self.clients.claim())));

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin) return;
  if (mode === "navigate") event.respondWith(navigate(event, pathname));
  else if (files.includes(pathname) || program.includes(pathname)) event.respondWith(ask(event, pathname));
});

// The app's own page is there for whoever is signed in, and the program for whoever keeps a copy.
async function keep() {
  const copied = await caches.match("/kai.wasm");
  const cache = await caches.open(kept);
  const fresh = (file) => new Request(file, { cache: "no-cache" });
  await cache.addAll((copied ? [...files, ...program] : files).map(fresh));
  await cache.add(fresh(app)).catch(() => undefined);
}

async function dropOld() {
  const old = (await caches.keys()).filter((name) => name.startsWith("kai-away-") && name !== kept);
  await Promise.all(old.map((name) => caches.delete(name)));
}

async function navigate(event, pathname) {
  const cache = await caches.open(kept);
  try {
    const answer = await fetch(event.request);
    if (pathname === app && answer.ok) event.waitUntil(cache.put(app, answer.clone()));
    return answer;
  } catch {
    const copied = pathname === app && (await cache.match("/kai.wasm"));
    return (copied && (await cache.match(app))) || cache.match(away);
  }
}

async function ask(event, pathname) {
  const cache = await caches.open(kept);
  try {
    const answer = await fetch(event.request);
    if (answer.ok && program.includes(pathname)) event.waitUntil(cache.put(pathname, answer.clone()));
    return answer;
  } catch (error) {
    const known = await cache.match(pathname);
    if (known) return known;
    throw error;
  }
}
