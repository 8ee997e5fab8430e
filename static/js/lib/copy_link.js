/* Into the clipboard: the page's own address, what a field holds. Buttons are hidden until a script can do it. */

import { $, $$ } from "./dom.js";
import { toast } from "./toasts.js";

/** Shows the button, unless this browser writes to no clipboard: only pages of safe origins may. */
export function mountCopyLink(button, say) {
  if (!button || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(window.location.href.split(/[?#]/)[0]);
      toast(say("copied"), "good");
    } catch {
      toast(say("failed"), "danger");
    }
  });
}

/** Each `data-copy` names the field whose value its button copies, `data-copied` what is said then. */
export function mountCopyButtons(part, say) {
  if (!navigator.clipboard) return;
  for (const button of $$("[data-copy]", part)) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText($(`#${button.dataset.copy}`, part).value);
        toast(button.dataset.copied, "good");
      } catch {
        toast(say("failed"), "danger");
      }
    });
  }
}
