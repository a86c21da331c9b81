// Keeps the page that is shown while kai does not run, and nothing else: no answer, no conversation, no token.
const kept = "kai-away-{{version}}";
const page = "/away.html";
const files = [page, "/away.js", "/page.css", "/icon.svg"];

self.addEventListener("install", (event) => {
  const fresh = files.map((file) => new Request(file, { cache: "reload" }));
  event.waitUntil(caches.open(kept).then((cache) => cache.addAll(fresh)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (names) => names.filter((name) => name.startsWith("kai-away-") && name !== kept);
  event.waitUntil(caches.keys().then((names) => Promise.all(old(names).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const answer = request.mode === "navigate" ? page : files.includes(new URL(request.url).pathname) && request.url.startsWith(self.location.origin) ? request : "";
  if (answer !== "" && request.method === "GET") {
    event.respondWith(fetch(request).catch(() => caches.match(answer)));
  }
});
