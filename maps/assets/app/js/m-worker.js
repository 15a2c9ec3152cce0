// Keep the page of those who work outside openable without a network. Only its own files: what the
// service knows of reports is never kept here.

const CACHE = "wangge-phone";
const PATIENCE_MS = 5000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const wanted = event.data?.keep;
  if (!Array.isArray(wanted)) return;
  event.waitUntil(keepAll(wanted).then((all) => event.source?.postMessage({ kept: all })));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === "/m") event.respondWith(page(request));
  else if (url.pathname.startsWith("/static/")) event.respondWith(file(request));
});

/** Keep the files at these addresses; false when the network went away meanwhile. */
async function keepAll(addresses) {
  const cache = await caches.open(CACHE);
  for (const address of addresses) {
    if (address !== "/m" && (await cache.match(address))) continue;
    try {
      const answer = await fetch(address, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) await put(cache, address, answer);
    } catch {
      return false; // the next visit keeps the rest
    }
  }
  return true;
}

/** Keep one answer, in the place of older versions of the same file. */
async function put(cache, address, answer) {
  const { pathname, href } = new URL(address, self.location.origin);
  await cache.put(address, answer);
  for (const old of await cache.keys()) {
    const other = new URL(old.url);
    if (other.pathname === pathname && other.href !== href) await cache.delete(old);
  }
}

async function page(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match("/m");
  try {
    const asked = fetch(request);
    const slow = new Promise((_, reject) => setTimeout(() => reject(new Error("slow")), PATIENCE_MS));
    const answer = await (kept ? Promise.race([asked, slow]) : asked);
    // A page made at the counter replaces the kept one; a redirect to the login does not.
    if (answer.ok && answer.type === "basic" && !answer.redirected) await put(cache, "/m", answer.clone());
    else if (answer.status >= 500 && kept) return kept;
    return answer;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

async function file(request) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok && new URL(request.url).searchParams.has("v")) await put(cache, request.url, answer.clone());
  return answer;
}
