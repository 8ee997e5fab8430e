/* The dialog with the settings of the Space, for the host and for who acts as the host. */

import { openDialog } from "../lib/dialogs.js";
import { $ } from "../lib/dom.js";

export function mountSettings(room) {
  const { root } = room;
  const dialog = $("#settings-dialog", root);
  if (!dialog) return;
  const body = $("[data-settings]", dialog);

  room.can({
    async settings(link) {
      body.replaceChildren();
      await window.htmx.ajax("GET", link.href, { target: body, swap: "innerHTML" });
      /* Refused, and told so. */
      if (!$("form", body)) return;
      openDialog(dialog);
      if (link.dataset.field) $(`[name="${link.dataset.field}"]`, body).focus();
    },
  });
  /* They are links for who has no script. */
  root.addEventListener("click", (event) => {
    if (event.target.closest('a[data-do="settings"]')) event.preventDefault();
  });
  body.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
    if (xhr.status === 204) dialog.close();
  });
  dialog.addEventListener("htmx:afterSettle", () => {
    $('[aria-invalid="true"]', body)?.focus();
  });
  room.on({ over: () => dialog.close() });
}
