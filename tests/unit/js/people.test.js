/* When the list of people is loaded again: the crew soon, a crowd late and not all at once. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let restMs;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ restMs } = await import("../../../static/js/space/people.js"));
});

test("the crew waits a second at most", () => {
  assert.equal(restMs({ isCrew: true, sinceMs: 0, chance: 0.9 }), 1_000);
  assert.equal(restMs({ isCrew: true, sinceMs: 60_000, chance: 0.9 }), 0);
});

test("anybody else's list stands for ten seconds at least", () => {
  assert.equal(restMs({ isCrew: false, sinceMs: 0, chance: 0 }), 10_000);
  assert.equal(restMs({ isCrew: false, sinceMs: 4_000, chance: 0 }), 6_000);
});

test("lists that are all old are not all loaded in one moment", () => {
  assert.equal(restMs({ isCrew: false, sinceMs: 60_000, chance: 0.5 }), 2_500);
});
