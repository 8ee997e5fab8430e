/* What a change that was posted comes back with, whatever happens on the way. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let answer;
let submit;

before(async () => {
  globalThis.document = {
    documentElement: { lang: "en" },
    querySelector: () => ({ content: "token" }),
    body: new EventTarget(),
  };
  globalThis.window = { location: { href: "https://rostrum.example/" } };
  globalThis.fetch = async () => answer();
  ({ submit } = await import("../../../static/js/lib/dom.js"));
});

beforeEach(() => {
  answer = () => Response.json({ n: 7 });
});

test("data that the server gives is passed on", async () => {
  assert.deepEqual(await submit("/post/"), { refusal: null, data: { n: 7 } });
});

test("an answer without a body is a success", async () => {
  answer = () => new Response(null, { status: 204 });

  assert.deepEqual(await submit("/post/"), { refusal: null, data: null });
});

test("no way to the server is a refusal", async () => {
  answer = () => {
    throw new TypeError("Failed to fetch");
  };

  const { refusal } = await submit("/post/");

  assert.equal(refusal.code, "offline");
});

test("an answer that is cut off on its way is a refusal, not an error", async () => {
  answer = () => new Response(new ReadableStream({ start: (body) => body.error(new TypeError()) }));

  const { refusal, data } = await submit("/post/");

  assert.equal(refusal.code, "offline");
  assert.equal(data, null);
});

test("a refusal says when to ask again", async () => {
  answer = () =>
    Response.json(
      { code: "too_soon", message: "Wait a little." },
      { status: 429, headers: { "Retry-After": "3" } },
    );

  const { refusal } = await submit("/post/");

  assert.deepEqual(refusal, {
    code: "too_soon",
    message: "Wait a little.",
    status: 429,
    retryAfterS: 3,
  });
});
