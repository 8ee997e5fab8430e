/* Reactions: sent with a press, floating on every page, counted. */

import { $, $$, formatNumber } from "../lib/dom.js";

const STORED = "rostrum.skin_tone";
const HANDS = ["applause", "wave"];
/* What the server takes from one page (spaces/live/reactions.py). */
const AT_ONCE = 5;
const A_SECOND = 2;
const MOST_FLOATS = 12;
const MOST_STANDING = 3;
/* What comes together does not rise as one, nor in one place. */
const SPREAD_MS = 250;
const LANES = [0, 0.75, 0.25, 1, 0.5];
/* What was sent and did not come back by then is lost. */
const LOST_AFTER_MS = 5_000;

/* Beside a control there is room for "62K". */
const roughly = new Intl.NumberFormat(document.documentElement.lang || undefined, {
  notation: "compact",
});

export class Allowance {
  constructor(now) {
    this.left = AT_ONCE;
    this.at = now;
  }

  take(now) {
    this.left = Math.min(AT_ONCE, this.left + ((now - this.at) / 1_000) * A_SECOND);
    this.at = now;
    if (this.left < 1) return false;
    this.left -= 1;
    return true;
  }
}

/** The reader's own that floated at the press: they do not float again when everybody's come. */
export class Own {
  constructor() {
    this.sent = [];
  }

  add(reaction, tone, now) {
    this.sent.push({ reaction, tone: String(tone), until: now + LOST_AFTER_MS });
  }

  /** counts: {reaction: {tone: number}}; gives those that are others'. */
  without(counts, now) {
    const others = structuredClone(counts);
    this.sent = this.sent.filter(({ reaction, tone, until }) => {
      if (!others[reaction]?.[tone]) return now < until;
      others[reaction][tone] -= 1;
      return false;
    });
    return others;
  }
}

/** Which of them float when there is room for so many: of each kind one by turns. */
export function pick(counts, room) {
  const left = [];
  for (const [reaction, tones] of Object.entries(counts)) {
    for (const [tone, number] of Object.entries(tones)) left.push({ reaction, tone, number });
  }
  const picked = [];
  for (let turn = 0; picked.length < room; turn += 1) {
    const kinds = left.filter(({ number }) => number > turn).slice(0, room - picked.length);
    if (kinds.length === 0) break;
    picked.push(...kinds.map(({ reaction, tone }) => ({ reaction, tone })));
  }
  return picked;
}

/** How often each came: news may be late or lost, so no number goes down. */
export class Tally {
  constructor(totals) {
    this.totals = totals;
  }

  add(reaction) {
    this.totals[reaction] = (this.totals[reaction] ?? 0) + 1;
  }

  learn(totals) {
    for (const [reaction, total] of Object.entries(totals)) {
      this.totals[reaction] = Math.max(this.totals[reaction] ?? 0, total);
    }
  }

  get sum() {
    return Object.values(this.totals).reduce((sum, total) => sum + total, 0);
  }
}

function storedTone() {
  try {
    return localStorage.getItem(STORED) ?? "0";
  } catch {
    /* A browser that keeps nothing for sites. */
    return "0";
  }
}

function keepTone(tone) {
  try {
    localStorage.setItem(STORED, tone);
  } catch {
    /* Then it holds for this page. */
  }
}

export function mountReactions(room) {
  const { root } = room;
  const bar = $("#react-bar", root);
  const opener = $('[data-do="react"]', root);
  const total = $("[data-reaction-total]", root);
  const floats = $("[data-floats]", root);
  const tones = $$(".react-tone", bar);
  const kinds = new Map($$("[data-reaction]", bar).map((kind) => [kind.dataset.reaction, kind]));
  const allowance = new Allowance(performance.now());
  const own = new Own();
  const tally = new Tally({});
  let lane = 0;
  const isStill = window.matchMedia("(prefers-reduced-motion: reduce)");

  for (const [reaction, kind] of kinds) {
    tally.learn({ [reaction]: Number($("[data-count]", kind).textContent) });
  }

  function showCounts() {
    for (const [reaction, kind] of kinds) {
      $("[data-count]", kind).textContent = formatNumber(tally.totals[reaction] ?? 0);
    }
    total.hidden = tally.sum === 0;
    total.textContent = roughly.format(tally.sum);
  }

  function choose(tone) {
    bar.dataset.tone = tone;
    for (const each of tones) {
      each.setAttribute("aria-pressed", String(each.dataset.tone === tone));
    }
  }

  function open(isOpen) {
    bar.hidden = !isOpen;
    opener.setAttribute("aria-expanded", String(isOpen));
    if (isOpen) $("[data-reaction]", bar).focus();
  }

  function float({ reaction, tone }) {
    const element = document.createElement("span");
    element.className = `float hue-${reaction}`;
    element.dataset.tone = tone;
    element.style.setProperty("--x", LANES[lane]);
    lane = (lane + 1) % LANES.length;
    element.append($(".icon", kinds.get(reaction)).cloneNode(true));
    element.addEventListener("animationend", () => element.remove());
    floats.append(element);
    if (!isStill.matches) return;
    for (const former of [...floats.children].slice(0, -MOST_STANDING)) former.remove();
  }

  const freePlaces = () => (isStill.matches ? MOST_STANDING : MOST_FLOATS - floats.children.length);

  function send(kind) {
    const { reaction } = kind.dataset;
    const tone = HANDS.includes(reaction) ? bar.dataset.tone : "0";
    const now = performance.now();
    if (!allowance.take(now) || !room.send({ do: "react", reaction, tone: Number(tone) })) return;
    own.add(reaction, tone, now);
    tally.add(reaction);
    showCounts();
    if (freePlaces() > 0) float({ reaction, tone });
  }

  const handlers = {
    reactions({ counts, totals }) {
      const others = own.without(counts, performance.now());
      tally.learn(totals);
      showCounts();
      /* Behind the door, or on a hidden page, nothing rises. */
      if ($("#gate", root) || document.hidden) return;
      for (const each of pick(others, freePlaces())) {
        if (isStill.matches) float(each);
        else setTimeout(() => float(each), Math.random() * SPREAD_MS);
      }
    },
    over: () => open(false),
  };

  bar.addEventListener("click", ({ target }) => {
    const kind = target.closest("[data-reaction]");
    const tone = target.closest(".react-tone");
    if (kind) send(kind);
    if (tone) {
      choose(tone.dataset.tone);
      keepTone(tone.dataset.tone);
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || bar.hidden) return;
    open(false);
    opener.focus();
  });
  document.addEventListener("click", ({ target }) => {
    if (!bar.hidden && !bar.contains(target) && !opener.contains(target)) open(false);
  });
  room.can({ react: () => open(bar.hidden) });
  room.on(handlers);
  choose(tones.some(({ dataset }) => dataset.tone === storedTone()) ? storedTone() : "0");
  showCounts();
}
