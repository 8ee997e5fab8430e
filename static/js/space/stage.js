/* What a person on stage does besides speaking: raises a hand, co-hosts; and what they are told. */

import { $ } from "../lib/dom.js";
import { toast } from "../lib/toasts.js";

export function mountStage(room) {
  const { root, say } = room;
  const hand = $('.controls [data-do="hand"]', root);
  let wasOpen = false;

  const press = (button) => room.press(button, button.dataset.url);
  room.can({
    hand: (button) =>
      room.press(
        button,
        room.own.hand === "up" ? button.dataset.lowerUrl : button.dataset.raiseUrl,
      ),
    "accept-co-hosting": press,
    "decline-co-hosting": press,
  });

  function onDrawn({ before }) {
    const { own } = room;
    wasOpen = before.microphone === "open";
    hand.setAttribute("aria-pressed", String(own.hand === "up"));
    if (own.isAsked && !before.isAsked) room.announce(say("asked_to_co_host"));
    if (own.role === "co_host" && before.role !== "co_host") toast(say("co_host"), "good");
  }

  const handlers = {
    "participant.hand_changed"({ person, is_raised: isRaised }) {
      const name = $(`.tile[data-person="${person}"] .tile-name`, root)?.textContent.trim();
      if (!isRaised || !room.isCrew || person === room.me || !name) return;
      room.announce(say("hand_raised", { name }));
    },
    "participant.everyone_muted"() {
      if (wasOpen && room.own.role === "speaker") toast(say("everyone_muted"));
    },
    "invitation.changed"({ person, state }) {
      if (state === "declined" && room.own.role === "host") toast(say("co_hosting_declined"));
      if (person === "" || person !== room.me) return;
      root.dataset.isCoHosting = state === "accepted" ? "yes" : "no";
      if (state === "accepted" && !room.isOnStage) toast(say("co_host_waits"));
      room.refresh();
    },
  };
  room.on({ drawn: onDrawn });
  room.on(handlers);
}
