/* Keys that act alone, without Ctrl or Alt: where one is typed it is text. */

export const STORED = "rostrum.single_keys";
const TYPES = "input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** They can be switched off: dictation software types letters by mistake (WCAG 2.1.4). */
export function areSingleKeysOn() {
  try {
    return localStorage.getItem(STORED) !== "off";
  } catch {
    /* A browser that keeps nothing for sites. */
    return true;
  }
}

/** Whether a press of a key is meant as one. */
export function isSingleKey(event) {
  const isCombined = event.ctrlKey || event.altKey || event.metaKey || event.repeat;
  return !isCombined && !event.target.closest(TYPES) && areSingleKeysOn();
}
