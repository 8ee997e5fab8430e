/* Where short news is shown: above a dialog as well. */

import assert from "node:assert/strict";
import { before, beforeEach, mock, test } from "node:test";

let body;
let dialogs;
let toast;
let toasts;

function container() {
  const children = [];
  const self = Object.assign(new EventTarget(), {
    children,
    append(child) {
      child.parentElement = self;
      children.push(child);
    },
  });
  return self;
}

const part = { remove() {} };
const element = () => ({ dataset: {}, querySelector: () => part });
const template = { content: { firstElementChild: { cloneNode: element } } };

function openDialog() {
  const dialog = Object.assign(container(), { closest: () => dialog });
  dialogs.push(dialog);
  document.activeElement = dialog;
  return dialog;
}

function closeTopmost() {
  const dialog = dialogs.pop();
  document.activeElement = dialogs.at(-1) ?? body;
  dialog.dispatchEvent(new Event("close"));
}

before(async () => {
  globalThis.window = {};
  globalThis.document = {
    documentElement: { lang: "en" },
    querySelector: (selector) =>
      ({ "#toasts": toasts, "#toast-template": template, "dialog:modal": dialogs[0] })[selector],
    querySelectorAll: () => toasts.children,
  };
  ({ toast } = await import("../../../static/js/lib/toasts.js"));
});

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  dialogs = [];
  body = Object.assign(container(), { closest: () => null });
  toasts = container();
  body.append(toasts);
  Object.assign(document, { body, activeElement: body });
});

test("news is shown on the page", () => {
  toast("Saved.");

  assert.equal(toasts.parentElement, body);
  assert.equal(toasts.children.length, 1);
});

test("news is shown in the dialog that is open, and on the page once that is closed", () => {
  const dialog = openDialog();
  toast("Copied.");
  mock.timers.tick(100);
  assert.equal(toasts.parentElement, dialog);
  assert.equal(toasts.children.length, 1);

  closeTopmost();

  assert.equal(toasts.parentElement, body);
});

test("of two dialogs it is the one above", () => {
  const below = openDialog();
  const above = openDialog();
  toast("Copied.");
  assert.equal(toasts.parentElement, above);

  closeTopmost();
  assert.equal(toasts.parentElement, below);
  closeTopmost();

  assert.equal(toasts.parentElement, body);
});

test("a dialog whose focus was lost is found", () => {
  const dialog = openDialog();
  document.activeElement = body;
  toast("Copied.");

  assert.equal(toasts.parentElement, dialog);
});

test("news comes when its place is there, so that it is read out", () => {
  openDialog();
  toast("Copied.");
  assert.equal(toasts.children.length, 0);

  mock.timers.tick(100);
  toast("Copied again.");

  assert.equal(toasts.children.length, 2);
});
