/* How long it is until a Space starts. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { mountCountDown, partsLeft, unitName } from "../../../static/js/space/count_down.js";

const SECOND = 1000;
const HOUR = 60 * 60 * SECOND;
const DAY = 24 * HOUR;

test("before the last day it is days, hours and minutes", () => {
  const parts = partsLeft(2 * DAY + 4 * HOUR + 12 * 60 * SECOND + 9 * SECOND);

  assert.deepEqual(parts, [
    ["day", 2],
    ["hour", 4],
    ["minute", 12],
  ]);
});

test("on the last day the seconds count", () => {
  assert.deepEqual(partsLeft(DAY - SECOND), [
    ["hour", 23],
    ["minute", 59],
    ["second", 59],
  ]);
});

test("what is over does not count backwards", () => {
  assert.deepEqual(partsLeft(-5 * SECOND), [
    ["hour", 0],
    ["minute", 0],
    ["second", 0],
  ]);
});

for (const [locale, count, name] of [
  ["en", 1, "day"],
  ["en", 2, "days"],
  ["de", 2, "Tage"],
]) {
  test(`${count} in ${locale} is ${name}`, () => {
    assert.equal(unitName(count, "day", locale), name);
  });
}

function tellsOver(t, leftMs, waitMs) {
  t.mock.timers.enable({ apis: ["Date"], now: 0 });
  let draw = null;
  t.mock.method(globalThis, "setInterval", (work) => (draw = work));
  t.mock.method(globalThis, "clearInterval", () => (draw = null));
  const element = () => ({
    append() {},
    classList: { add() {} },
    replaceChildren() {},
    setAttribute() {},
  });
  globalThis.document = { documentElement: { lang: "en" }, createElement: element };
  const told = [];
  const shown = { ...element(), dataset: { countDown: new Date(leftMs).toISOString() } };
  mountCountDown(
    shown,
    () => "",
    () => told.push("over"),
  );
  for (let ms = 0; ms < waitMs; ms += SECOND) {
    t.mock.timers.tick(SECOND);
    draw?.();
  }
  return told;
}

test("the end of the time is told once", (t) => {
  assert.deepEqual(tellsOver(t, 5 * SECOND, 60 * SECOND), ["over"]);
});

test("a clock that is fast does not load the page again and again", (t) => {
  assert.deepEqual(tellsOver(t, -5 * SECOND, 60 * SECOND), []);
});
