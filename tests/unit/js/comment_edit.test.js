/* The form in which a comment is changed: it goes when that is done, and stays when it is not. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let answer;
let closeForm;
let form;
let isDrawnOver;
let node;
let openForm;
let parts;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" } };
  ({ closeForm, openForm } = await import("../../../static/js/space/comment_edit.js"));
});

beforeEach(() => {
  parts = { "[data-body]": {}, "[data-field]": { value: "As it was" }, "[data-wrong]": {} };
  const querySelector = (selector) => parts[selector];
  form = Object.assign(new EventTarget(), {
    querySelector,
    closest: () => form.around,
    remove: () => (form.around = null),
  });
  node = { querySelector, append: (child) => (child.around = node) };
  isDrawnOver = null;
  openForm(node, form, {
    save: async () => answer,
    onSaved: () => (isDrawnOver = form.around !== null),
    failed: "That did not work.",
  });
});

async function save() {
  form.dispatchEvent(new Event("submit", { cancelable: true }));
  await new Promise((resolve) => setImmediate(resolve));
}

test("the form takes the place of the words", () => {
  assert.equal(form.around, node);
  assert.equal(parts["[data-body]"].hidden, true);
});

test("a saved comment is shown again before it is drawn, changed or not", async () => {
  answer = { refusal: null, data: { n: 7 } };
  await save();

  assert.equal(isDrawnOver, false);
  assert.equal(form.around, null);
  assert.equal(parts["[data-body]"].hidden, false);
});

test("a refused change stays in its form, with the reason", async () => {
  answer = { refusal: { message: null }, data: null };
  await save();

  assert.equal(form.around, node);
  assert.equal(parts["[data-wrong]"].textContent, "That did not work.");
  assert.equal(parts["[data-wrong]"].hidden, false);
});

test("a form that was closed while it was being saved is no error", async () => {
  answer = { refusal: null, data: { n: 7 } };
  closeForm(form);
  await save();

  assert.equal(isDrawnOver, false);
});
