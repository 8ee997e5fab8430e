/* The dialog with which crew and speakers pin a link or an update. */

import { openDialog } from "../lib/dialogs.js";
import { $, post } from "../lib/dom.js";

export function mountPins(room) {
  const { root } = room;
  const dialog = $("#pin-dialog", root);
  if (!dialog) return;
  const form = $("[data-pin]", dialog);
  const error = $("[data-pin-error]", dialog);
  const submit = $("button:not([type])", form);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (submit.hasAttribute("aria-busy")) return;
    submit.setAttribute("aria-busy", "true");
    const refusal = await post(form.action, new FormData(form));
    submit.removeAttribute("aria-busy");
    /* Beside what it is about, and until that is sent. */
    error.textContent = refusal ? (refusal.message ?? room.say("failed")) : "";
    if (refusal) return;
    form.reset();
    dialog.close();
  });

  room.can({
    pin() {
      error.textContent = "";
      openDialog(dialog);
    },
    "pin-not": () => dialog.close(),
  });
  room.on({ over: () => dialog.close() });
}
