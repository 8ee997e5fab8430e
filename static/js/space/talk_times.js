/* How long each person on stage has talked, which only the crew is told. */

import { $, $$ } from "../lib/dom.js";
import { timeLeft } from "../lib/server_clock.js";

const SECOND_MS = 1_000;

export function mountTalkTimes(room) {
  const { root } = room;
  const locale = document.documentElement.lang || undefined;

  const handlers = {
    talk_times({ ms }) {
      /* A bar is a share of the longest. */
      const bars = $$("[data-talker] progress", root);
      const longest = Math.max(...bars.map((bar) => bar.max), ...Object.values(ms));
      for (const bar of bars) bar.max = longest;
      for (const [person, talkMs] of Object.entries(ms)) {
        const row = $(`[data-talker="${person}"]`, root);
        if (!row) continue;
        $("progress", row).value = talkMs;
        const wholeSeconds = Math.floor(talkMs / SECOND_MS) * SECOND_MS;
        $("[data-talk-time]", row).textContent = timeLeft(wholeSeconds, locale);
      }
    },
  };
  room.on(handlers);
}
