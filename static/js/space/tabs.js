/* The panel beside the stage: comments, people, queue. One is shown; without script all are. */

import { $, $$, formatNumber } from "../lib/dom.js";
import { placeAfter } from "./toolbar.js";

export function mountTabs(room) {
  const { root } = room;
  const bar = $("#tabs", root);
  if (!bar) return { show() {}, count() {} };
  const tabs = $$("[data-tab]", bar);
  bar.setAttribute("role", "tablist");
  for (const tab of tabs) tab.setAttribute("role", "tab");

  function show(name) {
    root.dataset.tab = name;
    for (const tab of tabs) {
      const isShown = tab.dataset.tab === name;
      tab.setAttribute("aria-selected", String(isShown));
      tab.tabIndex = isShown ? 0 : -1;
    }
    namePanels();
    root.dispatchEvent(new CustomEvent("tab", { detail: { name } }));
  }

  /* Drawn by the server as plain parts of the page, which they are without script. */
  function namePanels() {
    for (const panel of $$("[data-panel]", root)) {
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `tab-${panel.dataset.panel}`);
    }
  }

  function count(name, number) {
    const place = $(`[data-tab-count="${name}"]`, bar);
    place.hidden = number === 0;
    place.textContent = number === 0 ? "" : formatNumber(number);
  }

  bar.addEventListener("click", ({ target }) => {
    const tab = target.closest("[data-tab]");
    if (tab) show(tab.dataset.tab);
  });
  bar.addEventListener("keydown", (event) => {
    const index = tabs.indexOf(event.target);
    const isRightToLeft = getComputedStyle(bar).direction === "rtl";
    const place = placeAfter(event.key, { index, count: tabs.length, isRightToLeft });
    if (index < 0 || place === null) return;
    event.preventDefault();
    tabs[place].focus();
    show(tabs[place].dataset.tab);
  });
  room.on({ drawn: namePanels });
  show(root.dataset.tab);
  return { show, count };
}
