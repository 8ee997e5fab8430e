/* The service worker: when the network is away, a navigation gets the offline page, and that page
   gets its own files. Nothing else is kept or answered, so no page is ever an old one.
   The view puts KEPT before it: version, page, files. */

const CACHE = `offline-${KEPT.version}`;

self.addEventListener("install", (event) => {
  const keep = async () => {
    const cache = await caches.open(CACHE);
    await cache.addAll([KEPT.page, ...KEPT.files]);
    await self.skipWaiting();
  };
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
    /* The request leaves while this worker is still starting. */
    await self.registration.navigationPreload?.enable();
  };
  event.waitUntil(tidy());
});

async function navigate(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return caches.match(KEPT.page, { ignoreVary: true });
  }
}

async function load(request) {
  try {
    return await fetch(request);
  } catch {
    return caches.match(request, { ignoreVary: true });
  }
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(navigate(event));
  } else if (KEPT.files.includes(new URL(request.url).pathname)) {
    event.respondWith(load(request));
  }
});
