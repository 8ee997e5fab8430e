/* How good a connection is called, from what getStats() counts. */

import assert from "node:assert/strict";
import { before, test } from "node:test";

let Gauge;
let Verdict;
let judge;
let readSample;

before(async () => {
  /* Imported for its selector, which these do not use. */
  globalThis.document = { documentElement: { lang: "en" } };
  ({ Gauge, Verdict, judge, readSample } = await import("../../../static/js/space/meter.js"));
});

const inbound = (counters) => ({
  type: "inbound-rtp",
  packetsReceived: 0,
  packetsLost: 0,
  ...counters,
});
const pair = (counters) => ({ type: "candidate-pair", id: "P", ...counters });
const transport = { type: "transport", selectedCandidatePairId: "P" };

/** A gauge that looked once a second. counters: [packets, lost] at each look. */
function gauge(...counters) {
  const made = new Gauge();
  counters.forEach(([packets, lost, roundTripMs = null], second) =>
    made.add({ atMs: second * 1000, packets, expected: packets + lost, lost, roundTripMs }),
  );
  return made;
}

const fine = { loss: 0, roundTripMs: 20, packets: 50 };
const heard = (down, up = null) => ({ sound: "on", voice: up ? "on" : "off", down, up });

test("sound down is counted by what came and what did not", () => {
  const sample = readSample([inbound({ packetsReceived: 95, packetsLost: 5 })], "listen", 7);

  assert.deepEqual(
    [sample.atMs, sample.packets, sample.expected, sample.lost, sample.arrivals],
    [7, 95, 100, 5, 95],
  );
});

test("a packet too late to be played is lost", () => {
  const late = inbound({ packetsReceived: 100, packetsDiscarded: 3 });

  assert.equal(readSample([late], "listen", 0).lost, 3);
});

test("the round trip down is the chosen pair's", () => {
  const other = { ...pair({ currentRoundTripTime: 9 }), id: "Q" };
  const reports = [other, transport, pair({ currentRoundTripTime: 0.04 })];

  assert.equal(readSample(reports, "listen", 0).roundTripMs, 40);
});

test("the pair Firefox marks is the chosen one", () => {
  const reports = [pair({ currentRoundTripTime: 0.04, selected: true })];

  assert.equal(readSample(reports, "listen", 0).roundTripMs, 40);
});

test("a round trip nobody measured is none", () => {
  assert.equal(readSample([transport, pair({})], "listen", 0).roundTripMs, null);
});

test("the voice is counted by what the node reports of it", () => {
  const reports = [
    { type: "outbound-rtp", packetsSent: 200 },
    { type: "remote-inbound-rtp", packetsLost: 8, roundTripTime: 0.03, timestamp: 1 },
  ];

  const sample = readSample(reports, "speak", 0);

  assert.deepEqual(
    [sample.packets, sample.expected, sample.lost, sample.roundTripMs],
    [200, 200, 8, 30],
  );
});

test("before a report the voice's round trip is the pair's", () => {
  const reports = [transport, pair({ currentRoundTripTime: 0.05, responsesReceived: 1 })];

  assert.equal(readSample(reports, "speak", 0).roundTripMs, 50);
});

for (const [what, more] of [
  ["an answered check", [pair({ responsesReceived: 2 })]],
  ["a report", [pair({ responsesReceived: 1 }), { type: "remote-inbound-rtp", timestamp: 5 }]],
]) {
  test(`${what} shows that the node lives`, () => {
    const earlier = readSample([transport, pair({ responsesReceived: 1 })], "speak", 0);

    assert.ok(readSample([transport, ...more], "speak", 0).arrivals > earlier.arrivals);
  });
}

test("one look is no reading", () => {
  assert.equal(gauge([50, 0]).read(), null);
});

test("loss is that of the last five seconds", () => {
  const lossy = gauge([0, 0], [25, 25], ...[1, 2, 3, 4, 5, 6].map((n) => [25 + n * 50, 25]));

  assert.equal(lossy.read().loss, 0);
});

test("loss is a share of what was expected", () => {
  assert.equal(gauge([0, 0], [48, 2], [96, 4]).read().loss, 0.04);
});

test("packets that turn up after all make no loss below nothing", () => {
  assert.equal(gauge([0, 5], [60, 5], [120, 0]).read().loss, 0);
});

test("a connection's first packets are too few for a share", () => {
  assert.equal(gauge([0, 0], [48, 2]).read().loss, 0);
});

test("packets are those of the last second however far the looks are apart", () => {
  const made = gauge([0, 0], [50, 0]);
  made.add({ atMs: 1400, packets: 70, expected: 70, lost: 0, roundTripMs: null });

  assert.equal(made.read().packets, 50);
});

test("the round trip is the mean of those measured", () => {
  assert.equal(gauge([0, 0, null], [50, 0, 20], [100, 0, 40]).read().roundTripMs, 30);
});

test("a new connection is measured from its own beginning", () => {
  const made = gauge([1000, 0], [1050, 0], [10, 30]);

  assert.equal(made.read(), null);
});

test("nothing wrong is a good connection", () => {
  assert.equal(judge(heard(fine, fine), "waiting"), "good");
});

for (const [kind, state] of [
  ["silent", { sound: "trouble" }],
  ["unheard", { voice: "trouble" }],
  ["weak", { down: { ...fine, loss: 0.05 } }],
  ["weak_voice", { voice: "on", up: { ...fine, loss: 0.05 } }],
  ["slow", { down: { ...fine, roundTripMs: 500 } }],
  ["waiting", { down: null }],
  ["waiting", { sound: "joining" }],
]) {
  test(`${JSON.stringify(state)} is ${kind}`, () => {
    assert.equal(judge({ ...heard(fine), ...state }, "good"), kind);
  });
}

test("losses of a muted microphone are nobody's trouble", () => {
  assert.equal(judge({ ...heard(fine), up: { ...fine, loss: 0.5 } }, "good"), "good");
});

for (const [kind, between] of [
  ["weak", { loss: 0.02 }],
  ["slow", { roundTripMs: 350 }],
]) {
  test(`between its limits ${kind} stays, and does not begin`, () => {
    const state = heard({ ...fine, ...between });

    assert.deepEqual([judge(state, kind), judge(state, "good")], [kind, "good"]);
  });
}

function verdictAfter(...found) {
  const verdict = new Verdict();
  return found.map((kind, second) => verdict.next(kind, second * 1000));
}

test("worse counts at once", () => {
  assert.deepEqual(verdictAfter("good", "slow", "weak"), ["good", "slow", "weak"]);
});

test("better counts when it lasted five seconds", () => {
  const seen = verdictAfter("weak", ...Array(6).fill("good"));

  assert.deepEqual(seen, [...Array(6).fill("weak"), "good"]);
});

test("a relapse starts the five seconds anew", () => {
  const seen = verdictAfter("weak", "good", "good", "weak", "good", "good", "good", "good");

  assert.deepEqual(new Set(seen), new Set(["weak"]));
});

for (const plain of ["silent", "unheard", "waiting"]) {
  test(`${plain} is over as soon as it is over`, () => {
    assert.deepEqual(verdictAfter("good", plain, "good"), ["good", plain, "good"]);
  });
}
