/* What the parts of a room's page share: its news, its buttons, and what is the reader's own. */

import { post, texts } from "../lib/dom.js";
import { toast } from "../lib/toasts.js";
import { decorate, readOwn } from "./own.js";

export class Room {
  constructor(root) {
    this.root = root;
    this.say = texts();
    this.me = root.dataset.me;
    this.own = readOwn(root, this.me);
    this.isOver = root.dataset.state !== "live";
    this.levels = new Map();
    /* Set by the page once they are there. */
    this.send = () => false;
    this.announce = () => {};
    this.listeners = new Map();
    this.acts = new Map();
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) this.acts.get(button.dataset.do)?.(button);
    });
  }

  get isSignedIn() {
    return this.root.dataset.signedIn === "yes";
  }

  get isCrew() {
    return this.own.role === "host" || this.own.role === "co_host";
  }

  get isOnStage() {
    return this.isCrew || this.own.role === "speaker";
  }

  /**
   * handlers: {event: (data) => …}. Besides the server's there is "drawn", after a fragment came and
   * `own` was read again: ({before}) => …; and "over", when the Space ended.
   */
  on(handlers) {
    for (const [event, handler] of Object.entries(handlers)) {
      if (!this.listeners.has(event)) this.listeners.set(event, []);
      this.listeners.get(event).push(handler);
    }
  }

  tell(event, data = {}) {
    for (const handler of this.listeners.get(event) ?? []) handler(data);
  }

  /** acts: {name: (button) => …}, for buttons with that data-do. */
  can(acts) {
    for (const [name, act] of Object.entries(acts)) this.acts.set(name, act);
  }

  /** Post for a button, which is busy meanwhile. Resolves to null, or to the refusal, told already. */
  async press(button, url, fields) {
    button.setAttribute("aria-busy", "true");
    const refusal = await post(url, fields);
    button.removeAttribute("aria-busy");
    if (refusal) toast(refusal.message ?? this.say("failed"), "danger");
    return refusal;
  }

  /** The room was drawn anew, or the reader is somebody else now. */
  refresh() {
    const before = this.own;
    this.own = readOwn(this.root, this.me);
    decorate(this.root, this.me, this.levels);
    this.tell("drawn", { before });
  }
}
