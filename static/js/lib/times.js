/*
 * Times are the reader's: <time datetime="…" data-style="…">, "relative" or one of STYLES, "absolute" if it
 * says none. The server writes them in the zone it knows; here they are written anew as the reader's
 * region writes them, and relative ones go on.
 */

const COOKIE = "time_zone";
const YEAR_S = 365 * 24 * 60 * 60;
const TICK_MS = 60_000;
const NOW_WITHIN_S = 45;
/* From here on a date says more than a distance. */
const LONGEST_DISTANCE_S = 30 * 24 * 60 * 60;
const STEPS = [
  ["day", 24 * 60 * 60],
  ["hour", 60 * 60],
  ["minute", 60],
];
const STYLES = {
  absolute: { dateStyle: "medium", timeStyle: "short" },
  time: { timeStyle: "short" },
  day: { weekday: "long", day: "numeric", month: "long" },
  figure: { day: "numeric" },
  weekday: { weekday: "short" },
  full: { dateStyle: "full", timeStyle: "short" },
};

/** The page's language as this reader's region writes it: en-GB for a page in en. */
export function localeOf(language, preferred) {
  return preferred.find((each) => each.split("-")[0] === language.split("-")[0]) ?? language;
}

export function absoluteText(moment, style, { locale, timeZone }) {
  return new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone }).format(moment);
}

/** "in 3 days", "2 hours ago", "now"; null when it is too far away to be told that way. */
export function relativeText(moment, now, locale) {
  const seconds = (moment - now) / 1000;
  const distance = Math.abs(seconds);
  if (distance >= LONGEST_DISTANCE_S) return null;
  if (distance < NOW_WITHIN_S) {
    return new Intl.RelativeTimeFormat(locale, { numeric: "auto" }).format(0, "second");
  }
  /* 59.6 minutes are an hour. */
  const [unit, length] =
    STEPS.find(([, step]) => Math.round(distance / 60) * 60 >= step) ?? STEPS.at(-1);
  const count = Math.max(Math.round(distance / length), 1) * Math.sign(seconds);
  /* Never "tomorrow": 30 hours from now may be the day after it. */
  return new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(count, unit);
}

export function zoneCookie(zone, isSecure) {
  return `${COOKIE}=${zone}; Path=/; Max-Age=${YEAR_S}; SameSite=Lax${isSecure ? "; Secure" : ""}`;
}

function reader() {
  const { lang, dataset } = document.documentElement;
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return {
    locale: localeOf(lang || "en", navigator.languages ?? []),
    timeZone: dataset.timeZone ?? here,
    here,
  };
}

function write(element, { locale, timeZone }) {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const style = element.dataset.style ?? "absolute";
  const text =
    (style === "relative" && relativeText(moment, new Date(), locale)) ||
    absoluteText(moment, style === "relative" ? "absolute" : style, { locale, timeZone });
  if (element.textContent !== text) element.textContent = text;
  element.title = absoluteText(moment, "full", { locale, timeZone });
}

/** What news draws knows no reader: every time in it is written anew. */
export function writeTimes(root, { which = "time[datetime]" } = {}) {
  const who = reader();
  for (const element of root.querySelectorAll(which)) write(element, who);
}

/** Once per page: every time, the zone for the server to know, then the distances every minute. */
export function mountTimes() {
  const { here } = reader();
  const isChosen = "timeZone" in document.documentElement.dataset;
  const isKnown = document.cookie.split("; ").includes(`${COOKIE}=${here}`);
  if (!isChosen && !isKnown) document.cookie = zoneCookie(here, location.protocol === "https:");
  const tick = () => writeTimes(document, { which: 'time[data-style="relative"]' });
  writeTimes(document);
  setInterval(() => document.visibilityState === "visible" && tick(), TICK_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") tick();
  });
}
