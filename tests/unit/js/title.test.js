/* The title tells what is live, and who waits. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let titleOf;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ titleOf } = await import("../../../static/js/space/title.js"));
});

const SENTENCES = { title_live: "● Live: ", title_ended: "Ended: " };
const say = (key, { title }) => SENTENCES[key] + title;
const title = (facts) =>
  titleOf({ title: "Night trains", site: "Rostrum", isOver: false, waiting: 0, say, ...facts });

test("a live Space says so", () => {
  assert.equal(title({}), "● Live: Night trains · Rostrum");
});

test("people who ask to speak come first", () => {
  assert.equal(title({ waiting: 2 }), "(2) ● Live: Night trains · Rostrum");
});

test("nobody waits in a Space that is over", () => {
  assert.equal(title({ isOver: true, waiting: 2 }), "Ended: Night trains · Rostrum");
});
