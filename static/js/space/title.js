/* The page's title, which is all that is seen of it from another tab. */

import { $ } from "../lib/dom.js";

/** waiting: how many ask to speak, for those who answer them. */
export function titleOf({ title, site, isOver, waiting, say }) {
  const name = say(isOver ? "title_ended" : "title_live", { title });
  const count = waiting > 0 && !isOver ? `(${waiting}) ` : "";
  return `${count}${name} · ${site}`;
}

export function mountTitle(root, say) {
  const { spaceTitle: title, site } = root.dataset;
  return {
    show({ isOver, isCrew }) {
      const waiting = isCrew ? Number($("[data-waiting]", root)?.dataset.waiting ?? 0) : 0;
      const text = titleOf({ title, site, isOver, waiting, say });
      if (document.title !== text) document.title = text;
    },
  };
}
