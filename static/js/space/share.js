/* Handing a Space on: copy, the device's own sheet, and the dialog in the room that holds them. */

import { mountCopyButtons } from "../lib/copy_link.js";
import { openDialog } from "../lib/dialogs.js";
import { $ } from "../lib/dom.js";
import { toast } from "../lib/toasts.js";

/** The buttons of `_share.html`, of which a browser shows those it can do. */
export function mountShareButtons(part, say) {
  mountCopyButtons(part, say);
  const send = $("[data-send]", part);
  if (!navigator.share) return;
  send.hidden = false;
  send.addEventListener("click", async () => {
    const { title, link: url } = part.dataset;
    try {
      await navigator.share({ title, url });
    } catch (error) {
      /* AbortError: the sheet was closed again. */
      if (error.name !== "AbortError") toast(say("failed"), "danger");
    }
  });
}

export function mountShare(room) {
  const { root, say } = room;
  const dialog = $("#share-dialog", root);
  const body = $("[data-share-body]", dialog);

  room.can({
    async share() {
      body.replaceChildren();
      const { url } = dialog.dataset;
      await window.htmx.ajax("GET", url, { target: body, swap: "innerHTML" });
      const part = $("[data-share]", body);
      /* Refused, and told so. */
      if (!part) return;
      mountShareButtons(part, say);
      openDialog(dialog);
    },
  });
  /* They are links for who has no script. */
  root.addEventListener("click", (event) => {
    if (event.target.closest('a[data-do="share"]')) event.preventDefault();
  });
  dialog.addEventListener("htmx:afterSettle", () => {
    $('[aria-invalid="true"]', body)?.focus();
  });
}
