/* What of everybody's reactions floats on a page, and how they are counted. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let Allowance;
let Own;
let Tally;
let pick;

before(async () => {
  /* Imported for its selectors, which these do not use. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Allowance, Own, Tally, pick } = await import("../../../static/js/space/reactions.js"));
});

const taken = (allowance, now) =>
  Array.from({ length: 20 }, () => allowance.take(now)).filter(Boolean).length;

test("five may be sent at once, then two a second", () => {
  const allowance = new Allowance(0);

  assert.equal(taken(allowance, 0), 5);
  assert.equal(taken(allowance, 1_000), 2);
  assert.equal(taken(allowance, 3_600_000), 5);
});

test("own reactions float once, at the press", () => {
  const own = new Own();
  own.add("wave", 3, 0);
  own.add("wave", 3, 0);

  assert.deepEqual(own.without({ wave: { 3: 3, 4: 1 } }, 300), { wave: { 3: 1, 4: 1 } });
  assert.deepEqual(own.without({ wave: { 3: 1 } }, 600), { wave: { 3: 1 } });
});

test("own reactions may come back in two frames", () => {
  const own = new Own();
  own.add("heart", 0, 0);
  own.add("heart", 0, 0);

  assert.deepEqual(own.without({ heart: { 0: 1 } }, 300), { heart: { 0: 0 } });
  assert.deepEqual(own.without({ heart: { 0: 4 } }, 600), { heart: { 0: 3 } });
});

test("own reactions that were lost hide nobody else's", () => {
  const own = new Own();
  own.add("heart", 0, 0);

  own.without({}, 10_000);

  assert.deepEqual(own.without({ heart: { 0: 1 } }, 10_001), { heart: { 0: 1 } });
});

test("a rare reaction floats beside a flood of another", () => {
  const picked = pick({ applause: { 0: 400, 2: 3 }, heart: { 0: 1 } }, 4);

  assert.deepEqual(picked, [
    { reaction: "applause", tone: "0" },
    { reaction: "applause", tone: "2" },
    { reaction: "heart", tone: "0" },
    { reaction: "applause", tone: "0" },
  ]);
});

test("no more float than there are, or than there is room for", () => {
  assert.equal(pick({ heart: { 0: 2 } }, 12).length, 2);
  assert.equal(pick({ heart: { 0: 2 }, wave: { 1: 9 } }, 1).length, 1);
  assert.deepEqual(pick({ heart: { 0: 2 } }, 0), []);
  assert.deepEqual(pick({ heart: { 0: 0 } }, 12), []);
});

test("a count goes up by the own press, and never down", () => {
  const tally = new Tally({ heart: 4 });

  tally.add("heart");
  tally.add("wave");
  tally.learn({ heart: 3, wave: 7 });

  assert.deepEqual(tally.totals, { heart: 5, wave: 7 });
  assert.equal(tally.sum, 12);
});
