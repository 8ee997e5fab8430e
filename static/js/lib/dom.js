/* What every page does with its document: morph fragments into place, texts, the way to the server. */

import { writeTimes } from "./times.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/* What a reader opened stays open, whatever the server draws; what a script keeps (data-keep) is
   its own. */
const KEEP = {
  beforeAttributeUpdated: (name, node) => !(name === "open" && node instanceof HTMLDetailsElement),
  beforeNodeMorphed: (old) => !(old instanceof Element && old.hasAttribute("data-keep")),
};

/** Put each element of `html` in the place of the one with its id; one without a place is left out. */
export function morph(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of [...parsed.body.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    const { activeElement } = document;
    const places = old.contains(activeElement) ? placesAround(activeElement) : [];
    window.Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", callbacks: KEEP });
    const current = document.getElementById(fresh.id);
    /* Buttons inside are htmx's, which looks at new elements only when told. */
    window.htmx?.process(current);
    writeTimes(current);
    if (places.length > 0 && !current.contains(document.activeElement)) focusFirstOf(places);
  }
}

/** Ids of an element and of all that is around it, the nearest first. */
function placesAround(element) {
  const ids = [];
  for (let place = element; place; place = place.parentElement) if (place.id) ids.push(place.id);
  return ids;
}

/** What had the focus is gone: it goes to the nearest part around it that is still there. */
function focusFirstOf(ids) {
  for (const id of ids) {
    const place = document.getElementById(id);
    if (!place) continue;
    focusOn(place);
    if (document.activeElement === place) return;
  }
}

/** Also a heading or a part of the page, which only scripts may focus. */
export function focusOn(element) {
  if (!element.matches("a, button, input, select, textarea, summary, [tabindex]")) {
    element.tabIndex = -1;
  }
  element.focus({ preventScroll: true });
}

/**
 * A row of `list` for each of `items`, by its id; new ones are built, and come last. One that stays
 * is the same element, and what has the focus in it keeps it.
 */
export function keepRows(list, items, { build, write }) {
  const ids = new Set(items.map(({ id }) => id));
  const rows = new Map();
  for (const row of [...list.children]) {
    if (ids.has(row.dataset.id)) rows.set(row.dataset.id, row);
    else row.remove();
  }
  for (const item of items) {
    const row = rows.get(item.id) ?? build();
    row.dataset.id = item.id;
    write(row, item);
    if (!rows.has(item.id)) list.append(row);
  }
}

export const isShown = (element) => element.getClientRects().length > 0;

/** The page's translated sentences, with {name} filled in. */
export function texts() {
  const source = document.getElementById("texts");
  const table = source ? JSON.parse(source.textContent) : {};
  return (key, values = {}) =>
    (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
export const formatNumber = (value) => numbers.format(value);

const shares = new Intl.NumberFormat(document.documentElement.lang || undefined, {
  style: "percent",
});
/** 0.04 is "4%", "4 %" or "٪4", as the language writes it. */
export const formatShare = (value) => shares.format(value);

/**
 * A change is a POST, as the buttons make it; fields: {name: value}. Resolves to null, or to the
 * refusal's sentence.
 */
export async function post(url, fields = {}) {
  return (await submit(url, fields)).refusal;
}

/**
 * As `post`, with what the server answered: {refusal, data}. A refusal has also its `status`, and
 * `retryAfterS`, null where nobody knows when to ask again. signal: gives the request up.
 */
export async function submit(url, fields = {}, { signal } = {}) {
  let response;
  let body;
  try {
    response = await fetch(url, {
      method: "POST",
      body: new URLSearchParams(fields),
      headers: {
        "HX-Request": "true",
        "HX-Current-URL": window.location.href,
        "X-CSRFToken": csrfToken(),
      },
      redirect: "manual",
      signal,
    });
    body = await response.text();
  } catch {
    return {
      refusal: { code: "offline", message: null, status: 0, retryAfterS: null },
      data: null,
    };
  }
  /* As htmx does it. */
  const news = JSON.parse(response.headers.get("HX-Trigger") ?? "{}");
  for (const [name, detail] of Object.entries(news)) {
    document.body.dispatchEvent(new CustomEvent(name, { detail }));
  }
  const { ok, status, headers } = response;
  if (ok) {
    const isData = headers.get("Content-Type")?.startsWith("application/json") ?? false;
    return { refusal: null, data: isData ? JSON.parse(body) : null };
  }
  const refusal = refusalOf(status, body);
  const retryAfterS = Number(headers.get("Retry-After")) || null;
  return { refusal: { ...refusal, status, retryAfterS }, data: null };
}

export const csrfToken = () => $('meta[name="csrf-token"]').content;

/** {code, message}; message is null where the server gave no sentence of its own. */
export function refusalOf(status, body) {
  try {
    const { code, message, login_url: loginUrl } = JSON.parse(body);
    if (code === "login_required") window.location.assign(loginUrl);
    if (typeof message === "string") return { code, message };
  } catch {
    /* Not a refusal of ours: a proxy's page, for example. */
  }
  return { code: `http_${status}`, message: null };
}
