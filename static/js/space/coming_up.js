/* What is coming up, taken anew when the server says that it changed. */

import { $, morph } from "../lib/dom.js";

/**
 * changed(withinS): take it at some moment within so many seconds, each page at its own.
 * look(): the page is seen again. onTaken(): it was.
 */
export function mountComingUp(root, { onTaken = () => {}, random = Math.random } = {}) {
  let timer = null;
  let isOld = false;

  async function take() {
    timer = null;
    isOld = true;
    if (document.hidden) return;
    let response;
    try {
      response = await fetch($("#coming-up", root).dataset.address);
    } catch {
      response = null;
    }
    /* The page comes back, or is seen again: then it is asked once more. */
    if (!response?.ok) return;
    isOld = false;
    morph(await response.text());
    onTaken();
  }

  return {
    changed(withinS) {
      timer ??= setTimeout(take, random() * withinS * 1000);
    },
    look() {
      if (isOld && timer === null) take();
    },
  };
}
