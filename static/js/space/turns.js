/* How long each speaker's turn lasts still: by the server's clock, so that every page counts alike. */

import { $, $$ } from "../lib/dom.js";
import { correctServerClock, serverNow, timeLeft } from "../lib/server_clock.js";
import { toast } from "../lib/toasts.js";

/* Each turn has seconds of its own: looked at this often, each figure is written when it changes. */
const TICK_MS = 250;

/** Which turns ran out since the last look. A turn that was over when it was first seen is no news. */
export class Watch {
  #running = new Set();

  /** turns: [{key, leftMs}] → those that are over now. */
  look(turns) {
    const over = turns.filter(({ key, leftMs }) => leftMs <= 0 && this.#running.has(key));
    this.#running = new Set(turns.filter(({ leftMs }) => leftMs > 0).map(({ key }) => key));
    return over;
  }
}

export function mountTurns(room) {
  const { root, say } = room;
  const locale = document.documentElement.lang || undefined;
  const watch = new Watch();
  let timer = null;

  function count() {
    const now = serverNow();
    const turns = $$("[data-turn-ends]", root).map((element) => {
      const { person } = element.closest(".tile").dataset;
      const { turnEnds } = element.dataset;
      return { element, person, key: `${person} ${turnEnds}`, leftMs: new Date(turnEnds) - now };
    });
    turns.forEach(write);
    watch.look(turns).forEach(tell);
    return turns.length > 0;
  }

  function write({ element, leftMs }) {
    const isOver = leftMs <= 0;
    const text = isOver ? say("turn_over") : say("turn_left", { time: timeLeft(leftMs, locale) });
    if (element.textContent !== text) element.textContent = text;
    element.classList.toggle("turn-over", isOver);
  }

  function tell({ element, person }) {
    if (person === room.me) toast(say("turn_over_mine"));
    else if (room.isCrew) {
      const name = $(".tile-name", element.closest(".tile")).textContent.trim();
      room.announce(say("turn_over_of", { name }));
    }
  }

  function onDrawn() {
    clearInterval(timer);
    timer = count() ? setInterval(count, TICK_MS) : null;
  }

  /* Before the page is drawn for it. */
  function onWelcome({ now }) {
    if (now) correctServerClock(now);
  }

  room.on({ welcome: onWelcome, drawn: onDrawn, over: () => clearInterval(timer) });
}
