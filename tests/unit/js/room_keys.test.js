/* Where F6 and the arrow keys lead. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let mountKeys;
let nextOf;
let placeAfter;

before(async () => {
  /* Imported for the page's elements, which these two do not look at. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ mountKeys, nextOf } = await import("../../../static/js/space/keys.js"));
  ({ placeAfter } = await import("../../../static/js/space/toolbar.js"));
});

const PARTS = ["stage", "people", "controls"];

test("F6 goes from part to part and around", () => {
  assert.deepEqual(
    PARTS.map((part) => nextOf(PARTS, part, false)),
    ["people", "controls", "stage"],
  );
});

test("F6 goes backwards with Shift", () => {
  assert.deepEqual(
    PARTS.map((part) => nextOf(PARTS, part, true)),
    ["controls", "stage", "people"],
  );
});

test("F6 from outside leads to the first part, backwards to the last", () => {
  assert.equal(nextOf(PARTS, null, false), "stage");
  assert.equal(nextOf(PARTS, null, true), "controls");
});

test("arrow keys follow the writing", () => {
  const from = (index, isRightToLeft) =>
    ["ArrowRight", "ArrowLeft"].map((key) => placeAfter(key, { index, count: 3, isRightToLeft }));

  assert.deepEqual(from(0, false), [1, 2]);
  assert.deepEqual(from(0, true), [2, 1]);
  assert.deepEqual(from(2, false), [0, 1]);
});

test("Home and End lead to the ends, in any writing", () => {
  for (const isRightToLeft of [false, true]) {
    const of = (key) => placeAfter(key, { index: 1, count: 3, isRightToLeft });
    assert.deepEqual([of("Home"), of("End")], [0, 2]);
  }
});

test("other keys lead nowhere", () => {
  assert.equal(placeAfter("ArrowUp", { index: 0, count: 3, isRightToLeft: false }), null);
});

test("a browser that keeps nothing for sites has its single keys all the same", () => {
  globalThis.document.addEventListener = () => {};
  Object.defineProperty(globalThis, "localStorage", {
    configurable: true,
    get() {
      throw new Error("SecurityError");
    },
  });
  const box = { checked: false, addEventListener() {} };

  mountKeys({ querySelector: () => box }, { focusControls() {}, keys: {} });

  assert.ok(box.checked);
});
