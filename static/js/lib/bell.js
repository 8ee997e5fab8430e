/* The bell in the head: how many notifications are new. */

import { $, formatNumber } from "./dom.js";

const MOST_SHOWN = 99;

export const shownCount = (count) =>
  count > MOST_SHOWN ? `${formatNumber(MOST_SHOWN)}+` : formatNumber(count);

/** Returns show(count). */
export function mountBell(root = document) {
  const bell = $("[data-bell]", root);
  return (count) => {
    if (!bell) return;
    const sign = $("[data-bell-count]", bell);
    sign.hidden = count === 0;
    sign.textContent = count === 0 ? "" : shownCount(count);
    const { none, some } = bell.dataset;
    bell.setAttribute("aria-label", count ? some.replace("{count}", formatNumber(count)) : none);
  };
}
