/* The socket that comes back: when it tries again, what it reports, when it is over. */

import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { backoffMs, openSocket, socketUrl } from "../../../static/js/lib/socket.js";

class FakeSocket extends EventTarget {
  static OPEN = 1;
  static all = [];

  constructor(url) {
    super();
    this.url = url;
    this.readyState = 0;
    this.sent = [];
    FakeSocket.all.push(this);
  }

  send(text) {
    this.sent.push(JSON.parse(text));
  }

  close(code) {
    this.closedWith = code;
    this.fail(code);
  }

  open() {
    this.readyState = FakeSocket.OPEN;
    this.dispatchEvent(new Event("open"));
  }

  fail(code = 1006) {
    this.readyState = 3;
    this.dispatchEvent(Object.assign(new Event("close"), { code }));
  }

  hear(frame) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(frame) }));
  }
}

const latest = () => FakeSocket.all.at(-1);

let states;
let frames;
let attempts;
let opened;
let wakings;

/** Time passes, and no timer with it. */
const sleep = (ms) => {
  const wakesAt = Date.now() + ms;
  mock.method(Date, "now", () => wakesAt);
};

function open() {
  opened = openSocket({
    url: () => `ws://here/?attempt=${(attempts += 1)}`,
    onMessage: (frame) => frames.push(frame),
    onState: (...state) => states.push(state),
    onWake: () => (wakings += 1),
  });
  return opened;
}

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "Date"], now: 1_000_000 });
  FakeSocket.all = [];
  [states, frames, attempts, wakings] = [[], [], 0, 0];
  globalThis.WebSocket = FakeSocket;
  globalThis.window = Object.assign(new EventTarget(), {
    location: { href: "https://here.example/spaces/1/", protocol: "https:" },
  });
  globalThis.document = Object.assign(new EventTarget(), {
    visibilityState: "visible",
    documentElement: { lang: "de" },
  });
});

afterEach(() => {
  opened?.close();
  mock.restoreAll();
  mock.timers.reset();
});

test("back-off grows to a limit and is jittered", () => {
  const longest = (attempt) => backoffMs(attempt, () => 1);
  const shortest = (attempt) => backoffMs(attempt, () => 0);

  assert.deepEqual([0, 1, 2].map(longest), [400, 800, 1600]);
  assert.equal(longest(50), 10_000);
  for (const attempt of [0, 3, 50]) assert.equal(shortest(attempt), longest(attempt) / 2);
});

test("a lost socket says so and comes back", () => {
  open();
  latest().open();

  latest().fail();
  assert.deepEqual(states, [["open", 0], ["reconnecting", 1]]);
  mock.timers.tick(400);
  latest().open();

  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(states.at(-1), ["open", 0]);
});

test("each attempt asks for the address anew", () => {
  open();
  latest().fail();
  mock.timers.tick(400);

  assert.equal(latest().url, "ws://here/?attempt=2");
});

test("attempts that fail are counted, and an open socket starts the count again", () => {
  open();
  for (const wait of [400, 800, 1600]) {
    latest().fail();
    mock.timers.tick(wait);
  }
  assert.deepEqual(states, [["reconnecting", 1], ["reconnecting", 2], ["reconnecting", 3]]);

  latest().open();
  latest().fail();

  assert.deepEqual(states.at(-1), ["reconnecting", 1]);
});

test("what is not there for this person is asked for once", () => {
  open();
  latest().open();

  latest().fail(4404);
  mock.timers.tick(60_000);

  assert.deepEqual(states.at(-1), ["closed", 0]);
  assert.equal(FakeSocket.all.length, 1);
});

for (const code of [1000, 1006, 1011, 4403, 4408, 4503]) {
  test(`code ${code} is a reason to come back`, () => {
    open();
    latest().open();

    latest().fail(code);
    mock.timers.tick(400);

    assert.equal(FakeSocket.all.length, 2);
  });
}

test("a page that closes its socket does not come back", () => {
  const socket = open();
  latest().open();

  socket.close();
  mock.timers.tick(60_000);
  window.dispatchEvent(new Event("online"));

  assert.equal(latest().closedWith, 1000);
  assert.equal(FakeSocket.all.length, 1);
});

test("the network's return is not waited for", () => {
  open();
  latest().fail();

  window.dispatchEvent(new Event("online"));
  assert.equal(FakeSocket.all.length, 2);
  latest().open();
  mock.timers.tick(10_000);

  assert.equal(FakeSocket.all.length, 2);
});

test("the network's return ends an attempt that hangs", () => {
  open();
  mock.timers.tick(3_000);

  window.dispatchEvent(new Event("online"));
  window.dispatchEvent(new Event("online"));

  assert.equal(FakeSocket.all.length, 2);
  assert.equal(FakeSocket.all[0].closedWith, 4000);
});

test("an attempt that hangs makes room for the next", () => {
  open();

  mock.timers.tick(8_000);
  mock.timers.tick(400);

  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(states, [["reconnecting", 1]]);
});

