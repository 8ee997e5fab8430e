/* Start a Space: the microphone check, and no more topics than are taken. */

import { $, texts } from "../lib/dom.js";
import { mountMicrophoneCheck } from "../space/microphone.js";
import { mountTopicLimit } from "../space/topic_limit.js";

export function mount(root) {
  mountMicrophoneCheck($("[data-mic-check]", root), texts());
  mountTopicLimit(root);
}

const root = $('[data-page="space-start"]');
if (root) mount(root);
