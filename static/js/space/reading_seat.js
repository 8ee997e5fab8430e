/* A seat without sound: comments, news and captions, and no connection for audio at all. */

import { $ } from "../lib/dom.js";
import { note, noted } from "../lib/tab_notes.js";

const NOTE = "reads-in";

/**
 * openDoor(): past the gate. Returns { leave }, for when sound is wanted after all. Reading lasts in
 * this tab until then, also over a reload.
 */
export function mountReadingSeat(room, openDoor) {
  const { root } = room;
  const { space } = root.dataset;
  const controls = $(".controls", root);

  function sit() {
    note(NOTE, space);
    controls.dataset.reading = "yes";
    openDoor();
  }

  room.can({ read: sit });
  if (noted(NOTE) === space && !room.isOver && !room.isOnStage) sit();

  return {
    leave() {
      note(NOTE, null);
      controls.dataset.reading = "no";
    },
  };
}
