/* Comments on their way: kept until the server has them, whatever happens to the page or the network. */

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 15_000;

/** A random UUID, also on pages that are not served over https. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Whether the same words may be taken later. */
export const mayPass = ({ code, status, retryAfterS }) =>
  code === "offline" || status >= 500 || retryAfterS !== null;

export class Outbox {
  /**
   * send(entry): resolves to {refusal, data}, as `submit` of lib/dom.js. onPosted(data), onChange().
   * onStuck(entry): it was refused, or a wait began with it. storage(): keeps what waits over a
   * reload; may throw. later(act, ms): a timer.
   */
  constructor({
    storage,
    key,
    send,
    onPosted,
    onChange,
    onStuck,
    later = (act, delay) => setTimeout(act, delay),
    random = Math.random,
  }) {
    Object.assign(this, { storage, key, send, onPosted, onChange, onStuck, later, random });
    this.entries = this.#restore();
    this.attempt = 0;
    this.isSending = false;
    this.timer = null;
  }

  add(body) {
    this.entries.push({ id: newId(), body, state: "sending", message: "" });
    this.#changed();
    this.wake();
  }

  /** Take a refused one out of the line. Gives its words. */
  take(id) {
    const entry = this.entries.find((each) => each.id === id);
    this.entries = this.entries.filter((each) => each !== entry);
    this.#changed();
    return entry?.body ?? "";
  }

  /** The network, or the socket, is back: no more waiting. */
  wake() {
    clearTimeout(this.timer);
    this.timer = null;
    return this.#work();
  }

  /** One after another: people read them in the order they were written. */
  async #work() {
    if (this.isSending) return;
    this.isSending = true;
    try {
      let next = this.#next();
      while (next && this.timer === null) {
        this.#answer(next, await this.send(next));
        next = this.#next();
      }
    } finally {
      this.isSending = false;
    }
  }

  #next() {
    return this.entries.find(({ state }) => state === "sending");
  }

  #answer(entry, { refusal, data }) {
    if (refusal === null) {
      this.attempt = 0;
      this.entries = this.entries.filter((each) => each !== entry);
      this.onPosted(data);
    } else if (mayPass(refusal)) {
      entry.message = refusal.retryAfterS === null ? "" : refusal.message;
      if (this.attempt === 0) this.onStuck(entry);
      this.#wait(refusal.retryAfterS);
    } else if (refusal.code === "login_required") {
      /* The page is on its way to the form; what it kept is sent when it is back. */
      this.#wait(LONGEST_DELAY_MS / 1000);
    } else {
      this.attempt = 0;
      entry.state = "refused";
      entry.message = refusal.message ?? "";
      this.onStuck(entry);
    }
    this.#changed();
  }

  #wait(seconds) {
    const longest = Math.min(FIRST_DELAY_MS * 2 ** this.attempt, LONGEST_DELAY_MS);
    this.attempt += 1;
    const delay = seconds === null ? longest / 2 + (this.random() * longest) / 2 : seconds * 1000;
    this.timer = this.later(() => this.wake(), delay);
  }

  #changed() {
    try {
      this.storage().setItem(this.key, JSON.stringify(this.entries));
    } catch {
      /* Full, or forbidden: they are still sent as long as the page is there. */
    }
    this.onChange();
  }

  #restore() {
    try {
      return JSON.parse(this.storage().getItem(this.key) ?? "[]");
    } catch {
      return [];
    }
  }
}
