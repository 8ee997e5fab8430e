/* Times as the reader reads them, wherever the tests run. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { absoluteText, localeOf, relativeText, zoneCookie } from "../../../static/js/lib/times.js";

const NOW = new Date("2026-11-22T18:00:00Z");
const MINUTE_S = 60;
const HOUR_S = 60 * MINUTE_S;
const DAY_S = 24 * HOUR_S;

const inSeconds = (seconds) => relativeText(new Date(NOW.getTime() + seconds * 1000), NOW, "en");

for (const [seconds, text] of [
  [0, "now"],
  [44, "now"],
  [-44, "now"],
  [60, "in 1 minute"],
  [-90, "2 minutes ago"],
  [59 * MINUTE_S, "in 59 minutes"],
  [59.6 * MINUTE_S, "in 1 hour"],
  [-5 * HOUR_S, "5 hours ago"],
  [30 * HOUR_S, "in 1 day"],
  [-3 * DAY_S, "3 days ago"],
  [29 * DAY_S, "in 29 days"],
]) {
  test(`${seconds} s from now is "${text}"`, () => {
    assert.equal(inSeconds(seconds), text);
  });
}

test("what is a month away is told by its date", () => {
  assert.equal(inSeconds(30 * DAY_S), null);
  assert.equal(inSeconds(-30 * DAY_S), null);
});

test("distances are told in the page's language", () => {
  assert.equal(relativeText(new Date("2026-11-25T18:00:00Z"), NOW, "de"), "in 3 Tagen");
});

test("one moment has another day where the reader is", () => {
  const moment = new Date("2026-11-22T23:30:00Z");
  const dayIn = (timeZone) => absoluteText(moment, "day", { locale: "en-GB", timeZone });

  assert.equal(dayIn("Europe/London"), "Sunday 22 November");
  assert.equal(dayIn("Europe/Berlin"), "Monday 23 November");
});

test("a poster's day is a figure and a short name", () => {
  const show = (style) => absoluteText(NOW, style, { locale: "de", timeZone: "Europe/Berlin" });

  assert.deepEqual([show("figure"), show("weekday")], ["22", "So"]);
});

test("summer time is the zone's own", () => {
  const hourOn = (date) =>
    absoluteText(new Date(`${date}T18:00:00Z`), "time", {
      locale: "de",
      timeZone: "Europe/Berlin",
    });

  assert.deepEqual([hourOn("2026-01-15"), hourOn("2026-07-15")], ["19:00", "20:00"]);
});

test("an absolute time has its date and its time", () => {
  const text = absoluteText(NOW, "absolute", { locale: "de", timeZone: "Europe/Berlin" });

  assert.equal(text, "22.11.2026, 19:00");
});

test("the page's language is written as the reader's region does", () => {
  assert.equal(localeOf("en", ["de-AT", "en-GB", "en-US"]), "en-GB");
  assert.equal(localeOf("ar", ["de-AT"]), "ar");
});

test("the cookie is sent over https only where there is https", () => {
  const cookie = zoneCookie("Europe/Berlin", false);

  assert.equal(cookie, "time_zone=Europe/Berlin; Path=/; Max-Age=31536000; SameSite=Lax");
  assert.equal(zoneCookie("Europe/Berlin", true), `${cookie}; Secure`);
});
