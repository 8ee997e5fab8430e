/* The bell in the head: how many notifications are new. */

import { $, formatNumber } from "./dom.js";

const MOST_SHOWN = 99;

export const shownCount = (count) =>
  count > MOST_SHOWN ? `${formatNumber(MOST_SHOWN)}+` : formatNumber(count);

/** Returns show(count). */
export function mountBell(root = document) {
  return (count) => {
    /* Each time: the page of notifications is given another one. */
    const bell = $("[data-bell]", root);
    if (!bell) return;
    const sign = $("[data-bell-count]", bell);
    sign.hidden = count === 0;
    sign.textContent = count === 0 ? "" : shownCount(count);
    const { none, some } = bell.dataset;
    bell.setAttribute("aria-label", count ? some.replace("{count}", formatNumber(count)) : none);
  };
}
