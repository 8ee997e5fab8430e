/* One WebRTC connection to the media node: asked for over the socket, watched, and asked for again. */

import { readSample } from "./meter.js";

const ANSWER_WITHIN_MS = 1_500;
const LONGEST_RETRY_MS = 6_000;
const SOON_MS = 300;
/* However much happens at once: no two questions closer than this. */
const REST_MS = 500;
/* The node lets people in one after another, and this one's turn comes by itself. */
const TURN_WITHIN_MS = 15_000;
const FULL_RETRY_MS = 10_000;
/* After so many questions it is asked whether anybody hears them. */
const UNHEARD_QUESTIONS = 3;
/* After so many it is trouble, not a start. */
const LONG_START = 3;
const LOOK_EVERY_MS = 1_000;
const SHORTEST_LOOK_MS = 100;
/* A page that did not look for so long was asleep, and knows nothing of what came meanwhile. */
const ASLEEP_MS = 3_000;
/**
 * everyMs: how far apart arrivals are. silentMs: none for so long is trouble. wakingMs: the same for
 * a page that just woke. Down, the node sends 50 packets a second, silence included. Up, its reports
 * come back about once a second after the first sound, and before it only the answers to the
 * browser's connectivity checks, every 2.5 s (Chromium) to 5 s (Firefox).
 */
const ARRIVALS = {
  listen: { everyMs: 20, silentMs: 1_200, wakingMs: 400 },
  speak: { everyMs: Infinity, silentMs: 12_000, wakingMs: 3_000 },
};

/* Jitter: a node's death makes every page of the Space ask. */
const jittered = (ms) => ms * (0.8 + 0.4 * Math.random());

export function retryMs(attempt, first = ANSWER_WITHIN_MS) {
  return jittered(Math.min(first * 1.5 ** (attempt - 1), LONGEST_RETRY_MS));
}

/** How long nothing has arrived, after a look that found `arrived` new in `passedMs`. */
export function quietFor(kind, { quietMs, passedMs, arrived }) {
  const { everyMs, silentMs, wakingMs } = ARRIVALS[kind];
  if (passedMs > ASLEEP_MS) return silentMs - wakingMs;
  if (arrived === 0) return quietMs + passedMs;
  /* What is missing is taken to be missing at the end: the look may have come amid a silence. */
  return Math.max(passedMs - arrived * everyMs, 0);
}

/**
 * kind: "listen" (sound down) or "speak" (microphone up). send(message) → was it sent.
 * onTrack(stream) for sound down; track() → MediaStreamTrack | null for the microphone.
 * onState("off" | "starting" | "joining" | "full" | "on" | "trouble").
 * onSample(sample) about once a second. onUnheard(sinceMs): no answer since then (of Date.now()).
 */
export class Line {
  constructor({ kind, send, onState, onTrack, track, onSample, onUnheard }) {
    Object.assign(this, { kind, send, onState, onTrack, track, onSample, onUnheard });
    this.isWanted = false;
    this.peer = null;
    this.formerPeer = null;
    this.connection = null;
    this.sender = null;
    /* Questions since the last connection that stood. */
    this.attempt = 0;
    this.askedAt = 0;
    this.isAsking = false;
    this.ahead = 0;
    this.retryTimer = null;
    this.lookTimer = null;
    this.turn = 0;
    this.state = "off";
  }

  start() {
    if (this.isWanted) return;
    this.isWanted = true;
    this.attempt = 0;
    this.ask();
  }

  stop() {
    this.isWanted = false;
    this.isAsking = false;
    clearTimeout(this.retryTimer);
    if (this.peer) this.send({ do: "leave", peer: this.peer });
    this.drop();
    this.become("off");
  }

  /** Ask the node for a new connection; the old one goes on until the new one's offer is here. */
  ask() {
    if (!this.isWanted) return;
    const isNew = this.state === "starting" && this.attempt < LONG_START;
    if (this.state === "off") this.become("starting");
    else if (!isNew && !["joining", "full"].includes(this.state)) this.become("trouble");
    const askedBefore = this.askedAt;
    /* Without a socket nothing was asked: its return asks at once (askSoon). */
    if (this.send({ do: this.kind })) {
      this.attempt += 1;
      this.askedAt = Date.now();
      this.isAsking = true;
    }
    this.askIn(retryMs(Math.max(this.attempt, 1)));
    if (this.attempt >= UNHEARD_QUESTIONS) this.onUnheard?.(askedBefore);
  }

  askIn(ms) {
    clearTimeout(this.retryTimer);
    if (this.isWanted) this.retryTimer = setTimeout(() => this.ask(), ms);
  }

  /** Something is better now than it was: do not wait for the timer, and start counting anew. */
  askSoon() {
    this.attempt = Math.min(this.attempt, 1);
    const rest = this.askedAt + REST_MS - Date.now();
    this.askIn(Math.max(SOON_MS * Math.random(), rest));
  }

  /**
   * The network or the page is back: what stands is looked at, what does not is asked for.
   * isForgotten: over a new socket, whose server knows nothing of a place in the queue.
   */
  wake({ isForgotten = false } = {}) {
    if (!this.isWanted) return;
    const { silentMs, wakingMs } = ARRIVALS[this.kind];
    if (this.state === "on") this.look(silentMs - wakingMs);
    else if (this.state !== "joining" || isForgotten) this.askSoon();
  }

