/* When a turn is over, and who hears so. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let Watch;
let mountTurns;
let serverNow;
let watch;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Watch, mountTurns } = await import("../../../static/js/space/turns.js"));
  ({ serverNow } = await import("../../../static/js/lib/server_clock.js"));
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

for (const [what, data, aheadMs] of [
  ["the server's time", { now: Date.now() + 1_200_000 }, 1_200_000],
  ["no time, as older servers do", {}, 0],
]) {
  test(`a welcome may hold ${what}`, () => {
    const before = serverNow();
    const heard = {};
    mountTurns({ on: (handlers) => Object.assign(heard, handlers) });

    heard.welcome(data);

    assert.ok(Math.abs(serverNow() - before - aheadMs) < 5_000);
  });
}