test("a page that wakes comes back at once, a hidden one waits", () => {
  open();
  latest().fail();
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  assert.equal(FakeSocket.all.length, 1);

  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(FakeSocket.all.length, 2);
});

test("whoever wants to know of it hears of waking", () => {
  open();
  latest().open();

  window.dispatchEvent(new Event("online"));
  document.dispatchEvent(new Event("resume"));
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(wakings, 3);
});

test("a socket that slept is replaced", () => {
  open();
  latest().open();
  mock.timers.tick(4_000);
  const former = latest();

  sleep(60_000);
  mock.timers.tick(2_000);
  latest().open();

  assert.equal(former.closedWith, 4000);
  assert.deepEqual(states.slice(1), [["reconnecting", 1], ["open", 0]]);
  assert.equal(wakings, 1);
});

test("a hidden page's slow clock is no sleep until it is shown", () => {
  document.visibilityState = "hidden";
  open();
  latest().open();

  sleep(60_000);
  mock.timers.tick(2_000);
  assert.equal(FakeSocket.all.length, 1);
  sleep(60_000);
  document.visibilityState = "visible";
  document.dispatchEvent(new Event("visibilitychange"));

  assert.equal(FakeSocket.all.length, 2);
});

test("a socket that is silent although it is asked is replaced", () => {
  const socket = open();
  latest().open();
  mock.timers.tick(100);
  const asked = Date.now();

  mock.timers.tick(2_000);
  socket.renewIfSilent(asked);

  assert.equal(FakeSocket.all.length, 2);
  assert.deepEqual(states.at(-1), ["reconnecting", 1]);
});

test("a socket that said anything since is kept", () => {
  const socket = open();
  latest().open();
  const asked = Date.now();

  mock.timers.tick(2_000);
  latest().hear({ event: "talking", data: {} });
  socket.renewIfSilent(asked);

  assert.equal(FakeSocket.all.length, 1);
});

test("what a replaced socket still says is not heard", () => {
  const socket = open();
  const former = latest();
  former.open();
  socket.renewIfSilent(Date.now());

  former.hear({ event: "welcome", data: {} });

  assert.deepEqual(frames, []);
});

test("waking does nothing to an open socket", () => {
  open();
  latest().open();

  window.dispatchEvent(new Event("online"));

  assert.equal(FakeSocket.all.length, 1);
});

test("a network that is gone closes the socket before TCP notices", () => {
  open();
  latest().open();

  window.dispatchEvent(new Event("offline"));

  assert.equal(latest().closedWith, 4000);
  assert.deepEqual(states.at(-1), ["reconnecting", 1]);
});

test("a network that is gone is not waited for to answer the close", () => {
  open();
  latest().open();
  latest().close = () => {};

  window.dispatchEvent(new Event("offline"));
  mock.timers.tick(400);

  assert.deepEqual(states.at(-1), ["reconnecting", 1]);
  assert.equal(FakeSocket.all.length, 2);
});

test("an attempt under way when the network goes is over", () => {
  open();
  const former = latest();

  window.dispatchEvent(new Event("offline"));
  former.open();

  assert.deepEqual(states, [["reconnecting", 1]]);
});

test("a socket's late end says nothing about its successor", () => {
  open();
  const first = latest();
  first.open();
  first.fail();
  mock.timers.tick(400);
  latest().open();
  const before = states.length;

  first.fail();

  assert.equal(states.length, before);
});

test("bytes read are reported by the clock", () => {
  open();
  latest().open();
  latest().hear({ event: "welcome", data: { me: "" } });
  const size = JSON.stringify(frames[0]).length;

  mock.timers.tick(2_000);

  assert.deepEqual(latest().sent, [{ do: "heartbeat", read: size }]);
});

test("much that came is reported at once", () => {
  open();
  latest().open();
  const frame = { event: "state", html: "x".repeat(8_000) };

  latest().hear(frame);
  latest().hear({ event: "talking", data: {} });

  assert.deepEqual(latest().sent, [{ do: "heartbeat", read: JSON.stringify(frame).length }]);
});

test("a new socket counts from nothing", () => {
  open();
  latest().open();
  latest().hear({ event: "state", html: "x".repeat(100) });
  latest().fail();
  mock.timers.tick(400);
  latest().open();

  mock.timers.tick(2_000);

  assert.deepEqual(latest().sent, [{ do: "heartbeat", read: 0 }]);
});

test("nothing is sent on a socket that is not open", () => {
  const socket = open();

  assert.equal(socket.send({ do: "listen" }), false);
  latest().open();
  assert.equal(socket.send({ do: "listen" }), true);
  assert.deepEqual(latest().sent, [{ do: "listen" }]);
});

test("the address keeps the page's host and safety", () => {
  assert.equal(
    socketUrl("/ws/spaces/1/", { version: "7" }),
    "wss://here.example/ws/spaces/1/?version=7&language=de",
  );
  window.location.href = "http://localhost:8000/";
  assert.equal(socketUrl("/ws/home/"), "ws://localhost:8000/ws/home/?language=de");
});
