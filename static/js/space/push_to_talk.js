/* The microphone is open while the space bar is held. */

/* Where the space bar writes, presses or opens something. */
const TAKES_SPACE =
  "input, textarea, select, button, summary, audio, video, [contenteditable], [role=button]";
const IS_BUTTON = "button, summary, [role=button]";

/**
 * mayStart(): whether holding would open the microphone now. onHold(isHeld) is called once for each
 * holding and each letting go, which comes in any case: also when the page loses the keyboard.
 */
export function mountPushToTalk({ mayStart, onHold }) {
  let isHeld = false;
  /* Pressed with a pointer, it keeps the focus, and nobody means it by the space bar after that. */
  let clicked = null;

  function letGo() {
    if (!isHeld) return;
    isHeld = false;
    onHold(false);
  }

  function onDown(event) {
    if (event.key === "Tab") clicked = null;
    if (event.key !== " ") return;
    /* The key repeats; it must not press what got the focus meanwhile. */
    if (isHeld) event.preventDefault();
    else if (canBeTaken(event, clicked) && mayStart()) {
      event.preventDefault();
      if (event.repeat) return;
      isHeld = true;
      onHold(true);
    }
  }

  function onUp(event) {
    if (event.key !== " " || !isHeld) return;
    event.preventDefault();
    letGo();
  }

  document.addEventListener("pointerdown", ({ target }) => (clicked = target.closest(IS_BUTTON)));
  document.addEventListener("keydown", onDown);
  document.addEventListener("keyup", onUp);
  document.addEventListener("visibilitychange", letGo);
  window.addEventListener("blur", letGo);
  window.addEventListener("pagehide", letGo);
}

function canBeTaken(event, clicked) {
  const isCombined = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
  const taker = event.target.closest(TAKES_SPACE);
  return !isCombined && !event.defaultPrevented && (!taker || taker === clicked);
}
