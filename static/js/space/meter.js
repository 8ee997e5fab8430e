/* How good the connection is: numbers from getStats(), and a verdict that is calm to look at. */

import { $, formatNumber, formatShare } from "../lib/dom.js";

const WINDOW_MS = 5_000;
/* A verdict begins at `bad` and ends below `good`: in between it stays what it was. */
const LOSS = { bad: 0.03, good: 0.015 };
const ROUND_TRIP_MS = { bad: 400, good: 300 };
const BETTER_FOR_MS = 5_000;
/* Two lost of a connection's first fifty say nothing. */
const ENOUGH_PACKETS = 100;
/* From best to worst. "waiting" knows nothing yet, "silent" hears nothing, "unheard" is not heard. */
const RANKS = ["waiting", "good", "slow", "weak_voice", "weak", "unheard", "silent"];
/* What is so at once, and is over at once. */
const PLAIN = new Set(["waiting", "unheard", "silent"]);

const sumOf = (reports, name) => reports.reduce((sum, report) => sum + (report[name] ?? 0), 0);

/**
 * What one getStats() says of a line. reports: its RTCStats.
 *
 * {atMs, packets, expected, lost: counters since the connection began, roundTripMs or null,
 * arrivals: changes whenever something came from the node}
 */
export function readSample(reports, kind, atMs) {
  const of = (type) => reports.filter((report) => report.type === type);
  const transports = of("transport").map((report) => report.selectedCandidatePairId);
  const pairs = of("candidate-pair").filter(
    /* Firefox marks the pair itself and names none in the transport. */
    ({ id, selected }) => transports.includes(id) || selected,
  );
  const trip = pairs[0]?.currentRoundTripTime;
  const pairMs = trip === undefined ? null : trip * 1000;
  if (kind === "listen") {
    const inbound = of("inbound-rtp");
    const packets = sumOf(inbound, "packetsReceived");
    const missing = sumOf(inbound, "packetsLost");
    /* A packet that came too late to be played is as good as lost. */
    const lost = missing + sumOf(inbound, "packetsDiscarded");
    return {
      atMs,
      packets,
      expected: packets + missing,
      lost,
      roundTripMs: pairMs,
      arrivals: packets,
    };
  }
  const packets = sumOf(of("outbound-rtp"), "packetsSent");
  const reported = of("remote-inbound-rtp");
  const reportMs = reported[0]?.roundTripTime;
  return {
    atMs,
    packets,
    expected: packets,
    lost: sumOf(reported, "packetsLost"),
    roundTripMs: reportMs === undefined ? pairMs : reportMs * 1000,
    arrivals: sumOf(pairs, "responsesReceived") + sumOf(reported, "timestamp"),
  };
}

/** The last five seconds of one line. */
export class Gauge {
  samples = [];

  add(sample) {
    const last = this.samples.at(-1);
    /* Counters that run backwards belong to a new connection. */
    if (last && sample.packets < last.packets) this.samples = [];
    this.samples.push(sample);
    this.samples = this.samples.filter(({ atMs }) => sample.atMs - atMs <= WINDOW_MS);
  }

  clear() {
    this.samples = [];
  }

  /** {packets: a second, now; loss: share, 0 to 1; roundTripMs or null}; null before two looks. */
  read() {
    const [first, before, last] = [this.samples[0], this.samples.at(-2), this.samples.at(-1)];
    if (!before) return null;
    const expected = last.expected - first.expected;
    const lost = last.lost - first.lost;
    const trips = this.samples.map(({ roundTripMs }) => roundTripMs).filter((ms) => ms !== null);
    return {
      packets: Math.round(((last.packets - before.packets) * 1000) / (last.atMs - before.atMs)),
      loss: expected >= ENOUGH_PACKETS ? Math.min(Math.max(lost / expected, 0), 1) : 0,
      roundTripMs: trips.length > 0 ? trips.reduce((sum, ms) => sum + ms, 0) / trips.length : null,
    };
  }
}

