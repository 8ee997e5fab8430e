/* How a page comes to the comments it lacks: by revision to what is new, by number to what is older. */

import { backoffMs } from "../lib/socket.js";

/* A crowd that lost the same batch does not ask for it in the same moment. */
const SPREAD_MS = 1_000;
const NEWEST = 2 ** 31 - 1;

export class CommentFeed {
  /**
   * known: the CommentWindow it fills. start: what the page came with, {from, items}. ask(query):
   * resolves to the server's answer, or to null. onNews(): to be drawn. isOver(): nothing comes any
   * more. rest(ms): resolves after that.
   */
  constructor({
    known,
    start,
    ask,
    onNews,
    isOver,
    rest = (delay) => new Promise((resolve) => setTimeout(resolve, delay)),
  }) {
    Object.assign(this, { known, ask, onNews, isOver, rest });
    this.revision = this.wanted = start.from;
    this.isCatchingUp = false;
    /* How often all was replaced: a page that was asked for before does not fit what came after. */
    this.epoch = 0;
    /* What was heard since a page was asked for, by the number before which it ends. */
    this.underWay = new Map();
    known.takeOlder(start.items);
  }

  hear({ from, to, items }) {
    this.wanted = Math.max(this.wanted, to);
    if (from > this.revision) {
      this.#catchUp();
      return;
    }
    if (to <= this.revision) return;
    this.revision = to;
    this.take(items);
  }

  /** The server is at this revision. */
  want(revision) {
    this.wanted = Math.max(this.wanted, revision);
    this.#catchUp();
  }

  /** What changed, as news or the answer to the reader's own change brings it. */
  take(items) {
    for (const heard of this.underWay.values()) heard.push(...items);
    this.known.take(items);
    this.onNews();
  }

  async #catchUp() {
    if (this.isCatchingUp) return;
    this.isCatchingUp = true;
    for (let attempt = 0; this.revision < this.wanted && !this.isOver(); attempt += 1) {
      await this.rest(attempt === 0 ? Math.random() * SPREAD_MS : backoffMs(attempt));
      const news = await this.ask({ since: this.revision });
      if (news === null) continue;
      attempt = 0;
      /* Too much happened meanwhile: what is known here may be old. */
      if (news.from > this.revision) {
        this.#startOver(news.items);
        this.onNews();
      } else this.take(news.items);
      this.revision = Math.max(news.to, this.revision);
    }
    this.isCatchingUp = false;
  }

  #startOver(items, news = []) {
    this.epoch += 1;
    this.known.reset();
    this.known.isFollowing = true;
    this.known.takeOlder(items, news);
  }

  /** The page before what is known. Resolves to whether there is more now. */
  async loadOlder() {
    const { lowest, isAtBeginning } = this.known;
    if (isAtBeginning) return false;
    const page = await this.#page(lowest);
    /* Forgotten from the top meanwhile: there would be a gap. */
    if (page === null || this.known.lowest !== lowest) return false;
    this.known.takeOlder(page.items, page.heard);
    return true;
  }

  /** Only the newest, in the place of all that is known. Resolves to whether they are there. */
  async loadNewest() {
    const page = await this.#page(NEWEST);
    if (page === null) return false;
    this.#startOver(page.items, page.heard);
    return true;
  }

  /** {items, heard}: the server may have read it before what was heard. Null where none is to be had. */
  async #page(before) {
    if (this.underWay.has(before)) return null;
    const heard = [];
    const { epoch } = this;
    this.underWay.set(before, heard);
    const answer = await this.ask({ before });
    this.underWay.delete(before);
    return answer === null || epoch !== this.epoch ? null : { items: answer.items, heard };
  }
}
