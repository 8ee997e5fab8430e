/* The people beside the stage: loaded when somebody looks, and again while something changes. */

import { openDialog } from "../lib/dialogs.js";
import { $, morph } from "../lib/dom.js";
import { toast } from "../lib/toasts.js";
import { decorate } from "./own.js";

const REST_MS = 10_000;
/* A crowd that looks must not ask in the same moment. */
const SPREAD_MS = 5_000;
/* Three people at most, who wait for what they pressed. */
const CREW_REST_MS = 1_000;

/** How long a list that is out of date stands. sinceMs: since it was loaded; chance: from 0 to 1. */
export function restMs({ isCrew, sinceMs, chance }) {
  if (isCrew) return Math.max(CREW_REST_MS - sinceMs, 0);
  return Math.max(REST_MS - sinceMs, 0) + SPREAD_MS * chance;
}

export function mountPeople(room) {
  const { root, say } = room;
  let loadedAt = -Infinity;
  let timer = null;

  const list = () => $("#people-list", root);
  const isLookedAt = () => root.dataset.tab === "people" && !document.hidden && list() !== null;

  async function load() {
    clearTimeout(timer);
    timer = null;
    loadedAt = performance.now();
    let response;
    try {
      response = await fetch(list().dataset.peopleUrl, { headers: { "HX-Request": "true" } });
    } catch {
      response = null;
    }
    if (!response?.ok) {
      loadSoon();
      return;
    }
    morph(await response.text());
    decorate(root, room.me, room.levels);
  }

  function look() {
    if (isLookedAt()) load();
  }

  function loadSoon() {
    if (timer !== null || !isLookedAt()) return;
    const sinceMs = performance.now() - loadedAt;
    timer = setTimeout(
      () => {
        timer = null;
        look();
      },
      restMs({ isCrew: room.isCrew, sinceMs, chance: Math.random() }),
    );
  }

  const handlers = {
    "audience.changed": loadSoon,
    "participant.role_changed": loadSoon,
    "participant.removed": loadSoon,
    "participant.restored": loadSoon,
    "request.changed": loadSoon,
    "invitation.changed": loadSoon,
    "participant.naming_changed": loadSoon,
    "space.settings_changed": loadSoon,
    /* The connection was lost, perhaps, and what happened meanwhile with it. */
    welcome: loadSoon,
  };
  room.on(handlers);
  root.addEventListener("tab", look);
  document.addEventListener("visibilitychange", look);
  root.addEventListener("htmx:afterRequest", ({ target, detail }) => {
    if (detail.successful && target.matches("#people-list form")) target.reset();
  });
  look();

  // --- Removing and blocking asks first: it cannot be undone from here ---

  const dialog = $("#block-dialog", root);
  room.can({
    block({ dataset: { url, name } }) {
      $("[data-block-name]", dialog).textContent = name;
      Object.assign($('[data-do="block-now"]', dialog).dataset, { url, name });
      openDialog(dialog);
    },
    async "block-now"(button) {
      const { url, name } = button.dataset;
      if (await room.press(button, url)) return;
      dialog.close();
      toast(say("removed_and_blocked", { name }), "good");
    },
  });
  room.on({ over: () => dialog?.close() });
}
