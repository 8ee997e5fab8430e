/* The audio element: plays what comes down, and says when the browser will not. */

/**
 * onState("playing" | "blocked"). Browsers stop sound they were not asked for, phones stop it for a
 * call or a locked screen; both need a tap to go on.
 */
export function mountPlayer(element, { title, artist, onState, onMicrophoneKey }) {
  let isWanted = false;
  let isMounted = false;

  async function resume() {
    isWanted = true;
    mountMediaKeys();
    if (!element.srcObject) return;
    try {
      await element.play();
      onState("playing");
    } catch (error) {
      /* AbortError: a newer stream came in between, and its own play() answers. */
      if (error.name !== "AbortError") onState("blocked");
    }
  }

  function onPause() {
    /* Not our doing: an interruption. A page in front tries by itself before it asks for a tap. */
    if (!isWanted || !element.srcObject) return;
    if (document.visibilityState === "visible") resume();
    else onState("blocked");
  }

  const onVisible = () => {
    if (isWanted && element.paused && document.visibilityState === "visible") resume();
  };
  element.addEventListener("pause", onPause);
  document.addEventListener("visibilitychange", onVisible);

  /* With the first sound: who reads along has no player in their system. */
  function mountMediaKeys() {
    if (isMounted || !("mediaSession" in navigator)) return;
    isMounted = true;
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist });
    const keys = {
      play: resume,
      pause: () => {
        isWanted = false;
        element.pause();
        onState("blocked");
      },
      togglemicrophone: onMicrophoneKey,
    };
    for (const [key, act] of Object.entries(keys)) {
      try {
        navigator.mediaSession.setActionHandler(key, act);
      } catch {
        /* A key this browser does not have. */
      }
    }
  }

  return {
    resume,
    play(stream) {
      element.srcObject = stream;
      if (isWanted) resume();
    },
    stop() {
      isWanted = false;
      element.pause();
      element.srcObject = null;
    },
  };
}
