/* A person's page: its link, copied; the tab's sign while they are live. */

import { mountCopyLink } from "../lib/copy_link.js";
import { $, texts } from "../lib/dom.js";
import { showLive } from "../lib/live_sign.js";

export function mount(root) {
  showLive("isLive" in root.dataset);
  const button = $("[data-copy-link]", root);
  /* There is no menu about somebody whom one blocked. */
  if (!button) return;
  mountCopyLink(button, texts());
  if (!button.hidden) button.closest("details").hidden = false;
}

const root = $('[data-page="profile"]');
if (root) mount(root);
