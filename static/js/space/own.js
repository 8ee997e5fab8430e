/* Which of what everybody sees is this reader's own: fragments are drawn once for all. */

import { $, $$ } from "../lib/dom.js";

/**
 * {role, microphone, request, requestId, hand, isActing, isAsked} of participant `me` as the room shows
 * it now. isAsked: whether to co-host.
 */
export function readOwn(room, me) {
  const nobody = {
    role: "listener",
    microphone: "muted",
    request: "none",
    requestId: "",
    hand: "down",
    isActing: false,
    isAsked: me !== "" && $(`[data-asked="${me}"]`, room) !== null,
  };
  if (!me) return { ...nobody, role: "none" };
  const tile = $(`.tile[data-person="${me}"]`, room);
  if (tile) {
    const { role, microphone } = tile.dataset;
    return {
      ...nobody,
      role,
      microphone,
      hand: "hand" in tile.dataset ? "up" : "down",
      isActing: "acting" in tile.dataset,
    };
  }
  const invited = $(`[data-invited="${me}"]`, room);
  if (invited) return { ...nobody, request: "invited", requestId: invited.dataset.request };
  const asked = $(`.qrow[data-person="${me}"]`, room);
  if (asked) return { ...nobody, request: "pending", requestId: asked.dataset.request };
  return nobody;
}

/** Mark the reader's own rows, and whoever speaks, after each morph. levels: person → 0 to 1. */
export function decorate(room, me, levels) {
  for (const element of $$("[data-person], [data-invited], [data-asked]", room)) {
    const person = element.dataset.person ?? element.dataset.invited ?? element.dataset.asked;
    element.classList.toggle("is-me", me !== "" && person === me);
  }
  for (const tile of $$(".tile[data-person]", room)) {
    const level = tile.dataset.microphone === "open" ? (levels.get(tile.dataset.person) ?? 0) : 0;
    tile.classList.toggle("is-talking", level > 0);
    if (level > 0) tile.style.setProperty("--level", level.toFixed(2));
    else tile.style.removeProperty("--level");
  }
}
