/* On every page: htmx's manners, toasts, menus, counters, times. */

import { keepOfflinePage } from "./lib/app.js";
import { $, $$, csrfToken, refusalOf, texts } from "./lib/dom.js";
import { mountSearchKey } from "./lib/search_key.js";
import { mountTimes, writeTimes } from "./lib/times.js";
import { mountToasts, toast } from "./lib/toasts.js";

const say = texts();

document.body.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = csrfToken();
});
document.body.addEventListener("htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  const refusal = refusalOf(status, responseText);
  toast(refusal.message ?? say("failed"), "danger");
});
document.body.addEventListener("htmx:sendError", () => toast(say("offline"), "danger"));
/* htmx tells of the whole page too, which mountTimes writes. */
document.body.addEventListener("htmx:load", ({ detail: { elt } }) => {
  if (elt !== document.body) writeTimes(elt);
});

document.addEventListener("click", (event) => {
  /* A menu closes when something else is pressed, or one of its items was chosen. */
  for (const menu of $$("details.menu[open]")) {
    if (!menu.contains(event.target) || event.target.closest(".menu-item")) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of $$("details.menu[open]")) {
    menu.open = false;
    $("summary", menu).focus();
  }
});

for (const counter of $$("[data-count-of]")) {
  const field = document.getElementById(counter.dataset.countOf);
  const write = () => {
    $("[data-count]", counter).textContent = [...field.value].length;
  };
  field?.addEventListener("input", write);
}

/* A double click sends a form once. */
document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || event.target.method === "dialog") return;
  if (event.target.dataset.isSent) event.preventDefault();
  event.target.dataset.isSent = "yes";
});
window.addEventListener("pageshow", () => {
  for (const form of $$("form[data-is-sent]")) delete form.dataset.isSent;
});

mountToasts();
mountTimes();
mountSearchKey();
keepOfflinePage();
