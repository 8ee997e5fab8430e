/* Short news at the foot of the page. What can be undone stays until it is closed. */

import { $, $$ } from "./dom.js";

const TOAST_MS = 6_000;
/* More would cover what they are about. */
const MOST = 3;
/* Screen readers do not read out what comes together with the place it comes to. */
const SETTLE_MS = 100;

/**
 * undo: {url, label, isInPlace}, the way back. isInPlace: this page hears what comes of it by news,
 * and must not be left for it.
 */
export function toast(text, kind = "info", undo = null) {
  const fresh = $("#toast-template").content.firstElementChild.cloneNode(true);
  fresh.dataset.kind = kind;
  $("[data-toast-text]", fresh).textContent = text;
  const form = $("[data-toast-undo]", fresh);
  if (undo?.url) {
    form.action = undo.url;
    if (undo.label) $("button", form).textContent = undo.label;
    if (undo.isInPlace) {
      form.setAttribute("hx-post", undo.url);
      form.setAttribute("hx-swap", "none");
    }
  } else {
    form.remove();
  }
  if (placeToasts()) setTimeout(() => show(fresh), SETTLE_MS);
  else show(fresh);
}

function show(fresh) {
  $("#toasts").append(fresh);
  window.htmx?.process(fresh);
  for (const former of $$("[data-toast]").slice(0, -MOST)) former.remove();
  letGo(fresh);
}

/**
 * Into the dialog that is open: what is beside it lies behind it, and can be neither read nor pressed.
 * Gives whether they were elsewhere.
 */
function placeToasts() {
  const toasts = $("#toasts");
  /* The topmost has the focus. */
  const dialog = document.activeElement?.closest("dialog:modal") ?? $("dialog:modal");
  const place = dialog ?? document.body;
  if (toasts.parentElement === place) return false;
  place.append(toasts);
  dialog?.addEventListener("close", placeToasts, { once: true });
  return true;
}

/** Away after a while, unless somebody is at it or may still want it undone. */
function letGo(element) {
  if ($("[data-toast-undo]", element)) return;
  setTimeout(() => {
    if (element.matches(":hover, :focus-within")) letGo(element);
    else element.remove();
  }, TOAST_MS);
}

/** Those that came with the page, and those that fragments bring in their head (config/toasts.py). */
export function mountToasts() {
  for (const element of $$("[data-toast]")) letGo(element);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-toast-close]");
    if (!button) return;
    button.closest("[data-toast]").remove();
    if (document.activeElement === document.body) $("#main")?.focus({ preventScroll: true });
  });
  document.body.addEventListener("toasts", ({ detail }) => {
    for (const { text, kind, undo } of detail.list) toast(text, kind, { url: undo });
  });
  /* News may take the button away before its answer is here, and htmx tells of no lost element. */
  document.body.addEventListener("htmx:beforeRequest", ({ detail: { xhr, requestConfig } }) => {
    const button = requestConfig.elt;
    const { done, undoUrl: url, undoLabel: label } = button.dataset;
    xhr.addEventListener("load", () => {
      if (xhr.status >= 400) return;
      if (button.matches("[data-toast-undo]")) button.closest("[data-toast]")?.remove();
      if (done) toast(done, "good", { url, label, isInPlace: true });
    });
  });
}
