/* The sign in the browser's tab. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let link;
let showLive;

before(async () => {
  globalThis.document = { documentElement: { lang: "en" }, querySelector: () => link };
  ({ showLive } = await import("../../../static/js/lib/live_sign.js"));
});

beforeEach(() => {
  const attributes = { href: "/favicon.svg" };
  link = {
    attributes,
    dataset: { liveHref: "/favicon_live.svg" },
    getAttribute: (name) => attributes[name],
    setAttribute: (name, value) => (attributes[name] = value),
  };
});

test("it is lit while something is live, and put out again", () => {
  showLive(true);
  showLive(true);
  assert.equal(link.attributes.href, "/favicon_live.svg");

  showLive(false);

  assert.equal(link.attributes.href, "/favicon.svg");
});
