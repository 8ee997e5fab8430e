/* The service worker, which keeps the offline page. */

export function keepOfflinePage() {
  const link = document.querySelector("link[data-worker-url]");
  if (!link || !("serviceWorker" in navigator)) return;
  const register = () => {
    /* Without it the site is as it was: a private window may refuse. */
    navigator.serviceWorker.register(link.dataset.workerUrl).catch(() => {});
  };
  if (document.readyState === "complete") register();
  else window.addEventListener("load", register, { once: true });
}
