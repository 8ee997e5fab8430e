/* When a turn is over, and who hears so. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let Watch;
let watch;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Watch } = await import("../../../static/js/space/turns.js"));
});

beforeEach(() => {
  watch = new Watch();
});

const keys = (turns) => turns.map(({ key }) => key);

test("a turn that runs out is told once", () => {
  const seen = [1_000, 1, 0, -250].map((leftMs) => keys(watch.look([{ key: "sami", leftMs }])));

  assert.deepEqual(seen, [[], [], ["sami"], []]);
});

test("a turn that was over when the page came is no news", () => {
  assert.deepEqual(watch.look([{ key: "sami", leftMs: -1 }]), []);
});

test("another turn of the same person runs out again", () => {
  const looks = [
    ["sami 1", 10],
    ["sami 1", 0],
    ["sami 2", 10],
    ["sami 2", -10],
  ];

  const told = looks.flatMap(([key, leftMs]) => keys(watch.look([{ key, leftMs }])));

  assert.deepEqual(told, ["sami 1", "sami 2"]);
});

test("a turn that is taken away does not run out", () => {
  watch.look([{ key: "sami", leftMs: 10 }]);

  assert.deepEqual(watch.look([]), []);
  assert.deepEqual(watch.look([{ key: "sami", leftMs: -10 }]), []);
});

test("each turn has a time of its own", () => {
  watch.look([
    { key: "sami", leftMs: 10 },
    { key: "lena", leftMs: 500 },
  ]);

  const over = watch.look([
    { key: "sami", leftMs: -100 },
    { key: "lena", leftMs: 390 },
  ]);

  assert.deepEqual(keys(over), ["sami"]);
});
