/* A websocket that comes back: jittered back-off, at once when the network or the page wakes. */

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 10_000;
const HEARTBEAT_MS = 2_000;
/* TCP repeats a lost request after 1, 3, 7, 15 and 31 s: from here on a new one is sooner. */
const CONNECT_WITHIN_MS = 8_000;
/* An attempt younger than this is not replaced: waking is noticed in several ways at once. */
const REST_MS = 1_000;
/* The clock did not run for so long: the machine or the page slept, and the server gave up on it. */
const ASLEEP_MS = 15_000;
/* Report early when much has come: the server sends no more than it knows to be read. */
const REPORT_EVERY_BYTES = 8_000;
/* Closed for good: what the page asked for is not there for this person, or not as it is shown. */
const FINAL_CODES = new Set([4404, 4410]);

export function backoffMs(attempt, random = Math.random) {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return longest / 2 + (random() * longest) / 2;
}

/**
 * url(): address to open, asked at each attempt. onMessage(frame), onState("open" | "reconnecting" |
 * "closed", attempt), onWake(): the network or the page is back. Returns { send, close, isOpen,
 * renewIfSilent }.
 */
export function openSocket({ url, onMessage, onState, onWake }) {
  let socket = null;
  let connectTimer = null;
  let connectedAt = 0;
  let heardAt = 0;
  let beatAt = Date.now();
  let attempt = 0;
  let retryTimer = null;
  let isOver = false;
  let readBytes = 0;
  let reportedBytes = 0;

  const isOpen = () => socket?.readyState === WebSocket.OPEN;

  function send(message) {
    if (!isOpen()) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function report() {
    if (send({ do: "heartbeat", read: readBytes })) reportedBytes = readBytes;
  }

  function connect() {
    clearTimeout(retryTimer);
    retryTimer = null;
    readBytes = 0;
    reportedBytes = 0;
    connectedAt = Date.now();
    const current = new WebSocket(url());
    socket = current;
    clearTimeout(connectTimer);
    connectTimer = setTimeout(() => current.close(), CONNECT_WITHIN_MS);
    current.addEventListener("open", () => {
      if (current !== socket) return;
      clearTimeout(connectTimer);
      attempt = 0;
      onState("open", 0);
    });
    current.addEventListener("message", (event) => {
      if (current !== socket) return;
      heardAt = Date.now();
      /* Frames are ASCII (the server escapes the rest), so characters are bytes. */
      readBytes += event.data.length;
      onMessage(JSON.parse(event.data));
      if (readBytes - reportedBytes > REPORT_EVERY_BYTES) report();
    });
    current.addEventListener("close", (event) => {
      if (current !== socket || isOver) return;
      if (FINAL_CODES.has(event.code)) {
        isOver = true;
        onState("closed", attempt);
        return;
      }
      comeBack();
    });
  }

  function comeBack() {
    clearTimeout(connectTimer);
    attempt += 1;
    onState("reconnecting", attempt);
    retryTimer = setTimeout(connect, backoffMs(attempt - 1));
  }

  /** Not waiting for a socket that may be dead without knowing it: a new one in its place. */
  function renew() {
    const former = socket;
    if (isOpen()) {
      attempt += 1;
      onState("reconnecting", attempt);
    }
    connect();
    former?.close(4000);
  }

  function wake() {
    if (isOver) return;
    const sleptMs = Date.now() - beatAt;
    beatAt = Date.now();
    const isConnecting = retryTimer === null && Date.now() - connectedAt < REST_MS;
    if (isOpen() ? sleptMs > ASLEEP_MS : !isConnecting) renew();
    onWake?.();
  }

  function beat() {
    /* A hidden page's clock is slowed down as well; it looks again when it is shown. */
    if (document.visibilityState === "visible" && Date.now() - beatAt > ASLEEP_MS) wake();
    beatAt = Date.now();
    report();
  }

  function onOffline() {
    if (isOver || retryTimer !== null) return;
    /* A dead network is noticed here seconds before TCP would say so, or a close be answered. */
    const former = socket;
    socket = null;
    comeBack();
    former.close(4000);
  }

  const heartbeat = setInterval(beat, HEARTBEAT_MS);
  const onVisible = () => document.visibilityState === "visible" && wake();
  window.addEventListener("online", wake);
  window.addEventListener("offline", onOffline);
  document.addEventListener("visibilitychange", onVisible);
  /* Chromium's word for a frozen page that runs again. */
  document.addEventListener("resume", wake);
  connect();

  return {
    send,
    isOpen,
    /** When nothing was heard since then (Date.now()), although the socket says it is open. */
    renewIfSilent(sinceMs) {
      if (isOpen() && heardAt < sinceMs) renew();
    },
    close() {
      isOver = true;
      clearInterval(heartbeat);
      clearTimeout(retryTimer);
      clearTimeout(connectTimer);
      window.removeEventListener("online", wake);
      window.removeEventListener("offline", onOffline);
      document.removeEventListener("visibilitychange", onVisible);
      document.removeEventListener("resume", wake);
      socket?.close(1000);
    },
  };
}

export function socketUrl(path, query = {}) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  /* What news draws is in the page's own language. */
  const language = document.documentElement.lang;
  for (const [name, value] of Object.entries({ ...query, language })) {
    url.searchParams.set(name, value);
  }
  return url.href;
}
