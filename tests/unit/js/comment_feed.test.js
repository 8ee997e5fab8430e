/* Whatever is lost on the way, and in whatever order answers come, a page has every comment once. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { CommentFeed } from "../../../static/js/space/comment_feed.js";
import { CommentWindow } from "../../../static/js/space/comment_window.js";

let asked;
let feed;
let known;

const some = (from, to, more = {}) =>
  Array.from({ length: to - from + 1 }, (_, index) => ({
    n: from + index,
    rev: from + index,
    handle: "lena",
    ...more,
  }));
const batch = (from, to) => ({ from, to, items: some(from + 1, to) });
const settled = () => new Promise((resolve) => setImmediate(resolve));

function open(start) {
  asked = [];
  known = new CommentWindow({ known: 100 });
  feed = new CommentFeed({
    known,
    start,
    ask: (query) => new Promise((answer) => asked.push({ query, answer })),
    onNews() {},
    isOver: () => false,
    rest: async () => {},
  });
}

/** What the page asked for next is answered; its query is given. */
async function reply(answer) {
  await settled();
  const { query, answer: resolve } = asked.shift();
  resolve(answer);
  await settled();
  return query;
}

function assertGapless(from, to) {
  assert.deepEqual(
    [...known.items.keys()].sort((one, other) => one - other),
    some(from, to).map(({ n }) => n),
  );
  assert.equal(known.lowest, from);
}

beforeEach(() => open({ from: 1000, items: some(951, 1000) }));

test("a batch that was lost is asked for", async () => {
  feed.hear(batch(1002, 1004));

  assert.deepEqual(await reply(batch(1000, 1004)), { since: 1000 });

  assertGapless(951, 1004);
  assert.deepEqual(asked, []);
});

test("a server that knows no more than the page is asked for nothing", async () => {
  feed.want(1000);
  await settled();

  assert.deepEqual(asked, []);
});

test("no answer is asked for again", async () => {
  feed.want(1001);
  await reply(null);
  await reply(batch(1000, 1001));

  assertGapless(951, 1001);
});

test("older pages are asked for until the first comment is there", async () => {
  open({ from: 60, items: some(51, 60) });
  const first = feed.loadOlder();
  assert.deepEqual(await reply({ items: some(1, 50) }), { before: 51 });
  assert.equal(await first, true);

  assert.equal(await feed.loadOlder(), false);
  assert.deepEqual(asked, []);
});

test("a page that is on its way is not asked for twice", async () => {
  feed.loadOlder();

  assert.equal(await feed.loadOlder(), false);
  assert.equal(asked.length, 1);
});

test("a change that is heard while its page is on its way is not lost", async () => {
  feed.loadOlder();
  feed.hear({ from: 1000, to: 1001, items: [{ n: 907, rev: 1001, handle: "", deleted: true }] });
  await reply({ items: some(901, 950) });

  assert.equal(known.items.get(907).deleted, true);
  assertGapless(901, 1000);
});

test("a page that was asked for before all was replaced is left out", async () => {
  const older = feed.loadOlder();
  const [page] = asked.splice(0);
  feed.want(2000);
  await reply({ from: 2000, to: 2000, items: some(1951, 2000) });
  page.answer({ items: some(901, 950) });

  assert.equal(await older, false);
  assertGapless(1951, 2000);
});

test("the newest that were asked for before all was replaced are the newest no more", async () => {
  const newest = feed.loadNewest();
  const [page] = asked.splice(0);
  feed.want(2000);
  await reply({ from: 2000, to: 2000, items: some(1951, 2000) });
  page.answer({ items: some(951, 1000) });

  assert.equal(await newest, false);
  assertGapless(1951, 2000);
});

test("a page that was asked for before more was forgotten is left out", async () => {
  const older = feed.loadOlder();
  for (let n = 1000; n < 1150; n += 1) feed.hear(batch(n, n + 1));
  known.size = 50;
  feed.hear(batch(1150, 1151));
  await reply({ items: some(901, 950) });

  assert.equal(await older, false);
  assertGapless(known.lowest, 1151);
});

test("what is heard while the newest are on their way is not lost", async () => {
  const newest = feed.loadNewest();
  feed.hear(batch(1000, 1003));
  await reply({ items: some(951, 1000) });

  assert.equal(await newest, true);
  assertGapless(951, 1003);
  assert.equal(feed.revision, 1003);
});

test("a batch that is lost while the newest are on their way is asked for", async () => {
  feed.loadNewest();
  feed.hear(batch(1002, 1004));
  await reply({ items: some(951, 1000) });
  await reply(batch(1000, 1004));

  assertGapless(951, 1004);
});
