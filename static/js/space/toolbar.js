/* The controls are a toolbar: one stop for Tab, arrow keys within. */

import { $$, isShown } from "../lib/dom.js";

const STEPS = { ArrowRight: 1, ArrowLeft: -1 };

/** Which of `count` places a key leads to from `index`; null for a key that leads nowhere. */
export function placeAfter(key, { index, count, isRightToLeft }) {
  if (key === "Home") return 0;
  if (key === "End") return count - 1;
  const step = STEPS[key];
  if (!step || count === 0) return null;
  return (index + (isRightToLeft ? -step : step) + count) % count;
}

export function mountToolbar(bar) {
  const items = $$(".ctl", bar);
  let current = null;
  let hasFocus = false;

  const shown = () => items.filter((item) => isShown(item) && !item.disabled);

  function choose(item) {
    current = item;
    for (const each of items) each.tabIndex = each === item ? 0 : -1;
  }

  bar.addEventListener("focusin", ({ target }) => {
    hasFocus = true;
    if (items.includes(target)) choose(target);
  });
  bar.addEventListener("focusout", ({ relatedTarget }) => {
    /* A control that goes away under the focus leads to nothing. */
    if (relatedTarget) hasFocus = false;
  });
  bar.addEventListener("keydown", (event) => {
    const places = shown();
    const index = places.indexOf(event.target);
    const isRightToLeft = getComputedStyle(bar).direction === "rtl";
    const place = placeAfter(event.key, { index, count: places.length, isRightToLeft });
    if (index < 0 || place === null) return;
    event.preventDefault();
    places[place].focus();
  });

  return {
    /** Which controls are shown has changed: the one that took the place of the focused one has it. */
    refresh() {
      const places = shown();
      if (!places.includes(current)) {
        choose(places.find((item) => item.matches(".ctl-main")) ?? places[0] ?? null);
      }
      const isLost = [document.body, null].includes(document.activeElement);
      if (hasFocus && (isLost || !isShown(document.activeElement))) current?.focus();
    },
    focus: () => current?.focus(),
  };
}
