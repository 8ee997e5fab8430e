/* The service worker: when the network is away, a navigation gets the offline page, and that page
   gets its own files. Nothing else is kept or answered, so no page is ever an old one. What the
   instance has to say while no page is open, it shows.
   The view puts KEPT before it: version, page, files, and for messages name, icon and badge. */

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

/* A browser that gets a message has to show one, so what cannot be read is the bare name. */
function read(data) {
  try {
    return data.json();
  } catch {
    return {};
  }
}

self.addEventListener("push", (event) => {
  const { title, body, path, tag } = read(event.data);
  const options = { body, tag, data: { path }, icon: KEPT.icon, badge: KEPT.badge };
  /* What takes the place of an older one is worth a sign, too. */
  if (tag) options.renotify = true;
  event.waitUntil(self.registration.showNotification(title || KEPT.name, options));
});

/** The address of a path of ours; of anything else, the front page. */
function ours(path) {
  const { origin } = self.location;
  try {
    const url = new URL(path ?? "/", origin);
    return url.origin === origin ? url.href : `${origin}/`;
  } catch {
    return `${origin}/`;
  }
}

async function show(address) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const wanted = new URL(address).pathname;
  const open = tabs.find((tab) => new URL(tab.url).pathname === wanted);
  return open ? open.focus() : self.clients.openWindow(address);
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(show(ours(event.notification.data?.path)));
});
