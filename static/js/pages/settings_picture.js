/* One's picture, shown as it will be before it is sent. */

import { $ } from "../lib/dom.js";

export function mount(root) {
  const field = $("input[type=file]", root);
  const avatar = $("[data-preview] .av", root);
  let address = null;
  field.addEventListener("change", () => {
    if (address) URL.revokeObjectURL(address);
    $("[data-chosen]", avatar)?.remove();
    const [file] = field.files;
    if (!file) return;
    address = URL.createObjectURL(file);
    const picture = new Image();
    picture.className = "av-picture";
    picture.alt = "";
    picture.dataset.chosen = "";
    /* What this browser cannot draw, the server may still read. */
    picture.addEventListener("load", () => avatar.append(picture));
    picture.src = address;
  });
}

const root = $('[data-page="settings-picture"]');
if (root) mount(root);
