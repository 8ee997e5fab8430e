/* Edit an announcement: no more topics than are taken. */

import { $ } from "../lib/dom.js";
import { mountTopicLimit } from "../space/topic_limit.js";

const root = $('[data-page="space-edit"]');
if (root) mountTopicLimit(root);
