/* What a change that was posted comes back with, whatever happens on the way; rows that are kept. */

import assert from "node:assert/strict";
import { before, beforeEach, test } from "node:test";

let answer;
let keepRows;
let submit;

before(async () => {
  globalThis.document = {
    documentElement: { lang: "en" },
    querySelector: () => ({ content: "token" }),
    body: new EventTarget(),
  };
  globalThis.window = { location: { href: "https://rostrum.example/" } };
  globalThis.fetch = async (url, options) => answer(options);
  ({ keepRows, submit } = await import("../../../static/js/lib/dom.js"));
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

test("a request that hangs is given up, as if there was no way", async () => {
  answer = ({ signal }) =>
    new Promise((_, reject) => {
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const patience = new AbortController();
  const answered = submit("/post/", {}, { signal: patience.signal });

  patience.abort();

  assert.equal((await answered).refusal.code, "offline");
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

test("rows that stay are the same, new ones come last, and those that went are gone", () => {
  const list = { children: [], append: (row) => list.children.push(row) };
  const draw = (...items) =>
    keepRows(list, items, {
      build: () => ({
        dataset: {},
        remove() {
          list.children = list.children.filter((row) => row !== this);
        },
      }),
      write: (row, { text }) => Object.assign(row, { text }),
    });
  draw({ id: "a", text: "first" }, { id: "b", text: "second" });
  const [, second] = list.children;

  draw({ id: "b", text: "second, refused" }, { id: "c", text: "third" });

  assert.equal(list.children[0], second);
  assert.deepEqual(
    list.children.map(({ dataset, text }) => [dataset.id, text]),
    [
      ["b", "second, refused"],
      ["c", "third"],
    ],
  );
});
