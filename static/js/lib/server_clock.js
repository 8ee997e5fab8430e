/* What time it is by the server: a reader's own clock may be minutes wrong. */

const SECOND_MS = 1_000;
let aheadMs = 0;

/**
 * For the first look: the moment at which the server drew the page, which is when it began to arrive,
 * unless the browser had kept it.
 */
export function setServerClock(drawnAt) {
  const [navigation] = performance.getEntriesByType("navigation");
  const arrivedAt = performance.timeOrigin + (navigation?.responseStart ?? performance.now());
  aheadMs = new Date(drawnAt) - arrivedAt;
}

/** now: the server's clock, in milliseconds, as a message that just arrived has it. */
export function correctServerClock(now) {
  aheadMs = now - Date.now();
}

export const serverNow = () => Date.now() + aheadMs;

/** "4:32", or "1:04:32"; a second that has begun counts, and nothing is less than 0:00. */
export function timeLeft(leftMs, locale) {
  const left = Math.max(Math.ceil(leftMs / SECOND_MS), 0);
  const whole = new Intl.NumberFormat(locale, { useGrouping: false });
  const padded = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
  const [hours, minutes, seconds] = [
    Math.floor(left / 3600),
    Math.floor(left / 60) % 60,
    left % 60,
  ];
  return hours > 0
    ? `${whole.format(hours)}:${padded.format(minutes)}:${padded.format(seconds)}`
    : `${whole.format(minutes)}:${padded.format(seconds)}`;
}
