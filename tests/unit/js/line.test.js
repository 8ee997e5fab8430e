/* A connection that comes back: when it asks, when it waits, what it takes for trouble. */

import assert from "node:assert/strict";
import { afterEach, before, beforeEach, mock, test } from "node:test";

let Line;
let quietFor;
let retryMs;

before(async () => {
  /* Imported for the meter's selector, which the line does not use. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Line, quietFor, retryMs } = await import("../../../static/js/space/line.js"));
});

class FakeConnection extends EventTarget {
  static all = [];
  connectionState = "new";
  packetsReceived = 0;
  localDescription = { sdp: "answer" };

  constructor() {
    super();
    FakeConnection.all.push(this);
  }

  async setRemoteDescription() {}

  async createAnswer() {}

  async setLocalDescription() {}

  async getStats() {
    const { packetsReceived } = this;
    return new Map([["in", { type: "inbound-rtp", packetsReceived, packetsLost: 0 }]]);
  }

  become(state) {
    this.connectionState = state;
    this.dispatchEvent(new Event("connectionstatechange"));
  }

  close() {
    this.isClosed = true;
  }
}

const latest = () => FakeConnection.all.at(-1);
const settled = () => new Promise((resolve) => setImmediate(resolve));

let line;
let sent;
let states;
let unheard;
let isOnline;

const questions = () => sent.filter((message) => message.do === "listen").length;

beforeEach(() => {
  mock.timers.enable({ apis: ["setTimeout", "Date"], now: 1_000_000 });
  globalThis.RTCPeerConnection = FakeConnection;
  FakeConnection.all = [];
  [sent, states, unheard, isOnline] = [[], [], [], true];
  line = new Line({
    kind: "listen",
    send(message) {
      if (isOnline) sent.push(message);
      return isOnline;
    },
    onState: (state) => states.push(state),
    onUnheard: (since) => unheard.push(since),
  });
});

afterEach(() => {
  line.stop();
  mock.timers.reset();
});

async function offer(peer = "p1") {
  await line.onOffer({ peer, sdp: "offer", ice_servers: [] });
}

async function connect(peer = "p1") {
  await offer(peer);
  latest().become("connected");
  await settled();
}

/** The clock goes on; packets a second come down. */
async function pass(ms, packetsPerSecond = 50) {
  for (let passed = 0; passed < ms; passed += 100) {
    if (latest()) latest().packetsReceived += packetsPerSecond / 10;
    mock.timers.tick(100);
    await settled();
  }
}

test("waits grow to a limit, by a fifth more or less", () => {
  for (const [attempt, wait] of [
    [1, 1500],
    [2, 2250],
    [3, 3375],
    [9, 6000],
  ]) {
    for (const random of [0, 0.5, 1]) {
      mock.method(Math, "random", () => random);
      assert.equal(Math.round(retryMs(attempt)), Math.round(wait * (0.8 + 0.4 * random)));
      Math.random.mock.restore();
    }
  }
});

test("an unanswered question is asked again, less and less often", async () => {
  line.start();

  await pass(60_000);

  assert.ok(questions() > 8);
  assert.ok(questions() < 15);
});

test("a question that could not be sent is none", async () => {
  isOnline = false;
  line.start();
  await pass(20_000);
  isOnline = true;

  line.askSoon();
  await pass(300);

  assert.equal(questions(), 1);
  assert.equal(line.attempt, 1);
});

test("however often something is better, questions keep their distance", async () => {
  line.start();

  for (let times = 0; times < 50; times += 1) {
    line.askSoon();
    await pass(100);
  }

  assert.ok(questions() <= 11);
});

test("connecting has its own time, however long the offer took", async () => {
  line.start();
  await pass(1_100);

  await offer();
  await pass(1_100);

  assert.equal(questions(), 1);
});

test("an offer that leads to nothing is asked for again", async () => {
  line.start();
  await offer();

  await pass(2_000);

  assert.equal(questions(), 2);
});

test("a connection that stands is on and asks no more", async () => {
  line.start();
  await connect();

  await pass(30_000);

  assert.deepEqual(states, ["starting", "on"]);
  assert.equal(questions(), 1);
});

test("silence is noticed within one and a half seconds", async () => {
  line.start();
  await connect();
  await pass(3_300);

  await pass(1_500, 0);

  assert.equal(states.at(-1), "trouble");
  assert.equal(questions(), 2);
});

test("a silence that lasts is asked about less and less often", async () => {
  line.start();
  await connect();
  await pass(3_000);

  await pass(60_000, 0);

  assert.ok(questions() > 8);
  assert.ok(questions() < 16);
});

test("lost packets are no silence", async () => {
  line.start();
  await connect();

  await pass(20_000, 10);

  assert.deepEqual(states, ["starting", "on"]);
});

test("an old connection that lives again is enough", async () => {
  line.start();
  await connect();
  isOnline = false;
  await pass(8_000, 0);
  assert.equal(states.at(-1), "trouble");

  await pass(1_500);

  assert.equal(states.at(-1), "on");
  assert.equal(FakeConnection.all.length, 1);
});

test("a page that slept asks when nothing comes within half a second", async () => {
  line.start();
  await connect();
  await pass(1_000);
  mock.timers.setTime(Date.now() + 60_000);
  await settled();

  await pass(500, 0);

  assert.equal(questions(), 2);
});

test("a page that slept while the sound went on asks nothing", async () => {
  line.start();
  await connect();
  await pass(1_000);
  mock.timers.setTime(Date.now() + 60_000);
  await settled();

  await pass(5_000);

  assert.equal(questions(), 1);
});

test("waking looks at what stands", async () => {
  line.start();
  await connect();
  await pass(1_000);

  line.wake();
  await settled();
  await pass(500, 0);

  assert.equal(questions(), 2);
});

test("waking asks for what does not stand", async () => {
  line.start();
  await pass(30_000);
  const before = questions();

  line.wake();
  await pass(600);

  assert.equal(questions(), before + 1);
});

test("a connection the browser gave up is asked for anew, once", async () => {
  line.start();
  await connect();
  await pass(2_000);

  latest().become("disconnected");
  latest().become("failed");
  await pass(400);

  assert.equal(states.at(-1), "trouble");
  assert.equal(questions(), 2);
});

test("only the news of the own peer's end counts", async () => {
  line.start();
  await connect("p1");
  await pass(2_000);

  line.onFailed("p0");
  await pass(400);
  assert.equal(questions(), 1);
  line.onFailed("p1");
  await pass(400);

  assert.equal(questions(), 2);
});

test("the old connection goes on until the new one is offered", async () => {
  line.start();
  await connect("p1");
  const former = latest();
  line.askSoon();
  await pass(400);
  assert.ok(!former.isClosed);

  await offer("p2");

  assert.ok(former.isClosed);
  assert.deepEqual(
    sent.filter((message) => message.do === "leave"),
    [{ do: "leave", peer: "p1" }],
  );
});

test("whoever is in the queue waits and does not ask", async () => {
  line.start();
  line.onJoining({ ahead: 12 });

  await pass(10_000);
  line.onJoining({ ahead: 3 });
  await pass(10_000);

  assert.equal(questions(), 1);
  assert.deepEqual(states, ["starting", "joining", "joining"]);
  assert.equal(line.ahead, 3);
});

test("waking keeps a place in the queue unless it is forgotten", async () => {
  line.start();
  line.onJoining({ ahead: 12 });
  await pass(1_000);

  line.wake();
  await pass(1_000);
  assert.equal(questions(), 1);
  line.wake({ isForgotten: true });
  await pass(1_000);

  assert.equal(questions(), 2);
});

test("a turn that never comes is asked for again", async () => {
  line.start();
  line.onJoining({ ahead: 12 });

  await pass(11_900);
  assert.equal(questions(), 1);
  await pass(6_200);

  assert.ok(questions() > 1);
  assert.equal(states.at(-1), "joining");
});

test("news of a queue is nothing to who stands already", async () => {
  line.start();
  await connect();

  line.onJoining({ ahead: 12 });

  assert.equal(states.at(-1), "on");
});

test("where nobody has room is asked slowly", async () => {
  line.start();
  let answered = 0;
  for (let passed = 0; passed < 60_000; passed += 100) {
    if (questions() > answered) line.onFull();
    answered = questions();
    await pass(100);
  }

  assert.ok(questions() >= 5);
  assert.ok(questions() <= 8);
  assert.deepEqual(states, ["starting", "full"]);
});

test("room that came is taken at once", async () => {
  line.start();
  line.onFull();
  await pass(1_000);

  line.askSoon();
  await pass(400);

  assert.equal(questions(), 2);
});

test("a node that refuses at once is not asked at once", async () => {
  line.start();

  for (let times = 0; times < 100; times += 1) {
    line.onRefused({ peer: `p${questions()}`, retryable: true });
    await pass(100);
  }

  assert.ok(questions() <= 20);
});

test("a retryable refusal is asked again before the timer", async () => {
  line.start();

  line.onRefused({ peer: "p1", retryable: true });
  await pass(700);

  assert.equal(questions(), 2);
});

test("a refusal for good ends it", async () => {
  line.start();

  line.onRefused({ peer: "p1", retryable: false });
  await pass(30_000);

  assert.equal(questions(), 1);
  assert.equal(states.at(-1), "off");
});

test("a candidate the node cannot read leaves the connection whole", async () => {
  line.start();
  await connect("p1");

  line.onRefused({ peer: "p1", retryable: false });
  await pass(5_000);

  assert.deepEqual(states, ["starting", "on"]);
});

test("a refusal of the connection before concerns nobody", async () => {
  line.start();
  await connect("p1");
  await connect("p2");
  line.ask();

  line.onRefused({ peer: "p1", retryable: false });

  assert.ok(line.isWanted);
});

test("three questions without a word are said, with the time of the one before", async () => {
  line.start();
  const began = Date.now();

  await pass(8_000);

  assert.ok(unheard.length >= 1);
  assert.ok(unheard[0] > began + 1_000);
  assert.ok(unheard[0] < began + 3_000);
});

test("an unwanted offer is declined", async () => {
  await offer("p9");

  assert.deepEqual(sent, [{ do: "leave", peer: "p9" }]);
  assert.equal(FakeConnection.all.length, 0);
});

test("upward, nothing coming back for five seconds is normal", () => {
  assert.equal(quietFor("speak", { quietMs: 4_000, passedMs: 1_000, arrived: 0 }), 5_000);
  assert.equal(quietFor("speak", { quietMs: 5_000, passedMs: 1_000, arrived: 1 }), 0);
});

test("downward, what is missing of a second counts as silence", () => {
  assert.equal(quietFor("listen", { quietMs: 0, passedMs: 1_000, arrived: 20 }), 600);
});
