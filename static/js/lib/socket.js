/* A websocket that comes back: jittered back-off, at once when the network or the page wakes. */

const FIRST_DELAY_MS = 400;
const LONGEST_DELAY_MS = 10_000;
const HEARTBEAT_MS = 2_000;
/* Report early when much has come: the server sends no more than it knows to be read. */
const REPORT_EVERY_BYTES = 8_000;
/* Closed for good: what the page asked for is not there for this person. */
const FINAL_CODES = new Set([4404]);

export function backoffMs(attempt, random = Math.random) {
  const longest = Math.min(FIRST_DELAY_MS * 2 ** attempt, LONGEST_DELAY_MS);
  return longest / 2 + (random() * longest) / 2;
}

/**
 * url(): address to open, asked at each attempt. onMessage(frame), onState("open" | "reconnecting" |
 * "closed", attempt). Returns { send, close, isOpen }.
 */
export function openSocket({ url, onMessage, onState }) {
  let socket = null;
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
    retryTimer = null;
    readBytes = 0;
    reportedBytes = 0;
    const current = new WebSocket(url());
    socket = current;
    current.addEventListener("open", () => {
      attempt = 0;
      onState("open", 0);
    });
    current.addEventListener("message", (event) => {
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
      attempt += 1;
      onState("reconnecting", attempt);
      retryTimer = setTimeout(connect, backoffMs(attempt - 1));
    });
  }

  function wake() {
    if (isOver || isOpen() || retryTimer === null) return;
    clearTimeout(retryTimer);
    connect();
  }

  function onOffline() {
    /* A dead network is noticed here seconds before TCP would say so. */
    if (isOpen()) socket.close(4000);
  }

  const heartbeat = setInterval(report, HEARTBEAT_MS);
  const onVisible = () => document.visibilityState === "visible" && wake();
  window.addEventListener("online", wake);
  window.addEventListener("offline", onOffline);
  document.addEventListener("visibilitychange", onVisible);
  connect();

  return {
    send,
    isOpen,
    close() {
      isOver = true;
      clearInterval(heartbeat);
      clearTimeout(retryTimer);
      window.removeEventListener("online", wake);
      window.removeEventListener("offline", onOffline);
      document.removeEventListener("visibilitychange", onVisible);
      socket?.close(1000);
    },
  };
}

export function socketUrl(path, query = {}) {
  const url = new URL(path, window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
