/* One's own place in the line, in words. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let placeText;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ placeText } = await import("../../../static/js/space/queue.js"));
});

const say = (key, values = {}) => `${key} ${values.place ?? ""}`.trim();

test("the first three places have words of their own", () => {
  assert.deepEqual(
    [1, 2, 3].map((place) => placeText(place, say)),
    ["place_1", "place_2", "place_3"],
  );
});

test("behind them it is a number", () => {
  assert.equal(placeText(4, say), "place 4");
  assert.equal(placeText(1204, say), "place 1,204");
});
