/* The page's own address into the clipboard. Buttons are hidden until a script can do it. */

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
