/* What is written is sent once, in order, and kept until the server has it. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { newId, Outbox } from "../../../static/js/space/comment_outbox.js";

let answers;
let outbox;
let posted;
let sent;
let stuck;
let store;
let timers;

const OFFLINE = { code: "offline", message: null, status: 0, retryAfterS: null };
const settled = () => new Promise((resolve) => setImmediate(resolve));
const bodies = () => outbox.entries.map(({ body }) => body);

const keeping = () => ({
  getItem: (key) => store.get(key) ?? null,
  setItem: (key, text) => store.set(key, text),
});

function open(storage = keeping) {
  return new Outbox({
    storage,
    key: "comments",
    send(entry) {
      sent.push(entry.body);
      return new Promise((resolve) => answers.push(resolve));
    },
    onPosted: (data) => posted.push(data),
    onChange() {},
    onStuck: ({ state, message }) => stuck.push([state, message]),
    later(act, delay) {
      timers.push({ act, delay });
      return timers.length;
    },
    random: () => 1,
  });
}

async function answer(refusal = null, data = { n: 1 }) {
  await settled();
  answers.shift()({ refusal, data: refusal ? null : data });
  await settled();
}

beforeEach(() => {
  [answers, posted, sent, stuck, timers, store] = [[], [], [], [], [], new Map()];
  outbox = open();
});

test("one after another, in the order they were written", async () => {
  outbox.add("first");
  outbox.add("second");
  assert.deepEqual(sent, ["first"]);

  await answer(null, { n: 7 });

  assert.deepEqual(sent, ["first", "second"]);
  assert.deepEqual(posted, [{ n: 7 }]);
  assert.deepEqual(bodies(), ["second"]);
});

for (const [what, refusal] of [
  ["no network", OFFLINE],
  ["a full server", { code: "http_503", message: null, status: 503, retryAfterS: null }],
]) {
  test(`${what} is waited out, and nothing overtakes`, async () => {
    outbox.add("first");
    outbox.add("second");
    await answer(refusal);
    assert.deepEqual(bodies(), ["first", "second"]);
    assert.deepEqual(sent, ["first"]);

    timers.shift().act();
    await answer();
    await answer();

    assert.deepEqual(sent, ["first", "first", "second"]);
    assert.deepEqual(bodies(), []);
  });
}

test("each attempt waits longer, up to a limit", async () => {
  outbox.add("first");
  const delays = [];
  for (let attempt = 0; attempt < 6; attempt += 1) {
    await answer(OFFLINE);
    const { act, delay } = timers.shift();
    delays.push(delay);
    act();
  }

  assert.deepEqual(delays, [1000, 2000, 4000, 8000, 15000, 15000]);
});

test("what comes too soon is sent when it is time", async () => {
  outbox.add("first");
  await answer({ code: "too_soon", message: "Wait 12 seconds.", status: 429, retryAfterS: 12 });

  assert.equal(outbox.entries[0].message, "Wait 12 seconds.");
  assert.equal(timers[0].delay, 12_000);
});

test("a network that is back ends the wait", async () => {
  outbox.add("first");
  await answer(OFFLINE);

  outbox.wake();
  await settled();

  assert.deepEqual(sent, ["first", "first"]);
});

test("being woken while one is on its way sends nothing twice", async () => {
  outbox.add("first");
  outbox.wake();
  outbox.wake();
  await settled();

  assert.deepEqual(sent, ["first"]);
});

test("a refused one stays with its sentence, and the next goes on", async () => {
  outbox.add("first");
  outbox.add("second");
  await answer({ code: "held_back", message: "Other words.", status: 409, retryAfterS: null });

  assert.deepEqual(sent, ["first", "second"]);
  const [refused] = outbox.entries;
  assert.deepEqual([refused.state, refused.message], ["refused", "Other words."]);
  assert.equal(outbox.take(refused.id), "first");
  assert.deepEqual(bodies(), ["second"]);
});

test("a refused one is told of", async () => {
  outbox.add("first");
  await answer({ code: "held_back", message: "Other words.", status: 409, retryAfterS: null });

  assert.deepEqual(stuck, [["refused", "Other words."]]);
});

test("a wait is told of when it begins, and not at each attempt", async () => {
  outbox.add("first");
  for (let attempt = 0; attempt < 3; attempt += 1) {
    await answer(OFFLINE);
    timers.shift().act();
  }
  assert.deepEqual(stuck, [["sending", ""]]);

  await answer();
  outbox.add("second");
  await answer({ code: "too_soon", message: "Wait 12 seconds.", status: 429, retryAfterS: 12 });

  assert.deepEqual(stuck.at(-1), ["sending", "Wait 12 seconds."]);
});

test("a page that is loaded again sends what was under way, with the same id", async () => {
  outbox.add("first");
  const [{ id }] = outbox.entries;

  outbox = open();
  outbox.wake();
  await settled();

  assert.deepEqual(sent, ["first", "first"]);
  assert.equal(outbox.entries[0].id, id);
});

test("a storage that holds nonsense is an empty outbox", () => {
  store.set("comments", "{");

  assert.deepEqual(open().entries, []);
});

test("a page that may not store still sends", async () => {
  outbox = open(() => {
    throw new DOMException("forbidden", "SecurityError");
  });
  outbox.add("first");
  await settled();

  assert.deepEqual(sent, ["first"]);
});

test("who signs in on the way sends afterwards", async () => {
  outbox.add("first");
  await answer({ code: "login_required", message: "Sign in.", status: 401, retryAfterS: null });

  assert.equal(outbox.entries[0].state, "sending");
});

test("ids are random UUIDs of version 4", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));

  assert.equal(ids.size, 100);
  for (const id of ids) {
    assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
