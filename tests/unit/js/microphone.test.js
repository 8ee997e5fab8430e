/* The microphone check's pure parts: which trouble it is, and how loud. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let meterLevel;
let troubleOf;

before(async () => {
  /* Imported for morphing, which no pure function does. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ meterLevel, troubleOf } = await import("../../../static/js/space/microphone.js"));
});

const GUIDANCE = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

for (const [name, kind] of Object.entries(GUIDANCE)) {
  test(`${name} is ${kind}`, () => assert.equal(troubleOf({ name }), kind));
}

test("an error without a name is busy", () => {
  assert.equal(troubleOf(undefined), "busy");
});

/** Level of a tone of this amplitude. */
function levelOf(amplitude) {
  const samples = Float32Array.from({ length: 1024 }, (_, n) => amplitude * Math.sin(n / 3));
  return meterLevel(samples);
}

test("silence is nothing", () => {
  assert.equal(meterLevel(new Float32Array(1024)), 0);
  assert.equal(levelOf(0.001), 0);
});

test("full scale is the whole meter", () => {
  assert.equal(levelOf(1), 1);
  assert.equal(meterLevel(new Float32Array(1024).fill(1)), 1);
});

test("louder is never less", () => {
  const levels = [0, 0.001, 0.01, 0.05, 0.1, 0.3, 1].map(levelOf);

  assert.deepEqual(levels, [...levels].sort((a, b) => a - b));
});

test("speech at −26 dBFS lights half of it", () => {
  const level = levelOf(0.05 * Math.SQRT2);

  assert.ok(Math.abs(level - 24 / 44) < 0.02, `${level}`);
});
