/* Keeps the screen of somebody on stage awake: a locked phone closes its microphone. */

export function mountWakeLock() {
  let isWanted = false;
  let lock = null;

  async function take() {
    if (!isWanted || lock || document.visibilityState !== "visible") return;
    try {
      lock = await navigator.wakeLock?.request("screen");
      /* The browser takes it back whenever the page is hidden. */
      lock?.addEventListener("release", () => (lock = null));
    } catch {
      /* Refused on low battery: the person can still speak. */
    }
  }

  document.addEventListener("visibilitychange", take);
  return {
    want(wanted) {
      isWanted = wanted;
      if (wanted) take();
      else lock?.release();
    },
  };
}
