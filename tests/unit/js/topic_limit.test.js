/* No more topics than a Space takes: the others wait. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let mountTopicLimit;

before(async () => {
  /* Imported for its selectors. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ mountTopicLimit } = await import("../../../static/js/space/topic_limit.js"));
});

function topic(checked) {
  return Object.assign(new EventTarget(), { checked, disabled: false });
}

function page(topics, maxTopics = "2") {
  return { dataset: { maxTopics }, querySelectorAll: () => topics };
}

function press(one) {
  one.checked = !one.checked;
  one.dispatchEvent(new Event("change"));
}

test("the third topic waits while two are taken", () => {
  const topics = [topic(false), topic(true), topic(false)];
  mountTopicLimit(page(topics));
  assert.deepEqual(topics.map((one) => one.disabled), [false, false, false]);

  press(topics[0]);

  assert.deepEqual(topics.map((one) => one.disabled), [false, false, true]);
});

test("a page that comes with as many as are taken holds from the start", () => {
  const topics = [topic(true), topic(true), topic(false)];

  mountTopicLimit(page(topics));

  assert.deepEqual(topics.map((one) => one.disabled), [false, false, true]);
});

test("one given back lets the others in again", () => {
  const topics = [topic(true), topic(true), topic(false)];
  mountTopicLimit(page(topics));

  press(topics[1]);

  assert.deepEqual(topics.map((one) => one.disabled), [false, false, false]);
});
