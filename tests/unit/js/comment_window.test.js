/* Which comments a page knows, and which of them it draws. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { CommentWindow } from "../../../static/js/space/comment_window.js";

let known;

const some = (from, to, more = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    n: from + index,
    rev: from + index,
    handle: "lena",
    ...more,
  }));
const range = () => {
  const numbers = known.shown.map(({ n }) => n);
  return [numbers[0], numbers.at(-1), numbers.length];
};

beforeEach(() => {
  known = new CommentWindow({ isHidden: ({ handle }) => handle === "bert" });
});

test("who is at the end sees the newest, and never more than fit", () => {
  known.take(some(1, 400));
  known.take(some(401, 402));

  assert.deepEqual(range(), [253, 402, 150]);
});

test("what comes out of order stands in order", () => {
  known.take([...some(3, 3), ...some(1, 2)]);

  assert.deepEqual(range(), [1, 3, 3]);
});

test("a later revision takes the place of an earlier one, and never the other way", () => {
  known.take(some(1, 1, { rev: 1, body: "first" }));
  known.take([{ n: 1, rev: 3, body: "third", handle: "lena" }]);
  known.take([{ n: 1, rev: 2, body: "second", handle: "lena" }]);

  assert.deepEqual(
    known.shown.map(({ body }) => body),
    ["third"],
  );
});

test("muted people are left out, and nobody waits for them", () => {
  known.take([...some(1, 1), ...some(2, 2, { handle: "bert" }), ...some(3, 3)]);

  assert.deepEqual(
    known.shown.map(({ n }) => n),
    [1, 3],
  );
});

test("a deleted comment names nobody, and brought back it is left out with its author", () => {
  known.take([{ n: 1, rev: 1, handle: "", deleted: true }]);
  assert.equal(known.shown.length, 1);

  known.take([{ n: 1, rev: 2, handle: "bert" }]);

  assert.deepEqual(known.shown, []);
});

test("scrolling up and down goes through all of them once", () => {
  const seen = new Set();
  const look = () => known.shown.forEach(({ n }) => seen.add(n));
  known.take(some(1, 1000));
  known.isFollowing = false;
  look();
  while (!known.isAtStart) {
    known.older();
    look();
    assert.ok(known.shown.length <= 150);
  }
  assert.equal(seen.size, 1000);
  while (!known.isAtEnd) known.newer();

  assert.deepEqual(range(), [851, 1000, 150]);
});

test("an older page does not move what is read", () => {
  known.take(some(51, 200));
  known.isFollowing = false;
  known.takeOlder(some(1, 50));

  assert.deepEqual(range(), [51, 200, 150]);
  assert.equal(known.lowest, 1);
  known.older();
  assert.deepEqual(range(), [1, 150, 150]);
});

test("new ones are counted while the reader is above, and followed again at the end", () => {
  known.take(some(1, 150));
  known.see();
  known.isFollowing = false;
  known.take(some(151, 162));
  assert.equal(known.waiting, 12);
  assert.deepEqual(range(), [1, 150, 150]);

  known.toEnd();
  known.see();

  assert.equal(known.waiting, 0);
  assert.deepEqual(range(), [13, 162, 150]);
});

test("what is in the document and was not seen is new as well", () => {
  known.take(some(1, 10));
  known.see();
  known.isFollowing = false;

  known.take(some(11, 12));

  assert.deepEqual(range(), [1, 12, 12]);
  assert.equal(known.waiting, 2);
});

test("an evening of comments is forgotten from the top", () => {
  known = new CommentWindow({ known: 300 });
  for (let n = 1; n <= 1000; n += 1) known.take(some(n, n));

  assert.deepEqual(range(), [851, 1000, 150]);
  assert.ok(known.items.size <= 301);
  assert.equal(known.lowest, Math.min(...known.items.keys()));
});

test("who is far above keeps their place, and the new are counted only", () => {
  known = new CommentWindow({ known: 300 });
  known.take(some(1, 200));
  known.see();
  known.isFollowing = false;
  for (let n = 201; n <= 600; n += 1) known.take(some(n, n));

  assert.deepEqual(range(), [51, 200, 150]);
  assert.equal(known.waiting, 400);
  assert.ok(known.items.size <= 301);
  assert.equal(known.isAtEnd, false);
});

test("an edit of what is only counted counts once", () => {
  known = new CommentWindow({ known: 3 });
  known.take(some(1, 3));
  known.see();
  known.isFollowing = false;
  known.take(some(4, 4));
  known.take(some(5, 5));
  known.take(some(5, 5, { rev: 9 }));

  assert.equal(known.waiting, 2);
});

test("a change of what is far above does not hide what is between", () => {
  known.takeOlder(some(951, 1000));
  known.take([{ n: 5, rev: 1001, handle: "", deleted: true }]);

  assert.equal(known.lowest, 951);
  assert.deepEqual(range(), [951, 1000, 50]);
});

test("an edit of what was forgotten brings back nothing alone", () => {
  known = new CommentWindow({ known: 300 });
  for (let n = 1; n <= 1000; n += 1) known.take(some(n, n));
  const { lowest } = known;
  known.take(some(7, 7, { rev: 1001 }));

  assert.equal(known.lowest, lowest);
  assert.equal(known.items.has(7), false);
});

test("a page that was opened before the first comment misses none", () => {
  known.takeOlder([]);
  known.take(some(2, 2));
  known.take(some(1, 1));

  assert.deepEqual(range(), [1, 2, 2]);
  assert.equal(known.isAtBeginning, true);
});

test("who was there from the first comment finds what was forgotten", () => {
  known = new CommentWindow({ known: 300 });
  known.takeOlder(some(1, 10));
  assert.equal(known.isAtBeginning, true);

  for (let n = 11; n <= 1000; n += 1) known.take(some(n, n));

  assert.equal(known.isAtBeginning, false);
  known.takeOlder(some(known.lowest - 50, known.lowest - 1));
  assert.equal(known.lowest, known.numbers[0]);
});

test("the beginning is where the first comment is known, or the server has none before", () => {
  known.takeOlder(some(51, 100));
  assert.equal(known.isAtBeginning, false);
  known.takeOlder(some(1, 50));
  assert.equal(known.isAtBeginning, true);

  known.reset();
  known.takeOlder(some(3, 9));
  known.takeOlder([]);

  assert.equal(known.isAtBeginning, true);
});

test("a page that comes with news of it is as new as they are", () => {
  known.takeOlder(some(51, 100));
  known.takeOlder(some(1, 50), [{ n: 7, rev: 101, handle: "", deleted: true }]);

  assert.equal(known.items.get(7).deleted, true);
  assert.equal(known.lowest, 1);
});

test("an evening of nobody but muted people is forgotten as well", () => {
  known = new CommentWindow({ known: 3, isHidden: () => true });
  known.take(some(1, 9));

  assert.equal(known.lowest, 9);
  assert.equal(known.items.size, 1);
});