/**
 * One of RANKS. sound, voice: states of the lines (line.js), voice "off" while muted. down, up: what
 * the gauges read. before: the verdict so far.
 */
export function judge({ sound, voice, down, up }, before) {
  const is = (value, { bad, good }, kind) => value >= (before === kind ? good : bad);
  if (sound === "trouble") return "silent";
  if (sound !== "on") return "waiting";
  if (voice === "trouble") return "unheard";
  if (!down) return "waiting";
  if (is(down.loss, LOSS, "weak")) return "weak";
  if (voice === "on" && up && is(up.loss, LOSS, "weak_voice")) return "weak_voice";
  if (is(down.roundTripMs ?? 0, ROUND_TRIP_MS, "slow")) return "slow";
  return "good";
}

/** Worse counts at once, better only when it lasts. */
export class Verdict {
  kind = "waiting";
  betterSince = null;

  next(found, nowMs) {
    const isWorse = RANKS.indexOf(found) >= RANKS.indexOf(this.kind);
    if (isWorse || PLAIN.has(found) || PLAIN.has(this.kind)) {
      this.betterSince = null;
      this.kind = found;
    } else {
      this.betterSince ??= nowMs;
      if (nowMs - this.betterSince >= BETTER_FOR_MS) {
        this.betterSince = null;
        this.kind = found;
      }
    }
    return this.kind;
  }
}

/* Verdicts that come with what helps. */
const ADVISED = new Set(["slow", "weak_voice", "weak", "unheard", "silent"]);

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/**
 * The meter in the dock. announce(sentence) tells those who listen to the page.
 *
 * show({sound, voice}) when a line's state changes, take(kind, sample) at each look of a line.
 */
export function mountMeter(root, { say, announce }) {
  const gauges = { listen: new Gauge(), speak: new Gauge() };
  const verdict = new Verdict();
  let states = { sound: "off", voice: "off" };
  let isAnnounced = false;

  function draw() {
    const [down, up] = [gauges.listen.read(), gauges.speak.read()];
    const found = judge({ ...states, down, up }, verdict.kind);
    const kind = verdict.next(found, Date.now());
    drawNumbers("listen", down);
    drawNumbers("speak", up);
    root.dataset.voice = states.voice;
    /* A verdict that only waits to be over keeps the figure it was passed with. */
    if (found !== kind) return;
    const loss = kind === "weak_voice" ? up?.loss : down?.loss;
    const sentence = say(`meter_${kind}`, { share: formatShare(loss ?? 0) });
    write($("[data-meter-sentence]", root), sentence);
    if (root.dataset.verdict === kind) return;
    root.dataset.verdict = kind;
    write($("[data-meter-word]", root), say(`meter_${kind}_word`));
    write($("[data-meter-advice]", root), ADVISED.has(kind) ? say(`meter_${kind}_advice`) : "");
    tell(kind, sentence);
  }

  function drawNumbers(line, numbers) {
    const cell = (name) => $(`[data-number="${line}-${name}"]`, root);
    const tripMs = numbers?.roundTripMs ?? null;
    write(cell("round-trip"), tripMs === null ? "–" : `${formatNumber(Math.round(tripMs))} ms`);
    write(cell("loss"), numbers ? formatShare(numbers.loss) : "–");
    write(cell("packets"), numbers ? formatNumber(numbers.packets) : "–");
  }

  /* The status line of the sound says it when none arrives, and when it does again. */
  function tell(kind, sentence) {
    const isBad = ADVISED.has(kind) && kind !== "silent";
    if (isBad || (kind === "good" && isAnnounced)) announce(sentence);
    if (isBad || kind === "good") isAnnounced = isBad;
  }

  return {
    show(fresh) {
      if (fresh.sound === states.sound && fresh.voice === states.voice) return;
      if (fresh.sound !== "on") gauges.listen.clear();
      if (fresh.voice !== "on") gauges.speak.clear();
      states = fresh;
      draw();
    },
    take(kind, sample) {
      gauges[kind].add(sample);
      if (kind === "listen") draw();
    },
  };
}
