/// <reference lib="webworker" />
/** The service worker: keeps exactly this build, answers navigation from it, and never touches the API or the store. */
declare const self: ServiceWorkerGlobalScope;
/** Written in by the build: every file of it that the phone needs, and a hash over all of them. */
declare const __PRECACHE__: string[];
declare const __VERSION__: string;

const PREFIX = "casquillo-";
const CACHE = `${PREFIX}${__VERSION__}`;
/** Pages that work offline, with the file that answers for each. */
const PAGES: Record<string, string> = { "/": "/index.html", "/verify": "/verify.html" };
const KEPT = new Set(__PRECACHE__);

/** The address under which the service answers a kept file; pages have no file names there. */
function addressOf(name: string): string {
  return Object.entries(PAGES).find(([, file]) => file === name)?.[0] ?? name;
}

self.addEventListener("install", (event) => {
  // A new build waits until the page says that nothing is being sent (see lib/update.ts).
  event.waitUntil(
    caches.open(CACHE).then(async (cache) => {
      const fresh = [...KEPT].map(async (name) => {
        const answer = await fetch(addressOf(name), { cache: "no-cache" });
        if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
        await cache.put(name, answer);
      });
      await Promise.all(fresh);
    }),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches.keys().then(async (names) => {
      const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    }),
  );
});

self.addEventListener("message", (event) => {
  if (event.data === "take_over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  const name = request.mode === "navigate" ? PAGES[url.pathname] : url.pathname;
  if (name === undefined || !KEPT.has(name)) return;
  event.respondWith(kept(name, request));
});

/** From the cache; where the browser emptied it, from the network. */
async function kept(name: string, request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(name)) ?? fetch(request);
}
