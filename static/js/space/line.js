/* One WebRTC connection to the media node: asked for over the socket, watched, and asked for again. */

const ANSWER_WITHIN_MS = 1_500;
const LONGEST_RETRY_MS = 6_000;
const SOON_MS = 300;
const WATCH_EVERY_MS = 400;
/* The node sends 50 packets a second, silence included: none for so long is trouble. */
const SILENT_MS = 1_200;

/**
 * kind: "listen" (sound down) or "speak" (microphone up). send(message) → was it sent.
 * onTrack(stream) for sound down; track() → MediaStreamTrack | null for the microphone.
 * onState("off" | "starting" | "on" | "trouble").
 */
export class Line {
  constructor({ kind, send, onState, onTrack, track }) {
    Object.assign(this, { kind, send, onState, onTrack, track });
    this.isWanted = false;
    this.peer = null;
    this.connection = null;
    this.sender = null;
    this.attempt = 0;
    this.retryTimer = null;
    this.watchTimer = null;
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
    clearTimeout(this.retryTimer);
    if (this.peer) this.send({ do: "leave", peer: this.peer });
    this.drop();
    this.become("off");
  }

  /** Ask the node for a new connection; the old one goes on until the new one's offer is here. */
  ask() {
    if (!this.isWanted) return;
    clearTimeout(this.retryTimer);
    this.become(this.attempt === 0 && this.state !== "on" ? "starting" : "trouble");
    this.attempt += 1;
    const wait = Math.min(ANSWER_WITHIN_MS * 1.5 ** (this.attempt - 1), LONGEST_RETRY_MS);
    /* Jitter: a node's death asks every page of the Space at once. */
    this.retryTimer = setTimeout(() => this.ask(), wait * (0.8 + 0.4 * Math.random()));
    this.send({ do: this.kind });
  }

  /** The node is there now, or another one: do not wait for the timer. */
  askSoon() {
    if (!this.isWanted) return;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => this.ask(), SOON_MS * Math.random());
  }

  async onOffer({ peer, sdp, ice_servers: iceServers }) {
    if (!this.isWanted) {
      this.send({ do: "leave", peer });
      return;
    }
    if (this.peer) this.send({ do: "leave", peer: this.peer });
    this.drop();
    const connection = new RTCPeerConnection({ iceServers });
    this.peer = peer;
    this.connection = connection;
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
      clearTimeout(this.retryTimer);
      this.attempt = 0;
      this.become("on");
      this.watch(connection);
    } else if (["failed", "disconnected"].includes(connection.connectionState)) {
      this.ask();
    }
  }

  watch(connection) {
    clearInterval(this.watchTimer);
    if (this.kind !== "listen") return;
    let packets = -1;
    let movedAt = performance.now();
    let checkedAt = movedAt;
    this.watchTimer = setInterval(async () => {
      const now = performance.now();
      /* A page that slept saw nothing move, and knows nothing yet. */
      if (now - checkedAt > 3 * WATCH_EVERY_MS) movedAt = now;
      checkedAt = now;
      const received = await packetsReceived(connection);
      if (connection !== this.connection) return;
      if (received !== packets) {
        packets = received;
        movedAt = now;
      } else if (now - movedAt > SILENT_MS) {
        movedAt = now;
        this.ask();
      }
    }, WATCH_EVERY_MS);
  }

  /** Our peer ended at the node: only that one's news counts. */
  onFailed(peer) {
    if (peer === this.peer && this.isWanted) this.ask();
  }

  onRefused({ peer, retryable }) {
    if (peer && this.peer && peer !== this.peer) return;
    if (retryable) this.ask();
  }

  async setTrack(track) {
    await this.sender?.replaceTrack(track);
  }

  drop() {
    clearInterval(this.watchTimer);
    this.connection?.close();
    this.connection = null;
    this.sender = null;
    this.peer = null;
  }

  become(state) {
    if (state === this.state) return;
    this.state = state;
    this.onState(state);
  }
}

export async function packetsReceived(connection) {
  let packets = 0;
  for (const report of (await connection.getStats()).values()) {
    if (report.type === "inbound-rtp") packets += report.packetsReceived;
  }
  return packets;
}
