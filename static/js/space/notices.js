/* What everybody must know of the Space itself: how long it is kept still, counted on the page. */

import { $$ } from "../lib/dom.js";
import { serverNow, timeLeft } from "../lib/server_clock.js";

const TICK_MS = 1_000;

export function mountNotices(room) {
  const locale = document.documentElement.lang || undefined;

  function count() {
    for (const element of $$("#notices [data-until]", room.root)) {
      const text = timeLeft(new Date(element.dataset.until) - serverNow(), locale);
      if (element.textContent !== text) element.textContent = text;
    }
  }

  const timer = setInterval(count, TICK_MS);
  room.on({ drawn: count, over: () => clearInterval(timer) });
  count();
}
