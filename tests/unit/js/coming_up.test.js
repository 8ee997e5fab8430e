/* When a page takes anew what comes up: once for much news, at its own moment, when it is seen. */

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

globalThis.document = { documentElement: { lang: "en" }, hidden: false, getElementById: () => null };
globalThis.DOMParser = class {
  parseFromString() {
    return { body: { children: [] } };
  }
};
const { mountComingUp } = await import("../../../static/js/space/coming_up.js");

const root = { querySelector: () => ({ dataset: { address: "/upcoming/next/" } }) };
const settled = () => new Promise((resolve) => setImmediate(resolve));
let asked;
let answer;

mock.timers.enable({ apis: ["setTimeout"] });

beforeEach(() => {
  asked = 0;
  answer = { ok: true, text: async () => "" };
  document.hidden = false;
  globalThis.fetch = async () => {
    asked += 1;
    if (answer instanceof Error) throw answer;
    return answer;
  };
});

const mount = (more) => mountComingUp(root, { random: () => 0.5, ...more });

test("much news is one question, at a moment of the page's own", async () => {
  let taken = 0;
  const comingUp = mount({ onTaken: () => (taken += 1) });
  comingUp.changed(10);
  comingUp.changed(10);
  mock.timers.tick(4_900);
  assert.equal(asked, 0);
  mock.timers.tick(200);
  await settled();
  assert.deepEqual([asked, taken], [1, 1]);
});

test("a page that is not seen asks when it is", async () => {
  const comingUp = mount();
  document.hidden = true;
  comingUp.changed(1);
  mock.timers.tick(1_000);
  await settled();
  assert.equal(asked, 0);
  document.hidden = false;
  comingUp.look();
  await settled();
  comingUp.look();
  assert.equal(asked, 1);
});

for (const [what, failure] of [
  ["no network", new Error("offline")],
  ["an error", { ok: false }],
]) {
  test(`with ${what} it asks again when it is looked at`, async () => {
    const comingUp = mount();
    answer = failure;
    comingUp.changed(1);
    mock.timers.tick(1_000);
    await settled();
    answer = { ok: true, text: async () => "" };
    comingUp.look();
    await settled();
    assert.equal(asked, 2);
  });
}
