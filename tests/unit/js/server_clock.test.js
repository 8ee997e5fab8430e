import assert from "node:assert/strict";
import { test } from "node:test";

import {
  correctServerClock,
  serverNow,
  setServerClock,
  timeLeft,
} from "../../../static/js/lib/server_clock.js";

const HOUR_MS = 3_600_000;

test("a clock that is an hour slow is not believed", () => {
  const drawnAt = new Date(Date.now() + HOUR_MS);

  setServerClock(drawnAt.toISOString());

  assert.ok(Math.abs(serverNow() - drawnAt) < 30_000);
});

test("a page that the browser kept is put right by what the server says now", () => {
  const now = Date.now();
  setServerClock(new Date(now - HOUR_MS).toISOString());

  correctServerClock(now);

  assert.ok(Math.abs(serverNow() - now) < 1_000);
});

test("what is left is in minutes and seconds, with hours when there are some", () => {
  assert.equal(timeLeft(272_000, "en"), "4:32");
  assert.equal(timeLeft(9_000, "en"), "0:09");
  assert.equal(timeLeft(HOUR_MS + 4 * 60_000, "en"), "1:04:00");
});

test("a second that has begun counts", () => {
  assert.equal(timeLeft(1, "en"), "0:01");
  assert.equal(timeLeft(59_001, "en"), "1:00");
});

test("what is over stays at nothing", () => {
  assert.equal(timeLeft(-5_000, "en"), "0:00");
});

test("figures are the language's", () => {
  assert.equal(timeLeft(62_000, "ar-EG"), "١:٠٢");
});