  lose() {
    this.become("trouble");
    this.askSoon();
  }

  async onOffer({ peer, sdp, ice_servers: iceServers }) {
    if (!this.isWanted) {
      this.send({ do: "leave", peer });
      return;
    }
    if (this.peer) this.send({ do: "leave", peer: this.peer });
    this.drop();
    this.isAsking = false;
    const connection = new RTCPeerConnection({ iceServers });
    this.peer = peer;
    this.connection = connection;
    /* However long the offer was on its way: connecting has its own time. */
    this.askIn(retryMs(Math.max(this.attempt, 1)));
    connection.addEventListener("icecandidate", ({ candidate }) => {
      /* A host name that only this machine can resolve: the node would not use it. */
      if (!candidate?.candidate || candidate.candidate.includes(".local ")) return;
      this.send({ do: "candidate", peer, candidate: candidate.toJSON() });
    });
    connection.addEventListener("connectionstatechange", () => this.onConnectionState(connection));
    connection.addEventListener("track", ({ track, receiver }) => {
      if (connection !== this.connection) return;
      /* Speech now beats speech later: keep the browser's own buffer small. */
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      this.onTrack?.(new MediaStream([track]));
    });
    try {
      await connection.setRemoteDescription({ type: "offer", sdp });
      if (this.kind === "speak") {
        const [transceiver] = connection.getTransceivers();
        transceiver.direction = "sendonly";
        this.sender = transceiver.sender;
        await this.sender.replaceTrack(this.track());
      }
      const answer = await connection.createAnswer();
      await connection.setLocalDescription(answer);
      this.send({ do: "answer", peer, sdp: connection.localDescription.sdp });
    } catch (error) {
      /* Replaced or stopped while it was being set up; the newer one goes on. */
      if (connection === this.connection) {
        console.warn("connection not set up", error);
        this.drop();
      }
    }
  }

  onConnectionState(connection) {
    if (connection !== this.connection) return;
    if (connection.connectionState === "connected") {
      this.stand();
      this.look();
    } else if (["failed", "disconnected"].includes(connection.connectionState)) {
      this.lose();
    }
  }

  stand() {
    clearTimeout(this.retryTimer);
    this.attempt = 0;
    this.isAsking = false;
    this.become("on");
  }

  /** Start over with looking: once a second, and just when a silence becomes too long. */
  look(quietMs = 0) {
    clearTimeout(this.lookTimer);
    const turn = ++this.turn;
    const { silentMs } = ARRIVALS[this.kind];
    let before = null;
    const lookOnce = async () => {
      const connection = this.connection;
      const stats = await connection.getStats();
      if (turn !== this.turn) return;
      const sample = readSample([...stats.values()], this.kind, Date.now());
      this.onSample?.(sample);
      if (before) {
        const arrived = sample.arrivals - before.arrivals;
        quietMs = quietFor(this.kind, { quietMs, passedMs: sample.atMs - before.atMs, arrived });
        if (quietMs >= silentMs) {
          quietMs = 0;
          /* From here on the timer asks, later each time. */
          if (this.state === "on") this.ask();
        } else if (arrived > 0 && this.isBack(connection)) {
          this.stand();
        }
      }
      before = sample;
      const nextMs = Math.max(Math.min(silentMs - quietMs, LOOK_EVERY_MS), SHORTEST_LOOK_MS);
      this.lookTimer = setTimeout(lookOnce, nextMs);
    };
    lookOnce();
  }

  /** The old connection lives again, before a new one was made. */
  isBack(connection) {
    return this.state === "trouble" && connection.connectionState === "connected";
  }

  /** Our peer ended at the node: only that one's news counts. */
  onFailed(peer) {
    if (peer === this.peer && this.isWanted) this.lose();
  }

  /** In a queue: asking again would only make it longer. */
  onJoining({ ahead }) {
    if (!this.isWanted || !this.isAsking) return;
    this.ahead = ahead;
    this.attempt = 1;
    this.become("joining", { evenIfSame: true });
    this.askIn(jittered(TURN_WITHIN_MS));
  }

  /** No node has room: `media.ready` comes as soon as there is, and asking slowly finds it too. */
  onFull() {
    if (!this.isWanted || this.state === "on") return;
    this.attempt = 1;
    this.become("full");
    this.askIn(jittered(FULL_RETRY_MS));
  }

  onRefused({ peer, retryable }) {
    if (!this.isWanted || peer === this.formerPeer) return;
    if (peer !== this.peer && !this.isAsking) return;
    if (retryable) this.askIn(Math.max(retryMs(Math.max(this.attempt, 1), SOON_MS), REST_MS));
    /* A candidate the node cannot read leaves the connection whole. */
    else if (peer !== this.peer) this.stop();
  }

  async setTrack(track) {
    await this.sender?.replaceTrack(track);
  }

  drop() {
    clearTimeout(this.lookTimer);
    this.turn += 1;
    this.connection?.close();
    this.connection = null;
    this.sender = null;
    this.formerPeer = this.peer ?? this.formerPeer;
    this.peer = null;
  }

  become(state, { evenIfSame = false } = {}) {
    if (state === this.state && !evenIfSame) return;
    this.state = state;
    this.onState(state);
  }
}
