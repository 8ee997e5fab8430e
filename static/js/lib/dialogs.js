/* Dialogs are <dialog>: the browser keeps the focus inside, Escape closes. */

import { $, focusOn, isShown } from "./dom.js";

/** Open on what asks for the focus, else on the heading; back to the opener, if it is still there. */
export function openDialog(dialog) {
  if (dialog.open) return;
  const opener = document.activeElement;
  dialog.showModal();
  const first = $("[autofocus]", dialog) ?? $("h2, h3", dialog);
  if (first) focusOn(first);
  const isThere = () => opener !== document.body && isShown(opener);
  dialog.addEventListener("close", () => focusOn(isThere() ? opener : $("#main")), { once: true });
}
