/* / leads to the search field of the page. */

import { $$, isShown } from "./dom.js";
import { isSingleKey } from "./single_keys.js";

export function mountSearchKey() {
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.defaultPrevented || !isSingleKey(event)) return;
    if (document.querySelector("dialog[open]")) return;
    const field = $$("[data-search]").find(isShown);
    if (!field) return;
    event.preventDefault();
    field.focus();
    field.select();
  });
}
