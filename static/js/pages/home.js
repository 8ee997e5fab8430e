/* The list of live Spaces, kept right by the server's fragments. */

import { $, $$, formatNumber, morph } from "../lib/dom.js";
import { openSocket, socketUrl } from "../lib/socket.js";

export function mount(root) {
  const path = root.dataset.socketPath;
  return openSocket({
    url: () => socketUrl(path),
    onState: (state) => root.setAttribute("aria-busy", String(state === "reconnecting")),
    onMessage(frame) {
      if (frame.html) morph(frame.html);
      if (frame.event !== "home.counts") return;
      for (const [space, count] of Object.entries(frame.data)) {
        for (const element of $$(`[data-listeners-of="${space}"]`)) {
          element.textContent = formatNumber(count);
        }
      }
    },
  });
}

const root = $('[data-page="home"]');
if (root) mount(root);
