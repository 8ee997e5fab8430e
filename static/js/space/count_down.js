/* How long it is until a Space starts, in days, hours, minutes and seconds. */

const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

/** [[unit, count]…] of what is left: seconds only on the last day, days only before it. */
export function partsLeft(leftMs) {
  const left = Math.max(Math.floor(leftMs / 1000), 0);
  const parts = [
    ["day", Math.floor(left / DAY_S)],
    ["hour", Math.floor((left % DAY_S) / HOUR_S)],
    ["minute", Math.floor((left % HOUR_S) / MINUTE_S)],
    ["second", left % MINUTE_S],
  ];
  return left >= DAY_S ? parts.slice(0, 3) : parts.slice(1);
}

/** The unit's name as the language says it beside this number. */
export function unitName(count, unit, locale) {
  const format = new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" });
  const name = format.formatToParts(count).find(({ type }) => type === "unit");
  return name?.value ?? unit;
}

/** onOver(): once, when its time comes; by a clock that is fast it came before the page did. */
export function mountCountDown(element, say, onOver) {
  if (!element) return;
  const moment = new Date(element.dataset.countDown);
  const locale = document.documentElement.lang || undefined;
  const number = new Intl.NumberFormat(locale);
  const isAhead = moment > Date.now();
  let timer = null;

  function draw() {
    const parts = partsLeft(moment - Date.now());
    const boxes = parts.map(([unit, count]) => {
      const box = document.createElement("span");
      box.className = "count-down-part";
      const figure = document.createElement("b");
      figure.textContent = number.format(count);
      const name = document.createElement("span");
      name.textContent = unitName(count, unit, locale);
      box.append(figure, name);
      return box;
    });
    element.replaceChildren(...boxes);
    const words = parts
      .filter(([unit]) => unit !== "second")
      .map(([unit, count]) =>
        new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(count),
      );
    element.setAttribute(
      "aria-label",
      say("starts_in", { length: new Intl.ListFormat(locale, { type: "unit" }).format(words) }),
    );
    if (moment <= Date.now()) {
      clearInterval(timer);
      if (isAhead) onOver();
    }
  }

  element.classList.add("is-ticking");
  timer = setInterval(draw, 1_000);
  draw();
}
