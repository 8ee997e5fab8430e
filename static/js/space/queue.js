/* The speaking queue: asking with a question, one's own place in it, and who comes to it. */

import { openDialog } from "../lib/dialogs.js";
import { $, $$, formatNumber } from "../lib/dom.js";

const LAST_WITH_A_WORD = 3;

/** "You are third in line." */
export function placeText(place, say) {
  return place <= LAST_WITH_A_WORD
    ? say(`place_${place}`)
    : say("place", { place: formatNumber(place) });
}

export function mountQueue(room) {
  const { root, say } = room;
  mountQuestion(room);

  const spot = $("[data-place]", root);
  /* Not known before the room is drawn for the first time: what stands then is no news. */
  let place = null;
  let people = null;

  function onDrawn() {
    const rows = $$(".qrow", root);
    showPlace(1 + rows.findIndex((row) => row.dataset.person === room.me));
    announceNewcomers(rows);
  }

  function showPlace(now) {
    if (now !== place && now > 0) {
      spot.textContent = placeText(now, say);
      if (place !== null) room.announce(spot.textContent);
    }
    place = now;
  }

  function announceNewcomers(rows) {
    if (people !== null && room.isCrew) {
      for (const row of rows.filter(({ dataset }) => !people.has(dataset.person))) {
        room.announce(say("asks_to_speak", { name: $("b", row).textContent }));
      }
    }
    people = new Set(rows.map(({ dataset }) => dataset.person));
  }

  room.on({ drawn: onDrawn });
}

/** The dialog in which somebody writes their question: before they stand in line, and while they do. */
function mountQuestion(room) {
  const { root } = room;
  const dialog = $("#ask-dialog", root);
  if (!dialog) return;
  const field = $("[name=question]", dialog);
  let button = null;
  let url = "";
  /* What did not reach the server. */
  let unsent = "";

  function open(purpose, text) {
    for (const element of $$("[data-for]", dialog)) {
      element.hidden = element.dataset.for !== purpose;
    }
    field.value = unsent || text;
    field.dispatchEvent(new Event("input"));
    dialog.returnValue = "";
    openDialog(dialog);
  }

  room.can({
    ask(pressed) {
      button = pressed;
      ({ url } = dialog.dataset);
      open("ask", "");
    },
    "change-question"(pressed) {
      button = pressed;
      ({ url } = pressed.dataset);
      open("change", $("q", pressed.closest(".qrow"))?.textContent ?? "");
    },
  });
  dialog.addEventListener("close", async () => {
    if (dialog.returnValue !== "send") return;
    const question = field.value;
    unsent = (await room.press(button, url, { question })) ? question : "";
  });
  room.on({ over: () => dialog.close() });
}
