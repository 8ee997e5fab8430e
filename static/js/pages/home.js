/* What is live now. */

import { $ } from "../lib/dom.js";
import { mountLiveList } from "../space/live_list.js";

const root = $('[data-page="home"]');
if (root) mountLiveList(root);
