/* Holding the space bar: opens once, lets go in any case, and leaves the keys of others alone. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { mountPushToTalk } from "../../../static/js/space/push_to_talk.js";

let heard;
let mayStart;

/** What a key is pressed on: something that takes the space bar itself, or not. */
function target(takesSpace = false) {
  const button = {};
  return { closest: () => (takesSpace ? button : null) };
}

function key(type, { on = target(), ...fields } = {}) {
  const event = new Event(type, { cancelable: true });
  Object.defineProperty(event, "target", { value: on });
  Object.assign(event, { key: " ", repeat: false, ...fields });
  document.dispatchEvent(event);
  return event;
}

beforeEach(() => {
  globalThis.document = new EventTarget();
  globalThis.window = new EventTarget();
  heard = [];
  mayStart = true;
  mountPushToTalk({ mayStart: () => mayStart, onHold: (isHeld) => heard.push(isHeld) });
});

test("holding opens, letting go mutes", () => {
  key("keydown");
  assert.deepEqual(heard, [true]);

  key("keyup");

  assert.deepEqual(heard, [true, false]);
});

test("a key that repeats opens once, and scrolls nothing", () => {
  key("keydown");

  const repeated = key("keydown", { repeat: true });

  assert.deepEqual(heard, [true]);
  assert.ok(repeated.defaultPrevented);
});

test("a held key does not press the button that comes under it", () => {
  key("keydown");

  const repeated = key("keydown", { repeat: true, on: target(true) });
  const released = key("keyup", { on: target(true) });

  assert.ok(repeated.defaultPrevented);
  assert.ok(released.defaultPrevented);
  assert.deepEqual(heard, [true, false]);
});

test("a key held since before the microphone may open does not open it", () => {
  mayStart = false;
  key("keydown");
  mayStart = true;

  key("keydown", { repeat: true });

  assert.deepEqual(heard, []);
});

test("a page that loses the keyboard lets go", () => {
  for (const lose of [
    () => window.dispatchEvent(new Event("blur")),
    () => window.dispatchEvent(new Event("pagehide")),
    () => document.dispatchEvent(new Event("visibilitychange")),
  ]) {
    heard.length = 0;
    key("keydown");

    lose();
    key("keyup");

    assert.deepEqual(heard, [true, false]);
  }
});

test("in a field, or on a button, the space bar is theirs", () => {
  const event = key("keydown", { on: target(true) });

  assert.deepEqual(heard, []);
  assert.equal(event.defaultPrevented, false);
});

test("on a button that was clicked, the space bar speaks; reached by Tab, it presses", () => {
  const button = target(true);
  const click = new Event("pointerdown");
  Object.defineProperty(click, "target", { value: button });
  document.dispatchEvent(click);

  key("keydown", { on: button });
  key("keyup", { on: button });
  key("keydown", { key: "Tab", on: button });
  const pressed = key("keydown", { on: button });

  assert.deepEqual(heard, [true, false]);
  assert.equal(pressed.defaultPrevented, false);
});

test("with another key it means something else", () => {
  for (const other of ["ctrlKey", "altKey", "metaKey", "shiftKey"])
    key("keydown", { [other]: true });

  assert.deepEqual(heard, []);
});

test("who may not open hears nothing of it, and the page scrolls as ever", () => {
  mayStart = false;

  const event = key("keydown");

  assert.deepEqual(heard, []);
  assert.equal(event.defaultPrevented, false);
});

test("letting go of what was never held does nothing", () => {
  const event = key("keyup");

  assert.deepEqual(heard, []);
  assert.equal(event.defaultPrevented, false);
});
