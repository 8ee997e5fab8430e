/* / leads to the field that is shown, and is text where text is written. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let mountSearchKey;
let done;
let dialog;

const field = (rects) => ({
  getClientRects: () => ({ length: rects }),
  focus: () => done.push(`focus ${rects}`),
  select: () => done.push(`select ${rects}`),
});

function press({ key = "/", isInField = false, ...fields } = {}) {
  const event = new Event("keydown", { cancelable: true });
  const target = { closest: () => (isInField ? {} : null) };
  Object.defineProperty(event, "target", { value: target });
  Object.assign(event, { key, repeat: false, ...fields });
  document.dispatchEvent(event);
  return event;
}

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ mountSearchKey } = await import("../../../static/js/lib/search_key.js"));
});

beforeEach(() => {
  done = [];
  dialog = null;
  globalThis.document = Object.assign(new EventTarget(), {
    querySelector: () => dialog,
    querySelectorAll: () => [field(0), field(1)],
  });
  globalThis.localStorage = { getItem: () => null };
  mountSearchKey();
});

test("the field that is shown has the focus, with all that stands in it chosen", () => {
  const event = press();

  assert.deepEqual(done, ["focus 1", "select 1"]);
  assert.ok(event.defaultPrevented);
});

test("it is text in a field, with Ctrl the browser's, and behind a dialog nothing", () => {
  press({ isInField: true });
  press({ ctrlKey: true });
  press({ key: "a" });
  dialog = {};
  press();

  assert.deepEqual(done, []);
});

test("it is off where single keys are", () => {
  globalThis.localStorage = { getItem: () => "off" };

  press();

  assert.deepEqual(done, []);
});
