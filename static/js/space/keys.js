/* Keys of the room: F6 between its parts, ? for the list of keys, M for the microphone. */

import { $, $$, focusOn, isShown } from "../lib/dom.js";
import { areSingleKeysOn, isSingleKey, STORED } from "../lib/single_keys.js";

/** The part after the one that has the focus, or before it; from outside, the first or the last. */
export function nextOf(parts, current, isBackwards) {
  const index = parts.indexOf(current);
  if (index < 0) return parts.at(isBackwards ? -1 : 0);
  return parts.at((index + (isBackwards ? -1 : 1)) % parts.length);
}

/**
 * Each part of the room says data-part. focusControls(): where F6 leads in them. keys: what a single
 * key does.
 */
export function mountKeys(root, { focusControls, keys }) {
  function walk(isBackwards) {
    const parts = $$("[data-part]", root).filter(isShown);
    const current = document.activeElement?.closest("[data-part]") ?? null;
    const part = nextOf(parts, current, isBackwards);
    if (part?.dataset.part === "controls") focusControls();
    else if (part) focusOn(part);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || $("dialog[open]") || $("#gate", root)) return;
    if (event.key === "F6" && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      walk(event.shiftKey);
      return;
    }
    if (!isSingleKey(event)) return;
    const act = keys[event.key.toLowerCase()];
    if (!act) return;
    event.preventDefault();
    act();
  });

  const box = $("[data-single-keys]", root);
  if (!box) return;
  box.checked = areSingleKeysOn();
  box.addEventListener("change", () => localStorage.setItem(STORED, box.checked ? "on" : "off"));
}
