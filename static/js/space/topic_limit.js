/* No more topics than a Space takes. */

import { $$ } from "../lib/dom.js";

/** root: the page, with data-max-topics; the others wait until one is taken away. */
export function mountTopicLimit(root) {
  const topics = $$('input[name="topics"]', root);
  const limit = Number(root.dataset.maxTopics);
  const hold = () => {
    const isFull = topics.filter((topic) => topic.checked).length >= limit;
    for (const topic of topics) topic.disabled = isFull && !topic.checked;
  };
  for (const topic of topics) topic.addEventListener("change", hold);
  hold();
}
