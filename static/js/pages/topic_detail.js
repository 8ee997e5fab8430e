/* What is live on one topic. */

import { $ } from "../lib/dom.js";
import { mountLiveList } from "../space/live_list.js";

const root = $('[data-page="topic"]');
if (root) mountLiveList(root);
