/* What every page does with its document: morph fragments into place, toasts, texts, times. */

import { Idiomorph } from "../../vendor/idiomorph-0.7.4.esm.js";

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

/* What a reader opened stays open, whatever the server draws. */
const KEEP = {
  beforeAttributeUpdated: (name, node) => !(name === "open" && node instanceof HTMLDetailsElement),
};

/** Put each element of `html` in the place of the one with its id; one without a place is left out. */
export function morph(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of [...parsed.body.children]) {
    const old = document.getElementById(fresh.id);
    if (!old) continue;
    Idiomorph.morph(old, fresh, { morphStyle: "outerHTML", callbacks: KEEP });
    /* Buttons inside are htmx's, which looks at new elements only when told. */
    window.htmx?.process(document.getElementById(fresh.id));
  }
}

const TOAST_MS = 6_000;

export function toast(text, kind = "info") {
  const fresh = $("#toast-template").content.firstElementChild.cloneNode(true);
  fresh.dataset.kind = kind;
  $("[data-toast-text]", fresh).textContent = text;
  $("#toasts").append(fresh);
  setTimeout(() => fresh.remove(), TOAST_MS);
}

/** The page's translated sentences, with {name} filled in. */
export function texts() {
  const source = document.getElementById("texts");
  const table = source ? JSON.parse(source.textContent) : {};
  return (key, values = {}) =>
    (table[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

const numbers = new Intl.NumberFormat(document.documentElement.lang || undefined);
export const formatNumber = (value) => numbers.format(value);

/** Times are the reader's: the server sends UTC, the page writes them. */
export function writeTimes(root = document) {
  for (const element of $$("time[datetime]", root)) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const style = element.dataset.style === "time" ? {} : { dateStyle: "medium" };
    const format = new Intl.DateTimeFormat(document.documentElement.lang || undefined, {
      ...style,
      timeStyle: "short",
    });
    element.textContent = format.format(moment);
  }
}

/** A change is a POST, as the buttons make it. Resolves to null, or to the refusal's sentence. */
export async function post(url) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: {
        "HX-Request": "true",
        "HX-Current-URL": window.location.href,
        "X-CSRFToken": csrfToken(),
      },
      redirect: "manual",
    });
  } catch {
    return { code: "offline", message: null };
  }
  return response.ok ? null : refusalOf(response.status, await response.text());
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
