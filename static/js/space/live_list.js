/* A list of live Spaces, kept right by the server's fragments, and what comes next; the tab says how
   many there are. */

import { $, $$, formatNumber, morph } from "../lib/dom.js";
import { showLive } from "../lib/live_sign.js";
import { openSocket, socketUrl } from "../lib/socket.js";
import { mountComingUp } from "./coming_up.js";

/* News was lost with the socket: so many seconds for all pages that come back to ask again. */
const CAME_BACK_WITHIN_S = 5;

/** "(3) Live now": the number in front of a title, none where nothing is live. */
export function numbered(title, count) {
  const bare = title.replace(/^\([^)]*\) /, "");
  return count > 0 ? `(${formatNumber(count)}) ${bare}` : bare;
}

export function mountLiveList(root) {
  const { socketPath, topic = "" } = root.dataset;

  function sign() {
    const count = Number($("#live-count", root).dataset.liveSpaces);
    document.title = numbered(document.title, count);
    showLive(count > 0);
    /* What has started is not coming up any more. */
    for (const row of $$("[data-upcoming]", root)) {
      row.hidden = document.getElementById(`space-card-${row.dataset.upcoming}`) !== null;
    }
  }

  function count(listeners) {
    for (const [space, heard] of Object.entries(listeners)) {
      for (const element of $$(`[data-listeners-of="${space}"]`, root)) {
        element.dataset.listeners = heard;
        element.textContent = formatNumber(heard);
      }
    }
    const all = $$("[data-listeners-of]", root).map(({ dataset }) => Number(dataset.listeners));
    const sum = $("[data-live-listening]", root);
    if (sum) sum.textContent = formatNumber(all.reduce((one, other) => one + other, 0));
  }

  const comingUp = mountComingUp(root, { onTaken: sign });
  let wasAway = false;

  sign();
  return openSocket({
    url: () => socketUrl(socketPath, topic ? { topic } : {}),
    onState(state) {
      root.setAttribute("aria-busy", String(state === "reconnecting"));
      if (state === "open" && wasAway) comingUp.changed(CAME_BACK_WITHIN_S);
      wasAway = state === "reconnecting";
    },
    onWake: comingUp.look,
    onMessage(frame) {
      if (frame.html) {
        morph(frame.html);
        sign();
      }
      if (frame.event === "home.counts") count(frame.data);
      if (frame.event === "home.programme") comingUp.changed(frame.data.within);
    },
  });
}
