/* An announced Space: counts down, hands its link on, and becomes the room when the door opens. */

import { mountCopyLink } from "../lib/copy_link.js";
import { $, texts } from "../lib/dom.js";
import { isRight, lookAgain } from "../lib/look_again.js";
import { openSocket, socketUrl } from "../lib/socket.js";
import { mountCountDown } from "../space/count_down.js";

/* Everybody who waits comes at once: a moment's spread costs nobody anything they would notice. */
const SPREAD_MS = 1_500;
/* Longer than this a timer cannot run (2³¹ ms); the page of then is another one anyway. */
const LONGEST_TIMER_MS = 20 * 24 * 60 * 60 * 1000;
/* By the server's clock it is not time yet: this one is fast. */
const AGAIN_MS = 15_000;

function reload(spreadMs) {
  setTimeout(() => window.location.reload(), Math.random() * spreadMs);
}

export function mount(root) {
  const say = texts();
  const { socketPath, version, opensAt } = root.dataset;
  const { timeZone } = document.documentElement.dataset;
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const element of root.querySelectorAll("[data-zone]")) {
    element.textContent = zone.replaceAll("_", " ");
  }
  mountCopyLink($("[data-copy-link]", root), say);
  mountCountDown($("[data-count-down]", root), say, () => reload(SPREAD_MS));
  if (opensAt) {
    const waitMs = new Date(opensAt) - Date.now();
    if (waitMs < LONGEST_TIMER_MS) setTimeout(() => reload(0), waitMs > 0 ? waitMs : AGAIN_MS);
  }
  return openSocket({
    url: () => socketUrl(socketPath, { version }),
    onState(state) {
      if (state === "open") isRight();
      else if (state === "closed") lookAgain();
    },
    /* Whatever has a number changed the Space itself: it started, or was cancelled, or is back. */
    onMessage: (frame) => frame.seq && reload(SPREAD_MS),
  });
}

const root = $('[data-page="space-scheduled"]');
if (root) mount(root);
