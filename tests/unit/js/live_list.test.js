/* The number in front of the title of a list of live Spaces. */

import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.document = { documentElement: { lang: "en" } };
const { numbered } = await import("../../../static/js/space/live_list.js");

for (const [title, count, expected] of [
  ["Live now · Rostrum", 3, "(3) Live now · Rostrum"],
  ["(3) Live now · Rostrum", 2, "(2) Live now · Rostrum"],
  ["(1) Live now · Rostrum", 0, "Live now · Rostrum"],
  ["Live on (Sub)urbs · Rostrum", 1, "(1) Live on (Sub)urbs · Rostrum"],
]) {
  test(`${title} with ${count} is ${expected}`, () => {
    assert.equal(numbered(title, count), expected);
  });
}
