/* Start a Space: the microphone check, and no more topics than are taken. */

import { $, $$, texts } from "../lib/dom.js";
import { mountMicrophoneCheck } from "../space/microphone.js";

export function mount(root) {
  mountMicrophoneCheck($("[data-mic-check]", root), texts());
  const topics = $$('input[name="topics"]', root);
  const limit = Number(root.dataset.maxTopics);
  const hold = () => {
    const isFull = topics.filter((topic) => topic.checked).length >= limit;
    for (const topic of topics) topic.disabled = isFull && !topic.checked;
  };
  for (const topic of topics) topic.addEventListener("change", hold);
  hold();
}

const root = $('[data-page="space-start"]');
if (root) mount(root);
