/* Which comments a page knows, and which of them stand in the document: a long talk has more than a
   phone can draw. What this says, comments.js draws. */

export const SIZE = 150;
export const STEP = 50;
export const KNOWN = 3_000;

export class CommentWindow {
  /** isHidden(item): whether this reader's page leaves it out. */
  constructor({ isHidden = () => false, size = SIZE, known = KNOWN } = {}) {
    this.isHidden = isHidden;
    this.size = size;
    this.known = known;
    /* The reader is at the end, and new comments move the window along. */
    this.isFollowing = true;
    this.reset();
  }

  reset() {
    this.items = new Map();
    /* Of what is below it, nothing is known. */
    this.lowest = Infinity;
    this.highest = 0;
    /* The newest that was heard of, and the newest that the reader saw. */
    this.top = 0;
    this.seen = 0;
    /* Numbers of what may be shown, in order, and the part of them in the document. */
    this.numbers = [];
    this.start = 0;
    this.end = 0;
    /* New ones are only counted: the reader is far above, and keeps what they read. */
    this.isCut = false;
  }

  /** News, in any order; what is known in this revision, or a later one, stays. */
  take(items) {
    if (this.items.size === 0) this.#reach(items);
    this.#merge(items);
    this.#forget();
  }

  /**
   * The page before what is known, or the newest where nothing is. Empty, it says that nothing is
   * before. news: what was heard while it was under way.
   */
  takeOlder(items, news = []) {
    this.#reach(items.length > 0 ? items : [{ n: 1 }]);
    this.#merge([...items, ...news]);
  }

  #reach(items) {
    this.lowest = Math.min(this.lowest, ...items.map(({ n }) => n));
  }

  #merge(items) {
    const wasAtEnd = this.end === this.numbers.length;
    const [first, last] = [this.numbers[this.start], this.numbers[this.end - 1]];
    for (const item of items) this.#keep(item);
    this.numbers.sort((one, other) => one - other);
    if (first !== undefined) this.start = this.numbers.indexOf(first);
    this.end =
      wasAtEnd || last === undefined ? this.numbers.length : this.numbers.indexOf(last) + 1;
    if (this.isFollowing) this.toEnd();
    else this.end = Math.min(this.end, this.start + this.size);
  }

  #keep(item) {
    this.top = Math.max(this.top, item.n);
    const known = this.items.get(item.n);
    if (known === undefined && this.isCut && item.n > this.highest) return;
    /* It comes with its page, as it is by then; alone it would hide what is between. */
    if (known === undefined && item.n < this.lowest) return;
    if (known !== undefined && known.rev >= item.rev) return;
    this.items.set(item.n, item);
    this.highest = Math.max(this.highest, item.n);
    if (known === undefined && !this.isHidden(item)) this.numbers.push(item.n);
  }

  /** So that an evening of it does not fill the memory. */
  #forget() {
    if (this.items.size <= this.known) return;
    if (!this.isFollowing) {
      this.isCut = true;
      return;
    }
    const oldest = this.numbers[this.start] ?? this.highest;
    for (const number of [...this.items.keys()]) if (number < oldest) this.items.delete(number);
    this.numbers = this.numbers.slice(this.start);
    this.lowest = oldest;
    [this.start, this.end] = [0, this.numbers.length];
  }

  get shown() {
    const items = this.numbers.slice(this.start, this.end).map((number) => this.items.get(number));
    /* A deleted one names nobody; brought back, it may be somebody's who is left out. */
    return items.filter((item) => !this.isHidden(item));
  }

  /** All that is known below is in the document, and what is above is not known. */
  get isAtStart() {
    return this.start === 0;
  }

  /** The server has nothing older either. */
  get isAtBeginning() {
    return this.lowest <= 1;
  }

  get isAtEnd() {
    return this.end === this.numbers.length && !this.isCut;
  }

  /** How many are new to the reader. */
  get waiting() {
    const fresh = this.numbers.length - this.numbers.findLastIndex((n) => n <= this.seen) - 1;
    return fresh + (this.top - this.highest);
  }

  /** The reader is at the end. */
  see() {
    if (this.isAtEnd) this.seen = this.top;
  }

  older() {
    this.start = Math.max(this.start - STEP, 0);
    this.end = Math.min(this.end, this.start + this.size);
  }

  newer() {
    this.end = Math.min(this.end + STEP, this.numbers.length);
    this.start = Math.max(this.start, this.end - this.size);
  }

  toEnd() {
    this.end = this.numbers.length;
    this.start = Math.max(this.end - this.size, 0);
  }
}
