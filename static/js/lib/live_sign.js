/* The sign in the browser's tab: the mark, with its lamp lit while something is live. */

import { $ } from "./dom.js";

export function showLive(isLive) {
  const link = $("link[data-icon]");
  if (!link) return;
  link.dataset.restHref ??= link.getAttribute("href");
  link.setAttribute("href", isLive ? link.dataset.liveHref : link.dataset.restHref);
}
